// What a new password must not be, and what it may be whatever it looks like.
#include "identity/password_rules.hpp"

#include "base/encoding.hpp"
#include "identity/users.hpp"
#include "support/domain.hpp"

namespace countersign::identity {
namespace {

constexpr OwnerView ada{.email = "ada.lovelace@analytical.example", .name = "Ada Augusta King"};

Code verdict(const PasswordRules& rules, std::string_view password, const OwnerView& owner = ada) {
    const auto checked = rules.check(password, owner);
    return checked.ok() ? Code::count_ : checked.error().code();
}

struct Case {
    std::string password;
    Code expected = Code::count_;
};

TEST(PasswordRules, PWD_06_what_everybody_tries_first_is_refused_and_its_reason_told) {
    const PasswordRules rules{{}, "sso.babbage.example"};
    const Case cases[]{
        {"password1", Code::password_common},
        {"PassWord1", Code::password_common},
        {"ｐａｓｓｗｏｒｄ１", Code::password_common},    // NFKC
        {"pass\u200Bword1", Code::password_common},       // nobody sees it
        {"iloveyou", Code::password_common},
        {"P@ssw0rd", Code::password_common},
        {"password1 and more"},
        {"aaaaaaaa", Code::password_simple},
        {"abcabcabcab", Code::password_simple},
        {"abcdabcd", Code::password_simple},
        {"ääääääää", Code::password_simple},
        {"11112222333", Code::password_simple},
        {"12345678", Code::password_simple},
        {"98765432", Code::password_simple},
        {"ABCDEFGHIJ", Code::password_simple},
        {"qwertyuiop", Code::password_simple},
        {"lkjhgfdsa", Code::password_simple},
        {"1qaz2wsx3edc", Code::password_simple},
        {"12345678 and more"},
        {"abcdeabcde"},
    };
    for (const Case& c : cases) EXPECT_EQ(verdict(rules, c.password), c.expected) << c.password;
}

TEST(PasswordRules, PWD_06_the_owners_own_data_and_the_name_of_the_site_are_no_password) {
    const PasswordRules rules{{}, "login.babbage.example"};
    constexpr Code personal = Code::password_personal;
    const Case cases[]{
        {"ada.lovelace@analytical.example", personal},
        {"Lovelace1815", personal},
        {"1815lovelace", personal},
        {"lovelace-king", personal},
        {"AugustaKing!", personal},
        {"analytical1", personal},
        {"babbage2026", personal},
        {"countersign!", personal},
        {"lovelacelovelace", personal},
        {"lovelace and six more"},
        {"correct horse ada"},
        {"login to somewhere"},
        {"unrelated words"},
    };
    for (const Case& c : cases) EXPECT_EQ(verdict(rules, c.password), c.expected) << c.password;
    EXPECT_EQ(verdict(rules, "Lovelace1815", {.email = "x@y.example", .name = "Bob"}), Code::count_);
}

TEST(PasswordRules, PWD_03_PWD_04_nothing_is_asked_of_the_letters) {
    const PasswordRules rules{{}, "babbage.example"};
    for (const std::string_view password : {"wtbhnqkdpxvzjrm", "WTBHNQKDPXVZJRM", "739104682557193", "!?)(#*%$=+~^&_-",
                                            "🔑🐎🔋📎🌧🎻🪁🧵", "密码不应该有规则的啊", "        x y z w  "})
        EXPECT_EQ(verdict(rules, password), Code::count_) << password;
}

TEST(PasswordRules, PWD_06_a_list_of_ones_own_is_read_line_by_line) {
    const PasswordRules rules{known_from_lines("first of them\r\nÜber Allem\n\n# no comment\nlast of them"), ""};
    const Case cases[]{
        {"first of them", Code::password_common},
        {"ÜBER allem", Code::password_common},
        {"# no comment", Code::password_common},
        {"LAST OF THEM", Code::password_common},
        {"first of the"},
        {"first of them\r"},
        {"password1", Code::password_common},
    };
    for (const Case& c : cases) EXPECT_EQ(verdict(rules, c.password), c.expected) << c.password;
    EXPECT_TRUE(known_from_lines("").empty());
    EXPECT_EQ(known_from_lines("a\na\nA\n").size(), 1U);
}

TEST(PasswordRules, the_list_that_is_compiled_in_has_no_entry_that_is_too_short_to_matter) {
    std::string_view rest = commonest_passwords;
    std::size_t words = 0;
    const PasswordRules rules{{}, ""};
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, std::min(rest.find(' '), rest.size()));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        EXPECT_GE(word.size(), 8U) << word;
        EXPECT_NE(verdict(rules, word), Code::count_) << word;
        ++words;
    }
    EXPECT_GE(words, 500U);
}

class NewPassword : public testing::Test, protected testing_support::Domain {
  protected:
    void SetUp() override { ASSERT_TRUE(crypto::start().ok()); }
    PasswordRules rules_{{}, "babbage.example"};
    crypto::HashPermits permits_{2, 64};
    Users users_{*storage, permits_, clock, random, crypto::HmacKey{bytes_of("k")}, {.rules = &rules_}};
};

TEST_F(NewPassword, PWD_06_is_checked_before_any_hash_wherever_one_is_chosen) {
    const Then nothing = [](storage::Tx&, const User&) -> Result<void> { return {}; };
    const auto sign_up = [&](std::string_view password) {
        return users_.sign_up(
            {.name = "Lovelace", .email = "ada@x.example", .password = password, .image = {}, .fields = {}}, nothing);
    };
    const std::uint64_t before = crypto::hashes_done();
    for (const Case& c : {Case{"password1", Code::password_common}, Case{"lovelace1", Code::password_personal},
                          Case{"12345678", Code::password_simple}, Case{"short", Code::password_too_short}}) {
        const auto done = sign_up(c.password);
        ASSERT_FALSE(done.ok()) << c.password;
        EXPECT_EQ(done.error().code(), c.expected) << c.password;
    }
    EXPECT_EQ(crypto::hashes_done(), before);
    const auto made = sign_up("correct horse battery");
    ASSERT_TRUE(made.ok());
    const std::uint64_t after = crypto::hashes_done();
    const auto hashed = users_.hash_new("lovelace1", made->id);
    ASSERT_FALSE(hashed.ok());
    EXPECT_EQ(hashed.error().code(), Code::password_personal);
    EXPECT_EQ(crypto::hashes_done(), after);
    EXPECT_TRUE(users_.hash_new("another good one", made->id).ok());
    EXPECT_EQ(users_.hash_new("another good one", UserId{"nobody"}).error().code(), Code::verification_user_gone);
}

}    // namespace
}    // namespace countersign::identity

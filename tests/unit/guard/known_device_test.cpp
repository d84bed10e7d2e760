// The cookie that says from where somebody has signed in before.
#include "guard/known_device.hpp"

#include "base/encoding.hpp"
#include "unit/http/asked.hpp"

namespace countersign::guard {
namespace {

using http::Asked;

constexpr Instant noon = Instant::from_unix(Seconds{1'795'000'000});
constexpr Seconds life{86'400};

class KnownDevice : public testing::Test {
  protected:
    static KnownDevices devices_with(const CookieRules& rules, std::string_view key, std::string_view account_key,
                                     Random& random) {
        return {rules, life, crypto::HmacKey{bytes_of(key)}, crypto::HmacKey{bytes_of(account_key)}, random};
    }
    static decltype(http::Ask::headers) sent(const std::string& cookie) {
        if (cookie.empty()) return {};
        return {{"cookie", cookie}};
    }
    /// The whole Set-Cookie line after a sign-in from a browser with `cookie`.
    std::string line_after(const std::string& account, const std::string& cookie = {}, Instant at = noon) {
        const Asked asked{{.headers = sent(cookie)}};
        http::Response answer;
        devices.append(answer, asked.request(), account, at);
        EXPECT_EQ(answer.set_cookies.size(), 1U);
        return answer.set_cookies.at(0);
    }
    /// `name=value` of it.
    std::string after(const std::string& account, const std::string& cookie = {}, Instant at = noon) {
        const std::string line = line_after(account, cookie, at);
        return line.substr(0, line.find(';'));
    }
    static std::optional<KnownAccount> find(const KnownDevices& in, const std::string& cookie,
                                            const std::string& account, Instant at = noon) {
        const Asked asked{{.headers = sent(cookie)}};
        return in.find(asked.request(), account, at);
    }
    bool knows(const std::string& cookie, const std::string& account, Instant at = noon) {
        return find(devices, cookie, account, at).has_value();
    }

    SystemRandom random;
    KnownDevices devices = devices_with({}, "a key", "another key", random);
};

TEST_F(KnownDevice, ENU_08_is_known_to_who_signed_in_from_it_and_to_nobody_else) {
    const std::string cookie = after("ada@x.co");
    EXPECT_TRUE(knows(cookie, "ada@x.co"));
    EXPECT_FALSE(knows(cookie, "bob@x.co"));
    EXPECT_FALSE(knows("", "ada@x.co"));
}

TEST_F(KnownDevice, the_cookie_is_for_our_server_only_and_names_nobody) {
    const std::string line = line_after("ada@x.co");
    EXPECT_TRUE(line.starts_with("better-auth.known_device=")) << line;
    EXPECT_TRUE(line.ends_with("; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax")) << line;
    EXPECT_FALSE(line.contains("ada")) << line;
    const KnownDevices secure = devices_with({.demand = NamePrefix::secure, .prefix = "mine"}, "k", "l", random);
    http::Response answer;
    const Asked asked{{}};
    secure.append(answer, asked.request(), "ada@x.co", noon);
    EXPECT_TRUE(answer.set_cookies.at(0).starts_with("__Host-mine.known_device=")) << answer.set_cookies.at(0);
    EXPECT_TRUE(answer.set_cookies.at(0).contains("; HttpOnly; Secure;")) << answer.set_cookies.at(0);
}

TEST_F(KnownDevice, KEY_10_stays_known_while_the_old_secret_is_listed) {
    const auto secret = [](std::string_view text) { return Secret{bytes_of(text)}; };
    const auto with = [&](const crypto::Keyring& secrets) {
        return KnownDevices{{}, life, crypto::HmacKeys::of(secrets, "a"), crypto::HmacKeys::of(secrets, "b"), random};
    };
    const KnownDevices old = with(crypto::Keyring{secret("old")}), fresh = with(crypto::Keyring{secret("new")});
    crypto::Keyring both{secret("old")};
    both.add_version(1, secret("new"));
    const KnownDevices changing = with(both);
    const auto sign_in = [&](const KnownDevices& at, const std::string& account, const std::string& cookie) {
        const Asked asked{{.headers = sent(cookie)}};
        http::Response answer;
        at.append(answer, asked.request(), account, noon);
        const std::string& line = answer.set_cookies.at(0);
        return line.substr(0, line.find(';'));
    };
    const std::string first = sign_in(old, "bob@x.co", sign_in(old, "ada@x.co", {}));
    EXPECT_TRUE(find(changing, first, "ada@x.co"));
    EXPECT_FALSE(find(fresh, first, "ada@x.co"));
    const std::string second = sign_in(changing, "ada@x.co", first);
    EXPECT_TRUE(find(fresh, second, "ada@x.co"));
    EXPECT_TRUE(find(changing, second, "bob@x.co"));
    EXPECT_FALSE(find(old, second, "ada@x.co"));
    EXPECT_EQ(second.rfind('.'), first.rfind('.')) << "one proof for each account, in front of the signature";
}

TEST_F(KnownDevice, CKY_01_the_cookie_is_of_this_host_whatever_is_configured) {
    using Flag = http::CookieAttributes::Flag;
    CookieRules rules{.domain = "x.co",
                      .defaults = {.domain = "x.co", .path = "/app", .same_site = "None", .http_only = Flag::off}};
    for (const NamePrefix demand : {NamePrefix::none, NamePrefix::secure, NamePrefix::host}) {
        rules.demand = demand;
        http::Response answer;
        const Asked asked{{}};
        devices_with(rules, "k", "l", random).append(answer, asked.request(), "ada@x.co", noon);
        const std::string& line = answer.set_cookies.at(0);
        EXPECT_EQ(line.starts_with("__Host-"), demand != NamePrefix::none) << line;
        EXPECT_TRUE(line.ends_with("; Max-Age=86400; Path=/; HttpOnly; Secure; SameSite=None")) << line;
    }
}

TEST_F(KnownDevice, it_ends) {
    const std::string cookie = after("ada@x.co");
    EXPECT_TRUE(knows(cookie, "ada@x.co", noon + life - Seconds{1}));
    EXPECT_FALSE(knows(cookie, "ada@x.co", noon + life));
    const std::string later = after("bob@x.co", cookie, noon + life);
    EXPECT_TRUE(knows(later, "bob@x.co", noon + life));
    EXPECT_FALSE(knows(later, "ada@x.co", noon)) << "what has ended is left out";
}

TEST_F(KnownDevice, a_shared_browser_is_known_to_the_last_eight) {
    std::string cookie;
    for (int i = 0; i < 9; ++i) cookie = after("user" + std::to_string(i) + "@x.co", cookie);
    EXPECT_FALSE(knows(cookie, "user0@x.co"));
    for (int i = 1; i < 9; ++i) EXPECT_TRUE(knows(cookie, "user" + std::to_string(i) + "@x.co")) << i;
    cookie = after("user1@x.co", cookie);    // now the latest
    cookie = after("user9@x.co", cookie);
    EXPECT_TRUE(knows(cookie, "user1@x.co"));
    EXPECT_FALSE(knows(cookie, "user2@x.co"));
    EXPECT_LT(cookie.size(), 512U);
}

TEST_F(KnownDevice, each_sign_in_is_a_proof_of_its_own) {
    const std::string first = after("ada@x.co"), second = after("ada@x.co", first);
    const auto old_proof = find(devices, first, "ada@x.co"), new_proof = find(devices, second, "ada@x.co");
    ASSERT_TRUE(old_proof && new_proof);
    EXPECT_NE(old_proof->id, new_proof->id) << "a copy that somebody took does not share the owner's counter";
}

TEST_F(KnownDevice, what_is_not_ours_makes_nothing_known_and_a_sign_in_replaces_it) {
    const std::string good = after("ada@x.co");
    ASSERT_TRUE(knows(good, "ada@x.co"));
    const std::string name = "better-auth.known_device=";
    const auto foreign = [&](std::string_view key, std::string_view account_key, const CookieRules& rules) {
        const KnownDevices other = devices_with(rules, key, account_key, random);
        http::Response answer;
        const Asked asked{{}};
        other.append(answer, asked.request(), "ada@x.co", noon);
        const std::string line = answer.set_cookies.at(0);
        return name + line.substr(line.find('=') + 1, line.find(';') - line.find('=') - 1);
    };
    std::string changed = good;
    changed[name.size() + 20] = changed[name.size() + 20] == 'A' ? 'B' : 'A';
    const std::pair<std::string_view, std::string> table[]{
        {"one character changed", changed},
        {"cut", good.substr(0, good.size() - 1)},
        {"without signature", good.substr(0, good.find('.', name.size()))},
        {"twice", good + "; " + good},
        {"of another key", foreign("a third key", "another key", {})},
        {"signed for another name", foreign("a key", "another key", {.prefix = "other"})},
        {"under another name", "other" + good},
        {"empty", name},
        {"a signed text that is no list",
         name + crypto::sign_value(crypto::HmacKey{bytes_of("a key")}, "true", "better-auth.known_device")},
    };
    for (const auto& [what, cookie] : table) {
        EXPECT_FALSE(knows(cookie, "ada@x.co")) << what;
        EXPECT_TRUE(knows(after("bob@x.co", cookie), "bob@x.co")) << what;
        EXPECT_FALSE(knows(after("bob@x.co", cookie), "ada@x.co")) << what;
    }
    EXPECT_FALSE(knows(foreign("a key", "a third key", {}), "ada@x.co")) << "accounts under another key are others";
}

TEST(KnownAccounts, have_one_spelling) {
    KnownAccount one{.id = {}, .account = {}, .expires_at = noon};
    one.id.fill(std::byte{0xfe});
    one.account.fill(std::byte{0x01});
    const KnownAccounts two{one, {.id = {}, .account = one.account, .expires_at = noon + life}};
    const std::string text = known_accounts_text(two);
    EXPECT_EQ(parse_known_accounts(text), two);
    const std::string of_one = known_accounts_text({one});
    const KnownAccounts nine(9, one);
    for (const std::string& other : {std::string{}, text + "A", text.substr(1), of_one.substr(0, 43), text + "=",
                                     std::string(44, '+'), known_accounts_text(nine)}) {
        EXPECT_EQ(parse_known_accounts(other), std::nullopt) << other;
    }
    const KnownAccounts eight(8, one);
    EXPECT_EQ(parse_known_accounts(known_accounts_text(eight)), eight);
}

}    // namespace
}    // namespace countersign::guard

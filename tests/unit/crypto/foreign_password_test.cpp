// Stored hashes of other systems: what is read, what is refused before any work, and what a decoy of them is.
#include "crypto/foreign_password.hpp"
#include "crypto/foreign_export.hpp"
#include "crypto/kdf.hpp"
#include "crypto/password.hpp"

namespace countersign::crypto {
namespace {

constexpr std::string_view bcrypt_text = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const std::string salt22(22, 'A'), key43(43, 'A'), key86(86, 'A'), key44 = std::string(43, 'A') + "=";
const std::string hex64(64, 'a');

std::string bcrypt(std::string_view head) { return std::string{head} + std::string{bcrypt_text}; }
std::string argon2id(std::string_view cost) {
    return "$argon2id$v=19$" + std::string{cost} + "$" + salt22 + "$" + key43;
}
std::string pbkdf2(std::string_view rounds) {
    return "$pbkdf2-sha256$" + std::string{rounds} + "$" + salt22 + "$" + key43;
}
std::string scrypt_text(std::string_view cost) { return "$scrypt$" + std::string{cost} + "$" + salt22 + "$" + key43; }
std::string firebase(std::string_view cost) {
    return "$fbscrypt$v=1," + std::string{cost} + ",p=1,ss=Bw==,sk=" + key44 + "$c2FsdA==$" + key44;
}
std::string yescrypt(std::string_view cost) { return "$y$" + std::string{cost} + "$saltsaltsalt0.$" + key43; }
std::string scram(std::string_view rounds) {
    return "SCRAM-SHA-256$" + std::string{rounds} + ":c2FsdA==$" + key44 + ":" + key44;
}

/// The code, or count_ for none.
Code verdict(std::string_view stored) {
    const auto read = parse_stored_hash(stored);
    return read.ok() ? Code::count_ : read.error().code();
}

struct Case {
    std::string name, stored;
    Code expected = Code::count_;
};

/// Nothing is computed for what is refused: a password check says the same, and no hash is counted.
void expect(const std::vector<Case>& cases) {
    ASSERT_TRUE(start().ok());
    for (const Case& c : cases) {
        EXPECT_EQ(verdict(c.stored), c.expected) << c.name << ": " << c.stored;
        if (c.expected == Code::count_) continue;
        const std::uint64_t before = hashes_done();
        const auto checked = verify_password(c.stored, "x");
        ASSERT_FALSE(checked.ok()) << c.name;
        EXPECT_EQ(checked.error().code(), c.expected) << c.name;
        EXPECT_EQ(hashes_done(), before) << c.name;
    }
}

TEST(ForeignPassword, PWD_10_each_cost_has_bounds_and_nothing_is_computed_beyond_them) {
    constexpr Code cost = Code::password_hash_cost;
    expect({
        {"bcrypt, least", bcrypt("$2b$04$")},
        {"bcrypt, below", bcrypt("$2b$03$"), cost},
        {"bcrypt, most", bcrypt("$2b$15$")},
        {"bcrypt, above", bcrypt("$2b$16$"), cost},
        {"bcrypt, 31", bcrypt("$2b$31$"), cost},
        {"bcrypt of Django, 31", bcrypt("bcrypt_sha256$$2b$31$"), cost},
        {"bcrypt of WordPress, 31", bcrypt("$wp$2y$31$"), cost},
        {"bcrypt in a label, 31", bcrypt("{BCRYPT}$2b$31$"), cost},
        {"bcrypt with a pepper, 31", bcrypt("$bcrypt-peppered$cGVw$2b$31$"), cost},
        {"bcrypt of passlib", "$bcrypt-sha256$v=2,t=2b,r=12$" + std::string{bcrypt_text.substr(0, 22)} + "$" +
                                  std::string{bcrypt_text.substr(22)}},
        {"bcrypt of passlib, 31",
         "$bcrypt-sha256$v=2,t=2b,r=31$" + std::string{bcrypt_text.substr(0, 22)} + "$" +
             std::string{bcrypt_text.substr(22)},
         cost},
        {"Argon2, most memory", argon2id("m=262144,t=2,p=1")},
        {"Argon2, more memory", argon2id("m=262145,t=2,p=1"), cost},
        {"Argon2, 4 GiB", argon2id("m=4194304,t=1,p=1"), cost},
        {"Argon2, all digits", argon2id("m=99999999999999999999,t=1,p=1"), cost},
        {"Argon2, most passes", argon2id("m=19456,t=16,p=1")},
        {"Argon2, more passes", argon2id("m=19456,t=17,p=1"), cost},
        {"Argon2, more lanes", argon2id("m=19456,t=2,p=17"), cost},
        {"Argon2, in Django", "argon2" + argon2id("m=4194304,t=1,p=1"), cost},
        {"PBKDF2, most", pbkdf2("4000000")},
        {"PBKDF2, more", pbkdf2("4000001"), cost},
        {"PBKDF2, 1e9", pbkdf2("1000000000"), cost},
        {"PBKDF2, 2^64 and 1", pbkdf2("18446744073709551617"), cost},
        {"PBKDF2, a long key", "$pbkdf2-sha256$2000001$" + salt22 + "$" + key86, cost},
        {"PBKDF2 of Django, 1e9", "pbkdf2_sha256$1000000000$salt$" + key44, cost},
        {"PBKDF2 of Werkzeug", "pbkdf2:sha256:600000$salt$" + hex64},
        {"PBKDF2 of Werkzeug, 1e9", "pbkdf2:sha256:1000000000$salt$" + hex64, cost},
        {"SCRAM", scram("4096")},
        {"SCRAM, 1e9", scram("1000000000"), cost},
        {"scrypt, most memory", scrypt_text("ln=17,r=8,p=1")},
        {"scrypt, more memory", scrypt_text("ln=18,r=8,p=1"), cost},
        {"scrypt, 2^30", scrypt_text("ln=30,r=8,p=1"), cost},
        {"scrypt, 2^64", scrypt_text("ln=64,r=8,p=1"), cost},
        {"scrypt, a wide block", scrypt_text("ln=1,r=524288,p=1"), cost},
        {"scrypt, many of them", scrypt_text("ln=14,r=8,p=65"), cost},
        {"scrypt, product", scrypt_text("ln=17,r=8,p=5"), cost},
        {"scrypt of Django, 2^30", "scrypt$1073741824$salt$8$1$" + key44, cost},
        {"scrypt of Werkzeug", "scrypt:32768:8:1$salt$" + hex64},
        {"scrypt of Werkzeug, 2^30", "scrypt:1073741824:8:1$salt$" + hex64, cost},
        {"Firebase", firebase("n=14,r=8")},
        {"Firebase, 2^30", firebase("n=30,r=8"), cost},
        {"SHA-crypt, least", "$6$rounds=1000$salt$" + key86},
        {"SHA-crypt, below", "$6$rounds=999$salt$" + key86, cost},
        {"SHA-crypt, most", "$5$rounds=1000000$salt$" + key43},
        {"SHA-crypt, above", "$5$rounds=999999999$salt$" + key43, cost},
        {"phpass, most", "$P$I" + std::string(30, 'a')},
        {"phpass, above", "$P$J" + std::string(30, 'a'), cost},
        {"phpass, 2^30", "$H$S" + std::string(30, 'a'), cost},
        {"yescrypt", yescrypt("j9T")},
        {"yescrypt, 2^30", yescrypt("jRT"), cost},
        {"yescrypt, a wide block", yescrypt("j9f")},
        {"yescrypt, wider and more", yescrypt("jDf"), cost},
        {"ASP.NET 3, 2^32 rounds",
         "AQAAAAH/////AAAAEGFzcG5ldC1zYWx0LTE2YnkJS+rI9eGUveL9TrdjFOafylS+/s0ttsa6SW4EnVNQWQ==", cost},
    });
}

TEST(ForeignPassword, what_is_cut_off_or_has_something_else_in_it_is_unreadable) {
    constexpr Code unreadable = Code::password_hash_unreadable;
    expect({
        {"nothing", "", unreadable},
        {"a password", "correct horse battery", unreadable},
        {"longer than any", "$2b$10$" + std::string(5000, 'a'), unreadable},
        {"bcrypt, short", bcrypt("$2b$10$").substr(0, 59), unreadable},
        {"bcrypt, long", bcrypt("$2b$10$") + "a", unreadable},
        {"bcrypt, one digit", bcrypt("$2b$4$"), unreadable},
        {"bcrypt, three digits", bcrypt("$2b$004$"), unreadable},
        {"bcrypt, a sign", bcrypt("$2b$+4$"), unreadable},
        {"bcrypt, another letter", bcrypt("$2z$10$"), unreadable},
        {"bcrypt, NUL in it", bcrypt("$2b$10$").replace(20, 1, 1, '\0'), unreadable},
        {"bcrypt, 8 bits in it", bcrypt("$2b$10$").replace(20, 1, "\xC3"), unreadable},
        {"bcrypt, an empty salt", "$2b$10$" + std::string{bcrypt_text.substr(22)}, unreadable},
        {"a label only", "{BCRYPT}", unreadable},
        {"a label in a label", bcrypt("{BCRYPT}{BCRYPT}$2b$10$"), unreadable},
        {"Argon2, no passes", argon2id("m=19456,t=0,p=1"), unreadable},
        {"Argon2, no lanes", argon2id("m=19456,t=2,p=0"), unreadable},
        {"Argon2, less memory than lanes need", argon2id("m=15,t=2,p=2"), unreadable},
        {"Argon2, other order", argon2id("t=2,m=19456,p=1"), unreadable},
        {"Argon2, version 20", "$argon2id$v=20$m=19456,t=2,p=1$" + salt22 + "$" + key43, unreadable},
        {"Argon2, short key", "$argon2id$v=19$m=64,t=2,p=1$" + salt22 + "$AAAA", unreadable},
        {"Argon2, empty salt", "$argon2id$v=19$m=64,t=2,p=1$$" + key43, unreadable},
        {"Argon2, padding", argon2id("m=64,t=2,p=1") + "=", unreadable},
        {"Argon2, unused bits", "$argon2id$v=19$m=64,t=2,p=1$" + salt22 + "$" + std::string(42, 'A') + "B", unreadable},
        {"PBKDF2, no rounds", pbkdf2("0"), unreadable},
        {"PBKDF2, a minus", pbkdf2("-1"), unreadable},
        {"PBKDF2, empty key", "$pbkdf2-sha256$1000$" + salt22 + "$", unreadable},
        {"PBKDF2, short key", "$pbkdf2-sha256$1000$" + salt22 + "$AAAA", unreadable},
        {"PBKDF2, another size", "$pbkdf2-sha256$i=1000,l=64$" + salt22 + "$" + key43, unreadable},
        {"PBKDF2, its size", "$pbkdf2-sha256$i=1000,l=32$" + salt22 + "$" + key43},
        {"scrypt, N is no power", "scrypt$16383$salt$8$1$" + key44, unreadable},
        {"scrypt, no r", scrypt_text("ln=14,r=0,p=1"), unreadable},
        {"scrypt, no p", scrypt_text("ln=14,r=8,p=0"), unreadable},
        {"scrypt, N is 1", scrypt_text("ln=0,r=8,p=1"), unreadable},
        {"Firebase, another size", firebase("n=14,r=8") + "AAAA", unreadable},
        {"LDAP, short", "{SHA}AAAA", unreadable},
        {"LDAP, no salt", "{SSHA}" + std::string(27, 'A') + "=", unreadable},
        {"yescrypt, a third letter", yescrypt("j9T."), unreadable},
        {"yescrypt, one letter", yescrypt("j"), unreadable},
        {"ASP.NET 2, short", "AGFzcG5ldA==", unreadable},
        {"ASP.NET 3, salt behind the end", "AQAAAAEAACcQAAD//2FzcG5ldC1zYWx0LTE2YnkJS+rI9eGUveL9TrdjFOaf", unreadable},
    });
}

TEST(ForeignPassword, PWD_09_what_is_below_the_floor_is_flagged) {
    struct Floor {
        std::string name, stored;
        Strength strength;
        Weight weight = Weight::heavy;
    };
    const Floor floors[]{
        {"bcrypt 10", bcrypt("$2b$10$"), Strength::sound},
        {"bcrypt 9", bcrypt("$2b$09$"), Strength::weak},
        {"bcrypt with lost bytes", bcrypt("$2x$12$"), Strength::weak},
        {"Argon2id of ours", argon2id("m=19456,t=2,p=1"), Strength::sound},
        {"Argon2id with less", argon2id("m=19456,t=1,p=1"), Strength::weak},
        {"PBKDF2 600,000", pbkdf2("600000"), Strength::sound},
        {"PBKDF2 599,999", pbkdf2("599999"), Strength::weak},
        {"phpass", "$P$B" + std::string(30, 'a'), Strength::weak},
        {"MD5", "md5$$" + std::string(32, 'a'), Strength::weak, Weight::light},
        {"nobody's", "!", Strength::weak, Weight::light},
        {"Better Auth's scrypt", std::string(32, 'a') + ":" + std::string(128, 'b'), Strength::sound},
    };
    for (const Floor& floor : floors) {
        const auto read = parse_stored_hash(floor.stored);
        ASSERT_TRUE(read.ok()) << floor.name;
        EXPECT_EQ(read->strength, floor.strength) << floor.name;
        EXPECT_EQ(read->weight, floor.weight) << floor.name;
    }
}

TEST(ForeignPassword, PWD_12_the_memory_of_a_hash_is_known_before_it_is_computed) {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    struct Need {
        std::string stored;
        std::uint64_t memory;
    };
    const Need needs[]{{argon2id("m=262144,t=2,p=1"), 256 * mib},
                       {argon2id("m=19456,t=2,p=1"), 19 * mib},
                       {scrypt_text("ln=16,r=8,p=1"), 64 * mib + 1024},
                       {yescrypt("j9T"), 16 * mib},
                       {bcrypt("$2b$12$"), 0},
                       {pbkdf2("600000"), 0}};
    for (const Need& need : needs) EXPECT_EQ(parse_stored_hash(need.stored)->memory, need.memory) << need.stored;
}

TEST(ForeignPassword, ENU_02_a_decoy_is_of_the_same_cost_and_has_lost_the_digest) {
    const std::string cheap = *hash_argon2id("password", *std::make_unique<SystemRandom>());
    for (const std::string& stored :
         {bcrypt("$2b$05$"), bcrypt("$wp$2y$05$"), bcrypt("{BCRYPT}$2b$05$"), argon2id("m=64,t=2,p=1"), pbkdf2("1000"),
          scrypt_text("ln=10,r=8,p=1"), firebase("n=10,r=8"), yescrypt("j8T"), scram("4096"), cheap,
          "$6$rounds=1000$salt$" + key86, "$P$6" + std::string(30, 'a'), "scrypt:1024:8:1$salt$" + hex64,
          "scrypt$1024$salt$8$1$" + key44, "pbkdf2:sha1:1000$salt$" + std::string(40, 'b'),
          "{PKCS5S2}" + std::string(64, 'b'),
          "AQAAAAIAAYagAAAAEGFzcG5ldC1zYWx0LTE2YnkJS+rI9eGUveL9TrdjFOafylS+/s0ttsa6SW4EnVNQWQ==" + std::string{}}) {
        const auto decoy = decoy_like(stored);
        ASSERT_TRUE(decoy.ok()) << stored;
        const auto facts = parse_stored_hash(stored), of_decoy = parse_stored_hash(*decoy);
        ASSERT_TRUE(facts.ok() && of_decoy.ok()) << stored << "\n" << *decoy;
        EXPECT_EQ(decoy->substr(0, facts->cost_end), stored.substr(0, facts->cost_end));
        EXPECT_EQ(of_decoy->memory, facts->memory) << *decoy;
        EXPECT_EQ(of_decoy->cost_end, facts->cost_end) << *decoy;
        const auto checked = verify_password(*decoy, "password");
        ASSERT_TRUE(checked.ok()) << *decoy;
        EXPECT_EQ(*checked, PasswordCheck::mismatch) << *decoy;
    }
    EXPECT_EQ(*verify_password(cheap, "password"), PasswordCheck::match);    // and what it was made of still opens
}

TEST(ForeignPassword, a_salt_and_a_password_of_nothing_are_what_they_are_elsewhere) {
    ASSERT_TRUE(start().ok());
    const Secret key = pbkdf2(PasswordDigest::sha256, {}, {}, 1000, 32);
    const std::string stored = "pbkdf2_sha256$1000$$" + base64(key.reveal());
    const std::string by_scrypt = "scrypt$16$$1$1$" + base64(scrypt({.n = 16, .r = 1, .p = 1}, {}, {}, 64)->reveal());
    EXPECT_EQ(*verify_password(by_scrypt, ""), PasswordCheck::match);
    EXPECT_EQ(*verify_password(by_scrypt, "x"), PasswordCheck::mismatch);
    EXPECT_EQ(*verify_password(stored, ""), PasswordCheck::match);
    EXPECT_EQ(*verify_password(stored, "x"), PasswordCheck::mismatch);
    EXPECT_EQ(*verify_password(stored, std::string_view{"\0", 1}), PasswordCheck::match);    // HMAC fills up with NUL
}

TEST(ForeignPassword, bytes_that_are_no_UTF_8_count_as_they_are) {
    ASSERT_TRUE(start().ok());
    const std::string latin1 = "gr\xFCn", other = "gr\xFDn";
    const Secret key = pbkdf2(PasswordDigest::sha256, bytes_of(latin1), bytes_of("salt"), 1000, 32);
    const std::string stored = "pbkdf2_sha256$1000$salt$" + base64(key.reveal());
    EXPECT_EQ(*verify_password(stored, latin1), PasswordCheck::match);
    EXPECT_EQ(*verify_password(stored, other), PasswordCheck::mismatch);
    EXPECT_EQ(*verify_password(stored, "gr\xC3\xBCn"), PasswordCheck::mismatch);
}

TEST(ForeignPassword, PWD_05_a_password_longer_than_crypt_takes_is_no_match_and_no_error) {
    ASSERT_TRUE(start().ok());
    const auto checked = verify_password("$6$rounds=1000$salt$" + key86, std::string(5000, 'a'));
    ASSERT_TRUE(checked.ok());
    EXPECT_EQ(*checked, PasswordCheck::mismatch);
}

TEST(ForeignPassword, PWD_10_an_export_of_absurd_cost_or_without_its_parts_is_refused) {
    struct Export {
        std::string name, text;
        Code expected = Code::count_;
    };
    const std::string secret =
        R"("secretData":"{\"value\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"salt\":\"AAAA\"}")";
    const auto keycloak = [&](const std::string& credential) {
        return R"({"scheme":"keycloak","stored":{)" + secret + R"(,"credentialData":")" + credential + R"("}})";
    };
    const Export exports[]{
        {"Keycloak", keycloak(R"({\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\"})")},
        {"Keycloak, 1e9", keycloak(R"({\"hashIterations\":1000000000,\"algorithm\":\"pbkdf2-sha256\"})"),
         Code::password_hash_cost},
        {"Keycloak, of a minus", keycloak(R"({\"hashIterations\":-1,\"algorithm\":\"pbkdf2-sha256\"})"),
         Code::password_hash_unreadable},
        {"Keycloak, another algorithm", keycloak(R"({\"hashIterations\":1,\"algorithm\":\"rot13\"})"),
         Code::password_hash_unreadable},
        {"Keycloak, no JSON inside", keycloak("{"), Code::password_hash_unreadable},
        {"Auth0, scrypt 2^30",
         R"({"scheme":"auth0","stored":{"custom_password_hash":{"algorithm":"scrypt","hash":{"value":"00112233445566778899aabbccddeeff","encoding":"hex"},"salt":{"value":"x"},"cost":1073741824,"blockSize":8,"parallelization":1}}})",
         Code::password_hash_cost},
        {"Firebase, 2^30",
         R"({"scheme":"firebase-scrypt","stored":")" + key44 +
             R"(","params":{"mem_cost":30,"rounds":8,"base64_signer_key":")" + key44 +
             R"(","base64_salt_separator":"Bw==","salt":"AAAA"}})",
         Code::password_hash_cost},
        {"nothing", "{}", Code::password_hash_unreadable},
        {"a list", "[]", Code::password_hash_unreadable},
        {"a number", R"({"stored":1})", Code::password_hash_unreadable},
        {"any text", R"({"stored":"$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"})"},
    };
    for (const Export& each : exports) {
        const auto json = json::parse(each.text);
        ASSERT_TRUE(json.ok()) << each.text;
        const auto read = parse_exported_hash(*json);
        EXPECT_EQ(read.ok() ? Code::count_ : read.error().code(), each.expected) << each.name;
    }
}

}    // namespace
}    // namespace countersign::crypto

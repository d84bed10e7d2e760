// Known answers of Better Auth's formats: those recorded by record.mjs, and further ones where they are at hand.
#include <filesystem>
#include <fstream>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/url.hpp"
#include "crypto/digest.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/password.hpp"
#include "crypto/signed_value.hpp"
#include "crypto/symmetric.hpp"

namespace countersign::crypto {
namespace {

std::optional<std::string> load_text(std::string_view place) {
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + std::string{place}};
    if (!file) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>{file}, {}};
}

std::optional<json::Value> load(std::string_view place) {
    const auto text = load_text(place);
    if (!text) return std::nullopt;
    auto parsed = json::parse(*text);
    if (!parsed.ok()) return std::nullopt;
    return *parsed;
}

std::string text(const json::Value& value, std::string_view member) { return *value.find(member)->as_string(); }
/// Absent for null.
std::optional<std::string> text_or_null(const json::Value& value, std::string_view member) {
    const std::string* found = value.find(member)->as_string();
    return found == nullptr ? std::optional<std::string>{} : *found;
}

std::optional<std::string> opened(const Keyring& keys, std::string_view sealed) {
    const auto plain = symmetric_decrypt(keys, sealed);
    if (!plain.ok()) return std::nullopt;
    return std::string{plain->reveal_text()};
}
std::optional<std::string> opened_cookie(std::string_view secret, const std::string& sent) {
    const auto value = open_signed_value(HmacKey{bytes_of(secret)}, percent_decode(sent).value_or(sent));
    return value.ok() ? std::optional{*value} : std::nullopt;
}

/// `{"secrets":{version: secret}, "current":..., "legacy":...}`
Keyring keyring_of(const json::Value& recorded, std::string_view secrets) {
    const json::Value* legacy = recorded.find("legacy");
    Keyring keys{Secret::from_text(legacy == nullptr ? "none" : *legacy->as_string())};
    const std::int64_t current = *recorded.find("current")->as_integer();
    const json::Object& versions = *recorded.find(secrets)->as_object();
    for (const bool first : {true, false}) {
        for (const auto& [version, secret] : versions) {
            const bool is_current = version == std::to_string(current);
            if (is_current == first) {
                keys.add_version(static_cast<std::uint32_t>(std::stoul(version)),
                                 Secret::from_text(*secret.as_string()));
            }
        }
    }
    return keys;
}

void check_signed_cookies(const json::Value& all, const json::Value&) {
    for (const json::Value& row : *all.as_array()) {
        const std::string secret = text(row, "secret"), cookie = text(row, "setCookie");
        const std::string expected = cookie.substr(cookie.find('=') + 1, cookie.find(';') - cookie.find('=') - 1);
        EXPECT_EQ(percent_encode_component(sign_value(HmacKey{bytes_of(secret)}, text(row, "value"))), expected);
        EXPECT_EQ(opened_cookie(secret, expected), text(row, "value"));
    }
}

void check_opened_cookies(const json::Value& all, const json::Value&) {
    for (const json::Value& row : *all.as_array()) {
        EXPECT_EQ(opened_cookie(text(row, "secret"), text(row, "cookie")), text_or_null(row, "value"))
            << text(row, "case");
    }
}

/// Better Auth decodes the signature and so takes spellings that differ in unused bits; we take the one it writes.
void check_loose_signatures(const json::Value& all, const json::Value&) {
    for (const json::Value& row : *all.as_array()) {
        EXPECT_EQ(opened_cookie(text(row, "secret"), text(row, "cookie")), std::nullopt) << text(row, "cookie");
    }
}

void check_passwords(const json::Value& all, const json::Value&) {
    for (const json::Value& row : *all.as_array()) {
        EXPECT_EQ(*verify_password(text(row, "hash"), text(row, "password")), PasswordCheck::match);
        EXPECT_EQ(*verify_password(text(row, "hash"), text(row, "password") + "x"), PasswordCheck::mismatch);
    }
}

void check_password_verdicts(const json::Value& all, const json::Value&) {
    for (const json::Value& row : *all.as_array()) {
        const PasswordCheck expected = *row.find("match")->as_bool() ? PasswordCheck::match : PasswordCheck::mismatch;
        EXPECT_EQ(*verify_password(text(row, "hash"), text(row, "password")), expected) << text(row, "password");
    }
}

void check_unreadable_passwords(const json::Value& all, const json::Value&) {
    for (const json::Value& stored : *all.as_array()) {
        const auto checked = verify_password(*stored.as_string(), "x");
        ASSERT_FALSE(checked.ok()) << *stored.as_string();
        EXPECT_EQ(checked.error().code(), Code::password_hash_unreadable);
    }
}

void check_equal_passwords(const json::Value& all, const json::Value&) {
    SystemRandom random;
    for (const json::Value& row : *all.as_array()) {
        const std::string hash = *hash_better_auth_scrypt(text(row, "a"), random);
        EXPECT_EQ(*verify_password(hash, text(row, "b")), PasswordCheck::match);
    }
}

void check_sealed(const json::Value& all, const json::Value&) {
    SystemRandom random;
    for (const json::Value& row : *all.as_array()) {
        const Keyring keys{Secret::from_text(text(row, "key"))};
        EXPECT_EQ(opened(keys, text(row, "ciphertext")), text(row, "data"));
        EXPECT_EQ(opened(keys, *symmetric_encrypt(keys, text(row, "data"), random)), text(row, "data"));
        const Keyring other{Secret::from_text(text(row, "key") + "x")};
        EXPECT_EQ(opened(other, text(row, "ciphertext")), std::nullopt);
    }
}

void check_sealed_by_version(const json::Value& recorded, const json::Value&) {
    SystemRandom random;
    const Keyring keys = keyring_of(recorded, "secrets");
    EXPECT_EQ(opened(keys, text(recorded, "ciphertext")), text(recorded, "data"));
    const std::string fresh = *symmetric_encrypt(keys, text(recorded, "data"), random);
    EXPECT_EQ(fresh.substr(0, 6), text(recorded, "ciphertext").substr(0, 6));    // the version that seals
    EXPECT_EQ(opened(keys, fresh), text(recorded, "data"));
}

void check_opened_by_version(const json::Value& recorded, const json::Value&) {
    const Keyring keys = keyring_of(recorded, "secrets");
    for (const json::Value& row : *recorded.find("rows")->as_array()) {
        EXPECT_EQ(opened(keys, text(row, "ciphertext")), text_or_null(row, "data")) << text(row, "case");
    }
}

void check_purpose_keys(const json::Value& all, const json::Value& file) {
    for (const auto& [purpose, expected] : *all.as_object()) {
        const Secret key = hkdf_sha256(Secret::from_text(text(file, "secret")), "better-auth:oauth-encryption:v1",
                                       "better-auth:" + purpose + ":v1", 32);
        EXPECT_EQ(hex(key.reveal()), *expected.as_string()) << purpose;
    }
}

void check_hmac(const json::Value& recorded, const json::Value& file) {
    const std::string secret = text(file, "secret"), data = text(recorded, "data");
    EXPECT_EQ(base64url(HmacKey{bytes_of(secret)}.mac(bytes_of(data))), text(recorded, "mac"));
}

void check_digests(const json::Value& all, const json::Value&) {
    for (const json::Value& row : *all.as_array()) EXPECT_EQ(token_hash(text(row, "input")), text(row, "hash"));
}

void check_ed25519(const json::Value& recorded, const json::Value&) {
    const auto key = Ed25519Key::from_jwk(text(recorded, "privateKey"));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->public_jwk(), text(recorded, "publicKey"));
    EXPECT_EQ(key->private_jwk().reveal_text(), text(recorded, "privateKey"));
    const std::string jws = text(recorded, "jws"), signed_text = jws.substr(0, jws.rfind('.'));
    EXPECT_EQ(signed_text + "." + base64url(key->sign(bytes_of(signed_text))), jws);    // RFC 8032: one signature
}

void nothing_to_check(const json::Value&, const json::Value&) {}

struct Kind {
    std::string_view name;
    void (*check)(const json::Value& recorded, const json::Value& file);
    std::string_view why_not = "";    // why nothing is checked
};
constexpr std::string_view no_user = "no feature of this version reads or writes it";
constexpr Kind kinds[]{
    {"signedCookie", check_signed_cookies},
    {"openedCookie", check_opened_cookies},
    {"looseSignature", check_loose_signatures},
    {"password", check_passwords},
    {"passwordVerify", check_password_verdicts},
    {"passwordUnreadable", check_unreadable_passwords},
    {"passwordNFKCEqual", check_equal_passwords},
    {"symmetricEncrypt", check_sealed},
    {"symmetricEncryptVersioned", check_sealed_by_version},
    {"symmetricDecryptVersioned", check_opened_by_version},
    {"purposeKeys", check_purpose_keys},
    {"hmacBase64urlNoPad", check_hmac},
    {"sha256Base64urlNoPad", check_digests},
    {"ed25519", check_ed25519},
    {"recordedWith", nothing_to_check, "says how the file was made"},
    {"secret", nothing_to_check, "is what the others are keyed with"},
    {"plainCookie", nothing_to_check, no_user},    // the session cache cookie
    {"jwe", nothing_to_check, no_user},
    {"jweAccount", nothing_to_check, no_user},
    {"jwtHS256", nothing_to_check, no_user},
    {"totp", nothing_to_check, no_user},
};

/// Every kind of the file is checked or named above: a new recording is not passed over in silence.
void check_all(const json::Value& file) {
    ASSERT_TRUE(start().ok());
    for (const auto& [name, recorded] : *file.as_object()) {
        const auto kind = std::ranges::find(kinds, std::string_view{name}, &Kind::name);
        ASSERT_NE(kind, std::ranges::end(kinds)) << name << " is of no known kind";
        SCOPED_TRACE(name);
        kind->check(recorded, file);
    }
}

TEST(BetterAuth, every_format_agrees_with_what_the_package_wrote) {
    const auto vectors = load("/tests/vectors/better_auth/vectors.json");
    ASSERT_TRUE(vectors.has_value());
    for (const Kind& kind : kinds) {
        const bool ours =
            !kind.why_not.empty() || kind.name == "passwordNFKCEqual" || vectors->find(kind.name) != nullptr;
        EXPECT_TRUE(ours) << kind.name << " has no recording of the project's own";
    }
    check_all(*vectors);
}

TEST(BetterAuth, every_format_agrees_with_further_recordings) {
    const auto vectors = load("/../shared/better-auth/vectors.json");
    if (!vectors) GTEST_SKIP() << "not at hand";
    check_all(*vectors);
}

/// One row of the further cases: what it opens to, absent if it must not open.
using Opens = std::optional<std::string> (*)(const json::Value& row);
std::optional<std::string> open_case_cookie(const json::Value& row) {
    return opened_cookie(text(row, "secret"), text(row, "cookie_value"));
}
std::optional<std::string> open_case_hex(const json::Value& row) {
    return opened(Keyring{Secret::from_text(text(row, "secret"))}, text(row, "ciphertext_hex"));
}
std::optional<std::string> open_case_envelope(const json::Value& row) {
    return opened(keyring_of(row, "keys"), text(row, "ciphertext"));
}
struct CaseKind {
    std::string_view name, expected;    // `expected`: the member with the opened text
    Opens opens;                        // null: no feature of this version reads it
};
constexpr CaseKind case_kinds[]{
    {"signed-cookie", "value", open_case_cookie},
    {"xchacha20poly1305-hex", "plaintext", open_case_hex},
    {"xchacha20poly1305-envelope", "plaintext", open_case_envelope},
    {"better-auth-jwe-cookie", "", nullptr},
    {"better-auth-jwt-cookie", "", nullptr},
};

TEST(BetterAuth, sealed_and_signed_texts_open_as_further_cases_say) {
    const auto lines = load_text("/../shared/vectors/better_auth_crypto/cases.jsonl");
    if (!lines) GTEST_SKIP() << "not at hand";
    std::istringstream rows{*lines};
    int checked = 0;
    for (std::string line; std::getline(rows, line);) {
        const auto row = json::parse(line);
        ASSERT_TRUE(row.ok());
        const auto kind = std::ranges::find(case_kinds, text(*row, "kind"), &CaseKind::name);
        ASSERT_NE(kind, std::ranges::end(case_kinds)) << line;
        if (kind->opens == nullptr) continue;
        const bool valid = text(*row, "expect") == "valid";
        const std::string id = text(*row, "id");
        // An empty value is signed well and is no cookie of ours: Better Auth's reader refuses it as well.
        const bool empty = kind->name == "signed-cookie" && valid && text(*row, "value").empty();
        const auto expected = valid && !empty ? std::optional{text(*row, kind->expected)} : std::nullopt;
        EXPECT_EQ(kind->opens(*row), expected) << id;
        ++checked;
    }
    EXPECT_GE(checked, 20);
}

}    // namespace
}    // namespace countersign::crypto

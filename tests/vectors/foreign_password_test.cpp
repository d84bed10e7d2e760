// Password hashes that other systems made: those recorded by passwords/record.py, and further ones where they are at
// hand.
#include <filesystem>
#include <fstream>
#include <set>

#include "base/encoding.hpp"
#include "crypto/foreign_export.hpp"
#include "crypto/kdf.hpp"

namespace countersign::crypto {
namespace {

std::vector<json::Value> load(std::string_view place) {
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + std::string{place}};
    std::vector<json::Value> rows;
    for (std::string line; std::getline(file, line);) {
        const auto row = json::parse(line);
        EXPECT_TRUE(row.ok()) << line;
        if (row.ok()) rows.push_back(*row);
    }
    return rows;
}

std::string text(const json::Value& row, std::string_view member) {
    const json::Value* found = row.find(member);
    return found == nullptr || found->as_string() == nullptr ? "" : *found->as_string();
}
std::uint32_t number(const json::Value& row, std::string_view member) {
    return static_cast<std::uint32_t>(*row.find(member)->as_integer());
}
Bytes base64_in(const json::Value& row, std::string_view member) { return *parse_base64(text(row, member)); }
Bytes hex_in(const json::Value& row, std::string_view member) { return *parse_hex(text(row, member)); }

/// What a sign-in would say. An error is a refusal, and `why` names it.
PasswordCheck verdict(const json::Value& row, std::string& why) {
    const auto imported = parse_exported_hash(row);
    if (!imported.ok()) {
        why = imported.error().detail();
        return PasswordCheck::mismatch;
    }
    const Bytes password = base64_in(row, "password_b64");
    const auto check = verify_password(imported->stored, text_of(password));
    if (!check.ok()) why = check.error().detail();
    return check.ok() ? *check : PasswordCheck::mismatch;
}

std::size_t check_all(const std::vector<json::Value>& rows) {
    EXPECT_TRUE(start().ok());
    std::set<std::string> schemes;
    for (const json::Value& row : rows) {
        const PasswordCheck expected = *row.find("expect")->as_bool() ? PasswordCheck::match : PasswordCheck::mismatch;
        std::string why;
        EXPECT_EQ(verdict(row, why), expected) << text(row, "id") << ": " << why;
        schemes.insert(text(row, "scheme"));
    }
    return schemes.size();
}

TEST(ForeignPassword, PWD_05_PWD_09_PWD_11_hashes_of_other_systems_verify) {
    const auto rows = load("/tests/vectors/passwords/passwords.jsonl");
    EXPECT_GE(check_all(rows), 12U);
}

TEST(ForeignPassword, PWD_05_PWD_09_PWD_11_further_hashes_of_other_systems_verify) {
    const auto rows = load("/../shared/vectors/passwords/password_import.jsonl");
    if (rows.empty()) GTEST_SKIP() << "not at hand";
    EXPECT_GE(check_all(rows), 12U);
}

void check_pbkdf2(const json::Value& row) {
    const PasswordDigest digest = text(row, "hash") == "SHA1" ? PasswordDigest::sha1 : PasswordDigest::sha256;
    const Secret made = pbkdf2(digest, base64_in(row, "password_b64"), base64_in(row, "salt_b64"),
                               number(row, "iterations"), number(row, "dkLen"));
    EXPECT_EQ(hex(made.reveal()), text(row, "dk_hex")) << text(row, "id");
}
void check_scrypt(const json::Value& row) {
    const auto made = scrypt({.n = number(row, "N"), .r = number(row, "r"), .p = number(row, "p")},
                             base64_in(row, "password_b64"), base64_in(row, "salt_b64"), number(row, "dkLen"));
    ASSERT_TRUE(made.ok()) << text(row, "id");
    EXPECT_EQ(hex(made->reveal()), text(row, "dk_hex")) << text(row, "id");
}
void check_argon2(const json::Value& row) {
    const Argon2Type type = text(row, "kind") == "argon2d"   ? Argon2Type::d
                            : text(row, "kind") == "argon2i" ? Argon2Type::i
                                                             : Argon2Type::id;
    const Bytes password = hex_in(row, "password_hex"), salt = hex_in(row, "salt_hex"),
                secret = hex_in(row, "secret_hex"), data = hex_in(row, "ad_hex");
    const auto made =
        argon2({.type = type,
                .version = number(row, "version"),
                .memory_kib = number(row, "m_kib"),
                .passes = number(row, "t"),
                .lanes = number(row, "p")},
               {.password = password, .salt = salt, .secret = secret, .data = data}, number(row, "tagLen"));
    ASSERT_TRUE(made.ok()) << text(row, "id");
    EXPECT_EQ(hex(made->reveal()), text(row, "tag_hex")) << text(row, "id");
}
/// The keys that a server would store, from the salt and rounds of its first message (RFC 5802 §3).
void check_scram(const json::Value& row) {
    const PasswordDigest digest = text(row, "hash") == "SHA1" ? PasswordDigest::sha1 : PasswordDigest::sha256;
    const std::string first = text(row, "server_first");
    const std::size_t salt = first.find(",s=") + 3, rounds = first.find(",i=");
    const Secret salted =
        pbkdf2(digest, bytes_of(text(row, "password")), *parse_base64(first.substr(salt, rounds - salt)),
               static_cast<std::uint32_t>(std::stoul(first.substr(rounds + 3))), digest_size(digest));
    const Secret client = hmac(digest, salted.reveal(), bytes_of("Client Key"));
    EXPECT_EQ(base64(digest_of_parts(digest, {client.reveal()}).reveal()), text(row, "stored_key_b64"));
    EXPECT_EQ(base64(hmac(digest, salted.reveal(), bytes_of("Server Key")).reveal()), text(row, "server_key_b64"));
}

struct KdfKind {
    std::string_view name;
    void (*check)(const json::Value& row);
};
constexpr KdfKind kdf_kinds[]{{"pbkdf2", check_pbkdf2},  {"scrypt", check_scrypt},   {"argon2d", check_argon2},
                              {"argon2i", check_argon2}, {"argon2id", check_argon2}, {"scram", check_scram}};

void check_kdfs(const std::vector<json::Value>& rows) {
    ASSERT_TRUE(start().ok());
    for (const json::Value& row : rows) {
        const auto* const kind = std::ranges::find(kdf_kinds, text(row, "kind"), &KdfKind::name);
        ASSERT_NE(kind, std::ranges::end(kdf_kinds)) << text(row, "kind");
        kind->check(row);
    }
}

TEST(ForeignPassword, what_hashes_are_made_with_agrees_with_the_RFCs) {
    const auto rows = load("/tests/vectors/passwords/kdf.jsonl");
    EXPECT_GE(rows.size(), 8U);
    check_kdfs(rows);
}

TEST(ForeignPassword, what_hashes_are_made_with_agrees_with_further_rows) {
    const auto rows = load("/../shared/vectors/passwords/kdf.jsonl");
    if (rows.empty()) GTEST_SKIP() << "not at hand";
    check_kdfs(rows);
}

}    // namespace
}    // namespace countersign::crypto

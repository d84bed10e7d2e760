// Encrypted tokens of others: npm jose's (committed), the RFCs', the cookbook's and Project Wycheproof's where they are
// at hand. And ours, written for npm jose to read.
#include <cstdlib>
#include <filesystem>
#include <set>

#include "jose/jwe.hpp"
#include "vectors/jose/files.hpp"

namespace countersign::jose {
namespace {

std::optional<KeyAlg> alg_named(std::string_view name) {
    const auto found = std::ranges::find(key_algorithms, name, &KeyAlgorithm::name);
    return found == key_algorithms.end() ? std::nullopt : std::optional{found->id};
}
std::optional<Enc> enc_named(std::string_view name) {
    const auto found = std::ranges::find(encryptions, name, &EncName::name);
    return found == encryptions.end() ? std::nullopt : std::optional{found->id};
}

/// The text, or a label.
std::string opened(const json::Value& jwk, std::string_view alg, std::string_view enc, std::string_view token) {
    const auto way = alg_named(alg);
    const auto encryption = enc_named(enc);
    if (!way || !encryption) return "no such row";
    const auto read = Jwk::read(jwk);
    if (!read.ok()) return std::string{read.error().label()};
    auto key = DecryptionKey::bind(*read, {*way, *encryption});
    if (!key.ok()) return std::string{key.error().label()};
    std::vector<DecryptionKey> keys;
    keys.push_back(*std::move(key));
    const auto text = Decrypter::make(std::move(keys))->decrypt(token);
    return text.ok() ? std::string{text->text.reveal_text()} : std::string{text.error().label()};
}

/// What the protected header of a token says.
json::Value header_of(const std::string& token) {
    const auto bytes = parse_base64url(token.substr(0, token.find('.')));
    auto parsed = bytes ? json::parse(text_of(*bytes)) : json::parse("{}");
    return parsed.ok() ? *std::move(parsed) : json::Value{json::Object{}};
}

TEST(NpmJoseJwe, every_algorithm_and_curve_that_it_has) {
    const auto file = read_vectors("/tests/vectors/jose/jwe.json");
    ASSERT_TRUE(file.has_value());
    std::set<std::string> algs;
    for (const json::Value& row : *file->as_array()) {
        const std::string alg = text(row, "alg"), token = text(row, "token");
        EXPECT_EQ(opened(*row.find("jwk"), alg, text(row, "enc"), token), text(row, "plaintext"))
            << alg << " " << text(row, "crv");
        std::string changed = token;
        changed[token.rfind('.') + 1] = token[token.rfind('.') + 1] == 'A' ? 'B' : 'A';
        EXPECT_EQ(opened(*row.find("jwk"), alg, text(row, "enc"), changed), "jwe.decrypt_failed") << alg;
        algs.insert(alg);
    }
    EXPECT_EQ(algs.size(), key_algorithms.size());
}

TEST(RfcJwe, examples) {
    int seen = 0;
    for (const json::Value& row : read_lines("/../shared/vectors/jose_rfc/examples.jsonl")) {
        if (text(row, "type") != "jwe-compact") continue;
        const std::string token = text(row, "token");
        const json::Value header = header_of(token);
        const json::Value* keys = row.find("keys");
        const json::Value& jwk = keys != nullptr ? keys->as_array()->front() : *row.find("key");
        const std::string found = opened(jwk, text(header, "alg"), text(header, "enc"), token);
        // RSA1_5 is not there and nothing is unpacked, on purpose (TOK-28).
        if (text(header, "alg") == "RSA1_5") {
            EXPECT_EQ(found, "no such row");
        } else if (header.find("zip") != nullptr) {
            EXPECT_EQ(found, "jwe.zip_refused");
        } else {
            EXPECT_EQ(found == text(row, "plaintext"), text(row, "expect") == "valid")
                << text(row, "id") << ": " << found;
        }
        ++seen;
    }
    if (seen == 0) GTEST_SKIP() << "not at hand";
    EXPECT_GE(seen, 3);
}

TEST(CookbookJwe, examples) {
    const std::filesystem::path folder = std::string{COUNTERSIGN_SOURCE_DIR} + "/../shared/vectors/jose_cookbook";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "not at hand";
    std::vector<std::string> places{"/../shared/vectors/jose_cookbook/curve25519/ecdh-es.json"};
    for (const auto& entry : std::filesystem::directory_iterator{folder / "jwe"})
        places.push_back("/../shared/vectors/jose_cookbook/jwe/" + entry.path().filename().string());
    int good = 0, refused = 0;
    for (const std::string& place : places) {
        const auto file = read_vectors(place);
        ASSERT_TRUE(file.has_value()) << place;
        const std::string token = text(*file->find("output"), "compact");
        if (token.empty()) continue;    // JSON forms of JWE are not offered
        const json::Value header = header_of(token);
        const json::Value& input = *file->find("input");
        const json::Value* key = input.find("key");
        if (key == nullptr) continue;
        const std::string found = opened(*key, text(header, "alg"), text(header, "enc"), token);
        if (text(header, "alg") == "RSA1_5") {
            EXPECT_EQ(found, "no such row") << place;
            ++refused;
        } else if (header.find("zip") != nullptr) {
            EXPECT_EQ(found, "jwe.zip_refused") << place;
            ++refused;
        } else {
            EXPECT_EQ(found, text(input, "plaintext")) << place;
            ++good;
        }
    }
    EXPECT_GE(good, 5);
    EXPECT_EQ(refused, 2);
}

TEST(HostileJwe, TOK_28_none_is_opened_and_no_password_is_worked_on) {
    int seen = 0;
    for (const json::Value& row : read_lines("/../shared/vectors/jwt_hostile/cases.jsonl")) {
        if (text(row, "class") != "jwe") continue;
        const std::string token = text(row, "token");
        const json::Value header = header_of(token);
        const auto key = json::parse(R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8"})");
        const std::string found = opened(*key, text(header, "alg"), text(header, "enc"), token);
        EXPECT_NE(found, text(row, "plaintext"));
        EXPECT_TRUE(found == "no such row" || found.starts_with("jwe.") || found.starts_with("key.") ||
                    found == "token.too_large")
            << text(row, "id") << found;
        ++seen;
    }
    if (seen == 0) GTEST_SKIP() << "not at hand";
    EXPECT_EQ(seen, 4);
}

TEST(WycheproofJwe, TOK_29_encrypted_tokens) {
    int seen = 0;
    for (const char* name : {"json_web_encryption", "json_web_crypto"}) {
        const auto file = read_vectors("/../shared/vectors/wycheproof/" + std::string{name} + "_test.json");
        if (!file) GTEST_SKIP() << "not at hand";
        for (const json::Value& group : *file->find("testGroups")->as_array()) {
            const json::Value* key = group.find("private");
            for (const json::Value& test : *group.find("tests")->as_array()) {
                const json::Value* token = test.find("jwe");
                if (key == nullptr || token == nullptr) continue;
                ++seen;
                const std::string where = std::string{name} + " " + std::to_string(*test.find("tcId")->as_integer()) +
                                          " " + text(test, "comment");
                if (token->as_string() == nullptr) {    // a JSON form
                    EXPECT_NE(text(test, "result"), "valid") << where;
                    continue;
                }
                const json::Value header = header_of(*token->as_string());
                // The key says what it is for, and so does whoever binds it: never the token.
                const std::string named = text(*key, "alg").empty() ? text(header, "alg") : text(*key, "alg");
                const std::string alg = enc_named(named) ? "dir" : named;    // RFC 7520 §3.5 names the encryption there
                const std::string enc = text(test, "enc").empty() ? text(header, "enc") : text(test, "enc");
                const std::string found = opened(*key, alg, enc, *token->as_string());
                // Refused on purpose, however good they are: RSA1_5 and compressed content (TOK-28).
                const bool refused = alg == "RSA1_5" || header.find("zip") != nullptr;
                const bool valid = text(test, "result") == "valid" && !refused;
                const std::string plain =
                    text(test, "pt").empty() ? "foo" : std::string{text_of(hex_bytes(test, "pt"))};
                const bool right = found == plain;
                EXPECT_EQ(right, valid) << where << ": " << alg << " " << enc << ": " << found;
            }
        }
    }
    EXPECT_GE(seen, 110);
}

TEST(Ours, encrypted_tokens_of_ours_for_npm_jose) {
    const char* place = std::getenv("COUNTERSIGN_WRITE_JWE");
    if (place == nullptr) GTEST_SKIP() << "tools/jose asks for it";
    std::ofstream out{place, std::ios::binary};
    const auto file = read_vectors("/tests/vectors/jose/jwe.json");
    ASSERT_TRUE(file.has_value());
    SystemRandom random;
    // The keys are those of the committed vectors: npm jose made them, so it can read them.
    for (const json::Value& row : *file->as_array()) {
        const auto key = EncryptionKey::bind(*Jwk::read(*row.find("jwk")),
                                             {*alg_named(text(row, "alg")), *enc_named(text(row, "enc"))});
        ASSERT_TRUE(key.ok()) << text(row, "alg");
        const auto token = encrypt_compact(*key, bytes_of(text(row, "plaintext")), random);
        ASSERT_TRUE(token.ok()) << text(row, "alg");
        std::string line;
        json::Writer json{line};
        json.begin_object().key("alg").value(text(row, "alg")).key("enc").value(text(row, "enc"));
        json.key("jwk").raw(json::write(*row.find("jwk"))).key("plaintext").value(text(row, "plaintext"));
        json.key("token").value(*token).end_object();
        out << line << '\n';
    }
}

}    // namespace
}    // namespace countersign::jose

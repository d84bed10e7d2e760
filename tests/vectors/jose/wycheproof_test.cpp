// Project Wycheproof, where its files are at hand: raw signatures, MACs, and whole JWS with their keys.
#include <set>

#include "jose/jws.hpp"
#include "vectors/jose/files.hpp"

namespace countersign::jose {
namespace {

using crypto::SignatureMethod;

std::optional<json::Value> wycheproof(const std::string& name) {
    return read_vectors("/../shared/vectors/wycheproof/" + name + "_test.json");
}

crypto::Hash hash_named(const std::string& name) {
    return name == "SHA-256"   ? Hash::sha256
           : name == "SHA-384" ? Hash::sha384
           : name == "SHA-512" ? Hash::sha512
                               : Hash::none;
}

struct Counted {
    int passed = 0, skipped = 0, weak = 0;
};

/// Every test of a file against one way to make a key of a group.
Counted run_signatures(const std::string& name,
                       const std::function<std::optional<SignatureMethod>(const json::Value&)>& method_of) {
    Counted counted;
    const auto file = wycheproof(name);
    if (!file) return counted;
    for (const json::Value& group : *file->find("testGroups")->as_array()) {
        const auto method = method_of(group);
        const std::size_t tests = group.find("tests")->as_array()->size();
        if (!method) {
            counted.skipped += static_cast<int>(tests);
            continue;
        }
        const auto key = crypto::PublicKey::parse(hex_bytes(group, "publicKeyDer"));
        if (!key.ok() && key.error().code() == Code::key_weak &&
            text(*group.find("publicKey"), "publicExponent") == "03") {
            ++counted.weak;    // exponent 3
            continue;
        }
        if (!key.ok()) {
            ADD_FAILURE() << name << " " << key.error().detail();
            continue;
        }
        for (const json::Value& test : *group.find("tests")->as_array()) {
            const bool valid = text(test, "result") == "valid";    // "acceptable" is refused here
            const auto check = key->verify(*method, hex_bytes(test, "msg"), hex_bytes(test, "sig"));
            EXPECT_EQ(check == SignatureCheck::match, valid)
                << name << " " << *test.find("tcId")->as_integer() << " " << text(test, "comment");
            ++counted.passed;
        }
    }
    return counted;
}

class Wycheproof : public testing::Test {
    void SetUp() override {
        if (!wycheproof("ed25519")) GTEST_SKIP() << "not at hand";
    }
};

TEST_F(Wycheproof, TOK_24_ECDSA_in_the_form_of_JOSE) {
    for (const auto& [name, hash] : {std::pair{"ecdsa_secp256r1_sha256_p1363", Hash::sha256},
                                     {"ecdsa_secp384r1_sha384_p1363", Hash::sha384},
                                     {"ecdsa_secp521r1_sha512_p1363", Hash::sha512},
                                     {"ecdsa_secp256k1_sha256_p1363", Hash::sha256}}) {
        const Counted counted =
            run_signatures(name, [&](const json::Value&) { return SignatureMethod{Scheme::ecdsa, hash}; });
        EXPECT_GT(counted.passed, 150) << name;
    }
}

TEST_F(Wycheproof, TOK_25_Edwards_curves) {
    for (const char* name : {"ed25519", "ed448"}) {
        const Counted counted =
            run_signatures(name, [](const json::Value&) { return SignatureMethod{Scheme::eddsa, Hash::none}; });
        EXPECT_GT(counted.passed, 60) << name;
    }
}

TEST_F(Wycheproof, RSA_PKCS1) {
    for (const char* name : {"2048_sha256", "2048_sha384", "2048_sha512", "3072_sha256", "3072_sha384", "4096_sha256",
                             "4096_sha384", "4096_sha512"}) {
        const Counted counted = run_signatures("rsa_signature_" + std::string{name}, [](const json::Value& group) {
            return SignatureMethod{Scheme::rsa_pkcs1, hash_named(text(group, "sha"))};
        });
        EXPECT_GT(counted.passed, 200) << name;
    }
}

TEST_F(Wycheproof, TOK_25_RSA_PSS_with_the_salt_of_its_hash_only) {
    for (const char* name : {"2048_sha256_mgf1_32", "3072_sha256_mgf1_32", "4096_sha256_mgf1_32", "2048_sha384_mgf1_48",
                             "4096_sha384_mgf1_48", "4096_sha512_mgf1_64"}) {
        const Counted counted = run_signatures("rsa_pss_" + std::string{name}, [](const json::Value& group) {
            return SignatureMethod{Scheme::rsa_pss, hash_named(text(group, "sha"))};
        });
        EXPECT_GT(counted.passed, 70) << name;
    }
    // Here other salts and hashes are "valid": ours are those of RFC 7518 §3.5, and the rest has no method.
    const Counted misc = run_signatures("rsa_pss_misc", [](const json::Value& group) -> std::optional<SignatureMethod> {
        const auto hash = hash_named(text(group, "sha"));
        const bool ours = hash != Hash::none && text(group, "mgfSha") == text(group, "sha") &&
                          *group.find("sLen")->as_integer() == static_cast<std::int64_t>(crypto::digest_size(hash));
        if (!ours) return std::nullopt;
        return SignatureMethod{Scheme::rsa_pss, hash};
    });
    EXPECT_GT(misc.passed + misc.skipped, 100);
}

TEST_F(Wycheproof, TOK_25_RSA_PSS_with_another_salt_is_refused) {
    const auto file = wycheproof("rsa_pss_misc");
    int refused = 0;
    for (const json::Value& group : *file->find("testGroups")->as_array()) {
        const auto hash = hash_named(text(group, "sha"));
        if (hash == Hash::none ||
            *group.find("sLen")->as_integer() == static_cast<std::int64_t>(crypto::digest_size(hash)))
            continue;
        const auto key = crypto::PublicKey::parse(hex_bytes(group, "publicKeyDer"));
        if (!key.ok()) continue;
        for (const json::Value& test : *group.find("tests")->as_array()) {
            EXPECT_EQ(key->verify({Scheme::rsa_pss, hash}, hex_bytes(test, "msg"), hex_bytes(test, "sig")),
                      SignatureCheck::mismatch);
            ++refused;
        }
    }
    EXPECT_GT(refused, 10);
}

TEST_F(Wycheproof, HMAC) {
    for (const auto& [name, hash] :
         {std::pair{"hmac_sha256", Hash::sha256}, {"hmac_sha384", Hash::sha384}, {"hmac_sha512", Hash::sha512}}) {
        const auto file = wycheproof(name);
        int passed = 0;
        for (const json::Value& group : *file->find("testGroups")->as_array()) {
            // Truncated tags are right elsewhere; here a MAC has one length.
            const bool whole =
                *group.find("tagSize")->as_integer() == static_cast<std::int64_t>(crypto::digest_size(hash) * 8);
            for (const json::Value& test : *group.find("tests")->as_array()) {
                const crypto::MacKey key{hash, hex_bytes(test, "key")};
                const bool valid = whole && text(test, "result") == "valid";
                EXPECT_EQ(key.verify(hex_bytes(test, "msg"), hex_bytes(test, "tag")) == SignatureCheck::match, valid)
                    << name << " " << *test.find("tcId")->as_integer();
                ++passed;
            }
        }
        EXPECT_GT(passed, 100);
    }
}

/// The set of a group as a verifier holds it; the algorithms are those that its keys name.
Result<KeySet> keys_of_group(const json::Value& group) {
    const json::Value* value = group.find("public") != nullptr ? group.find("public") : group.find("private");
    const json::Array single{*value};
    const json::Value* list = value->find("keys");
    std::vector<std::string> names;
    for (const json::Value& key : list == nullptr ? single : *list->as_array()) {
        const std::string alg = text(key, "alg");
        if (is_algorithm_name(alg)) names.push_back(alg);
    }
    if (names.empty()) names = {group.find("public") != nullptr ? "RS256" : "HS256"};
    CS_TRY(const Algorithms permitted, Algorithms::parse(names));
    return KeySet::read(*value, permitted);
}

struct Differences {
    std::set<std::int64_t> refused;    // on purpose
};
void run_jws(const std::string& name, const Differences& differences, int least) {
    const auto file = wycheproof(name);
    int seen = 0;
    for (const json::Value& group : *file->find("testGroups")->as_array()) {
        if (text(group, "comment").starts_with("jwe")) continue;
        const auto keys = keys_of_group(group);
        for (const json::Value& test : *group.find("tests")->as_array()) {
            const std::int64_t id = *test.find("tcId")->as_integer();
            const std::string* token = test.find("jws") == nullptr ? nullptr : test.find("jws")->as_string();
            const bool valid = text(test, "result") == "valid" && !differences.refused.contains(id);
            const bool accepted = keys.ok() && token != nullptr && verify_compact(*keys, *token).ok();
            EXPECT_EQ(accepted, valid) << name << " " << id << " " << text(test, "comment");
            ++seen;
        }
    }
    EXPECT_GE(seen, least) << name;
}

TEST_F(Wycheproof, TOK_03_TOK_05_JWS_and_JWK) {
    run_jws("json_web_key", {.refused = {13, 14}}, 20);    // a secret of bytes in order is guessable
    run_jws("json_web_crypto", {}, 35);
    run_jws("json_web_signature",
            {.refused =
                 {
                     346, 350,         // the key says PS256, the header PS384: one key, one algorithm
                     347, 351,         // the key says ES521, which does not exist
                     359, 376, 377,    // a secret of zeros is guessable
                     372, 373,         // a '?' inside a base64url part (RFC 7515 §2, RFC 4648 §3.3)
                 }},
            300);
}

}    // namespace
}    // namespace countersign::jose

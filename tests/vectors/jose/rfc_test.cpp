// Examples of the RFCs and of the JOSE cookbook, where they are at hand.
#include <filesystem>

#include "jose/dpop.hpp"
#include "jose/jws_json.hpp"
#include "vectors/jose/files.hpp"

namespace countersign::jose {
namespace {

constexpr std::string_view examples = "/../shared/vectors/jose_rfc/examples.jsonl";
constexpr std::string_view cookbook = "/../shared/vectors/jose_cookbook/";

/// The public half of a key as an example gives it, for the algorithm that the example names.
Result<KeySet> keys_for(const json::Value& jwk, const std::string& alg) {
    CS_TRY(const Algorithms permitted, Algorithms::parse(std::vector{alg}));
    CS_TRY(const Jwk read, Jwk::read(jwk));
    std::vector<Key> keys;
    for (const Algorithm& row : algorithms) {
        if (!permitted.has(row.id)) continue;
        auto bound = Key::bind(read, row.id);
        if (bound.ok()) keys.push_back(*std::move(bound));
    }
    return KeySet::of(std::move(keys));
}

TEST(Rfc, compact_examples_and_crossed_keys) {
    const auto rows = read_lines(examples);
    if (rows.empty()) GTEST_SKIP() << "not at hand";
    int seen = 0;
    for (const json::Value& row : rows) {
        if (text(row, "type") != "jws-compact") continue;
        std::string alg = text(row, "alg");
        if (alg.empty()) {    // named by the token alone
            const std::string token = text(row, "token");
            const auto header = parse_base64url(token.substr(0, token.find('.')));
            alg = text(*json::parse(text_of(*header)), "alg");
        }
        const bool valid = text(row, "expect") == "valid";
        ++seen;
        if (row.find("key") == nullptr || !is_algorithm_name(alg)) {
            EXPECT_FALSE(valid) << text(row, "id");
            continue;
        }
        const auto keys = keys_for(*row.find("key"), alg);
        const bool accepted = keys.ok() && verify_compact(*keys, text(row, "token")).ok();
        EXPECT_EQ(accepted, valid) << text(row, "id");
    }
    EXPECT_GE(seen, 15);
}

/// The kid that the signature of this place is carried under.
std::string kid_at(const json::Value& row, std::size_t place) {
    const json::Value& token = *row.find("token");
    const json::Value* list = token.find("signatures");
    const json::Value& entry = list == nullptr ? token : (*list->as_array())[place];
    const json::Value* header = entry.find("header");
    return header == nullptr ? std::string{} : text(*header, "kid");
}

/// Every key of an example, each bound to the algorithms that it fits; secrets beside others, as one example has it.
KeySet all_keys_of(const json::Value& row) {
    const json::Value& key = *row.find("key");
    const json::Value* list = key.find("keys");
    std::vector<Key> out;
    std::size_t place = 0;
    for (const json::Value& one : list == nullptr ? json::Array{key} : *list->as_array()) {
        auto jwk = Jwk::read(one);
        if (!jwk.ok()) continue;
        if (jwk->kid.empty()) jwk->kid = kid_at(row, place);    // a publisher names its keys
        ++place;
        for (const Algorithm& algorithm : algorithms) {
            if (auto bound = Key::bind(*jwk, algorithm.id); bound.ok()) out.push_back(*std::move(bound));
        }
    }
    return KeySet::of(std::move(out));
}

TEST(Rfc, JSON_forms) {
    const auto rows = read_lines(examples);
    if (rows.empty()) GTEST_SKIP() << "not at hand";
    int seen = 0;
    for (const json::Value& row : rows) {
        const std::string type = text(row, "type"), id = text(row, "id");
        if (!type.starts_with("jws-json")) continue;
        const std::string document = json::write(*row.find("token"));
        const KeySet keys = all_keys_of(row);
        const bool flat = type == "jws-json-flattened";
        const auto read =
            flat ? verify_flattened(keys, document) : verify_general(keys, document, SignatureRule::at_least_one);
        // alg counts only where it is signed.
        const bool valid = text(row, "expect") == "valid" && !id.starts_with("rfc7520_4.7");
        EXPECT_EQ(read.ok(), valid) << id << (read.ok() ? "" : read.error().detail());
        ++seen;
        if (!valid) continue;
        const std::string other = json::write(*row.find("token"));
        std::string changed = other;
        const std::size_t at = changed.find(R"("payload":")") + 20;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(
            (flat ? verify_flattened(keys, changed) : verify_general(keys, changed, SignatureRule::at_least_one)).ok())
            << id;
    }
    EXPECT_GE(seen, 12);
}

TEST(Rfc, RFC9449_proofs) {
    const auto rows = read_lines(examples);
    if (rows.empty()) GTEST_SKIP() << "not at hand";
    SystemRandom random;
    int seen = 0;
    for (const json::Value& row : rows) {
        if (text(row, "type") != "dpop-proof") continue;
        ReplayStore store{64, random};
        const auto verifier = DpopVerifier::make({.algorithms = Algorithms{Alg::es256}}, store);
        const std::string method = text(row, "htm"), url = text(row, "htu"), token = text(row, "access_token");
        const std::optional<std::string_view> access =
            token.empty() ? std::nullopt : std::optional<std::string_view>{token};
        const Instant now = Instant::from_unix(Seconds{*row.find("at")->as_integer()});
        auto proof = verifier->verify(text(row, "token"), {.method = method, .url = url, .access_token = access}, now);
        EXPECT_EQ(proof.ok(), text(row, "expect") == "valid") << text(row, "id");
        ++seen;
        if (!proof.ok()) continue;
        const auto spent = std::move(*proof).spend(now);
        ASSERT_TRUE(spent.ok());
        EXPECT_EQ(spent->thumbprint(), text(row, "jkt"));
        auto again = verifier->verify(text(row, "token"), {.method = method, .url = url, .access_token = access}, now);
        EXPECT_EQ(std::move(*again).spend(now).error().code(), Code::dpop_replayed) << text(row, "id");
    }
    EXPECT_GE(seen, 15);
}

TEST(Rfc, RFC7638_thumbprints) {
    const auto rows = read_lines(examples);
    if (rows.empty()) GTEST_SKIP() << "not at hand";
    int seen = 0;
    for (const json::Value& row : rows) {
        if (text(row, "type") != "jwk-thumbprint-sha256") continue;
        const auto key = Jwk::read(*row.find("value"));
        ASSERT_TRUE(key.ok()) << text(row, "id") << key.error().detail();
        EXPECT_EQ(key->thumbprint(), text(row, "expect")) << text(row, "id");
        ++seen;
    }
    EXPECT_GE(seen, 3);
}

TEST(Cookbook, compact_forms_verify_and_one_changed_character_is_refused) {
    const std::filesystem::path folder = std::string{COUNTERSIGN_SOURCE_DIR} + std::string{cookbook} + "jws";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "not at hand";
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        const auto file = read_vectors(std::string{cookbook} + "jws/" + entry.path().filename().string());
        const json::Value *input = file->find("input"), *output = file->find("output");
        if (output == nullptr || text(*output, "compact").empty()) continue;
        const std::string token = text(*output, "compact");
        const auto keys = keys_for(*input->find("key"), text(*input, "alg"));
        ASSERT_TRUE(keys.ok());
        const auto read = verify_compact(*keys, token);
        ASSERT_TRUE(read.ok()) << entry.path() << read.error().detail();
        EXPECT_EQ(read->text(), text(*input, "payload"));
        for (std::size_t i = 0; i < token.size(); i += 5) {
            std::string changed = token;
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            EXPECT_FALSE(verify_compact(*keys, changed).ok()) << i;
        }
        ++seen;
    }
    EXPECT_GE(seen, 2);
}

TEST(Cookbook, TOK_15_TOK_16_RFC7797_unencoded_payload_only_if_crit_says_so) {
    struct Case {
        std::string_view name;
        std::optional<Code> refused;
    };
    // The first example's header lacks the crit that RFC 7797 §6 demands.
    const Case table[]{{"4.2.hmac-sha2_b64_false", Code::token_crit_unknown}, {"hmac-sha2_b64_false", std::nullopt}};
    for (const auto& [name, refused] : table) {
        const auto file = read_vectors(std::string{cookbook} + "rfc7797/" + std::string{name} + ".json");
        if (!file) GTEST_SKIP() << "not at hand";
        const auto keys = keys_for(*file->find("input")->find("key"), text(*file->find("input"), "alg"));
        ASSERT_TRUE(keys.ok());
        const std::string payload = text(*file->find("input"), "payload");
        const json::Value& flat = *file->find("output")->find("json_flat");
        const std::string token = text(flat, "protected") + ".." + text(flat, "signature");
        const auto checked = verify_detached(*keys, token, bytes_of(payload));
        ASSERT_EQ(checked.ok(), !refused) << name;
        if (refused) EXPECT_EQ(checked.error().code(), *refused);
        EXPECT_FALSE(verify_detached(*keys, token, bytes_of(payload + ".")).ok());
        EXPECT_EQ(verify_compact(*keys, token).error().code(), Code::token_payload_unencoded);
    }
}

}    // namespace
}    // namespace countersign::jose

#include <thread>

#include "unit/jose/dpop_rig.hpp"

namespace countersign::jose {
namespace {

const Prover& prover() {
    static const Prover one;
    return one;
}

std::string head(std::string_view from, std::string_view to) { return swapped(prover().header(), from, to); }
std::string claims(std::string_view from, std::string_view to) { return swapped(Prover::claims(), from, to); }
std::string in_jwk(std::string_view member) { return head("\"jwk\":{", "\"jwk\":{" + std::string{member} + ","); }

struct Case {
    std::string_view name;
    std::string header, claims;
    std::optional<Code> refused;
};

void check(const Case& one) {
    const ProofServer server;
    const auto proof = server.verify(prover().sign(one.header, one.claims));
    ASSERT_EQ(proof.ok(), !one.refused) << one.name << ": " << (proof.ok() ? "" : proof.error().detail());
    if (!one.refused) return;
    EXPECT_EQ(proof.error().label(), cause_of(*one.refused).label) << one.name;
    EXPECT_EQ(proof.error().face().id, Public::invalid_dpop_proof) << one.name;
}

TEST(Dpop, headers) {
    const std::string same = prover().header(), good = Prover::claims();
    const std::string key = *prover().rig().jwk().write_public();
    const Case table[]{
        {"accepts a good proof", same, good, std::nullopt},
        {"typ of an access token", head("dpop+jwt", "at+jwt"), good, Code::dpop_typ_mismatch},
        {"typ in capitals", head("dpop+jwt", "DPoP+jwt"), good, Code::dpop_typ_mismatch},
        {"typ with application/", head("dpop+jwt", "application/dpop+jwt"), good, Code::dpop_typ_mismatch},
        {"no typ", head("\"typ\":\"dpop+jwt\",", ""), good, Code::dpop_typ_mismatch},
        {"typ escaped is the same typ", head("dpop+jwt", "\\u0064pop+jwt"), good, std::nullopt},
        {"none", head("\"alg\":\"ES256\"", "\"alg\":\"none\""), good, Code::dpop_alg_refused},
        {"TOK-04 HS256", head("\"alg\":\"ES256\"", "\"alg\":\"HS256\""), good, Code::dpop_alg_refused},
        {"TOK-01 an algorithm that is not listed", head("\"alg\":\"ES256\"", "\"alg\":\"ES384\""), good,
         Code::dpop_alg_refused},
        {"no alg", head("\"alg\":\"ES256\",\"jwk\"", "\"jwk\""), good, Code::dpop_malformed},
        {"no jwk", head("\"jwk\":" + key, "\"kid\":\"p1\""), good, Code::dpop_key_refused},
        {"jwk as a text", head("\"jwk\":" + key, R"("jwk":"p1")"), good, Code::dpop_key_refused},
        {"jwk twice", head("\"jwk\"", "\"jwk\":{},\"jwk\""), good, Code::dpop_malformed},
        {"another name for jwk", head("\"jwk\"", "\"\\u006awk\""), good, std::nullopt},
        {"d in jwk", in_jwk(R"("d":"AA")"), good, Code::dpop_key_refused},
        {"d in jwk, escaped", in_jwk(R"("\u0064":"AA")"), good, Code::dpop_key_refused},
        {"p in jwk", in_jwk(R"("p":"AA")"), good, Code::dpop_key_refused},
        {"k in jwk", in_jwk(R"("k":"AA")"), good, Code::dpop_key_refused},
        {"an unknown member in jwk", in_jwk(R"("x":1,"zz":1)"), good, Code::dpop_malformed},
        {"a harmless member in jwk", in_jwk(R"("zz":1)"), good, std::nullopt},
        {"jwk for encryption", head("\"use\":\"sig\"", "\"use\":\"enc\""), good, Code::dpop_key_refused},
        {"jwk of another algorithm", head("\"alg\":\"ES256\",\"use\"", "\"alg\":\"ES384\",\"use\""), good,
         Code::dpop_key_refused},
        {"jwk off its curve", head("\"x\":\"", "\"x\":\"AAAA"), good, Code::dpop_key_refused},
        {"another key", head(key, *Prover{}.rig().jwk().write_public()), good, Code::dpop_signature_mismatch},
        {"a key of another kind", head(key, *Prover{Alg::eddsa_ed25519}.rig().jwk().write_public()), good,
         Code::dpop_key_refused},
        {"TOK-15 crit", head("{", R"({"crit":["x"],"x":1,)"), good, Code::dpop_malformed},
        {"TOK-16 b64", head("{", R"({"crit":["b64"],"b64":false,)"), good, Code::dpop_malformed},
        {"TOK-06 jku is not looked at", head("{", R"({"jku":"http://127.0.0.1:1/","x5c":[],)"), good, std::nullopt},
    };
    for (const Case& one : table) check(one);
}

TEST(Dpop, claims) {
    const std::string same = prover().header();
    const std::string longest(max_proof_id, 'j'), longer(max_proof_id + 1, 'j');
    const auto with = [](std::string_view member) { return claims("{", "{" + std::string{member} + ","); };
    const Case table[]{
        {"no jti", same, claims(R"("jti":"id-1",)", ""), Code::dpop_claim_missing},
        {"an empty jti", same, claims("id-1", ""), Code::dpop_claim_type},
        {"the longest jti", same, claims("id-1", longest), std::nullopt},
        {"a longer jti", same, claims("id-1", longer), Code::dpop_claim_type},
        {"a much longer jti", same, claims("id-1", std::string(5000, 'j')), Code::dpop_claim_type},
        {"a jti over the limit of a proof", same, claims("id-1", std::string(9000, 'j')), Code::dpop_malformed},
        {"NUL in jti", same, claims("id-1", "a\\u0000b"), Code::dpop_claim_type},
        {"jti as a number", same, claims("\"id-1\"", "1"), Code::dpop_claim_type},
        {"TOK-12 jti twice", same, with(R"("jti":"other")"), Code::dpop_malformed},
        {"no htm", same, claims(R"("htm":"POST",)", ""), Code::dpop_claim_missing},
        {"htm of another method", same, claims("POST", "GET"), Code::dpop_htm_mismatch},
        {"htm in another case", same, claims("POST", "post"), Code::dpop_htm_mismatch},
        {"htm with a blank", same, claims("POST", "POST "), Code::dpop_htm_mismatch},
        {"no htu", same, claims(R"("htu":"https://api.test/items",)", ""), Code::dpop_claim_missing},
        {"htu as a list", same, claims("\"https://api.test/items\"", "[\"https://api.test/items\"]"),
         Code::dpop_claim_type},
        {"no iat", same, claims(R"(,"iat":1800000000)", ""), Code::dpop_claim_missing},
        {"iat as a text", same, claims("1800000000", "\"1800000000\""), Code::dpop_claim_type},
        {"iat in milliseconds", same, claims("1800000000", "1800000000000"), Code::dpop_claim_type},
        {"TOK-19 iat beyond all numbers", same, claims("1800000000", "1e400"), Code::dpop_claim_type},
        {"exp at now", same, with(R"("exp":1800000000)"), Code::dpop_expired},
        {"exp ahead", same, with(R"("exp":1800000001)"), std::nullopt},
        {"nbf ahead", same, with(R"("nbf":1800000006)"), Code::dpop_clock_skew},
        {"nbf within what clocks may differ", same, with(R"("nbf":1800000005)"), std::nullopt},
        {"claims that are no object", same, "[]", Code::dpop_malformed},
    };
    for (const Case& one : table) check(one);
}

TEST(Dpop, what_is_no_proof_at_all) {
    const ProofServer server;
    const std::string good = prover().good();
    const std::pair<std::string, Code> table[]{
        {"", Code::dpop_missing},
        {"a.b", Code::dpop_malformed},
        {"{\"payload\":\"\"}", Code::dpop_malformed},
        {good + "." + good, Code::dpop_malformed},
        {good + "\n", Code::dpop_signature_mismatch},
        {good + "A", Code::dpop_signature_mismatch},
        {good.substr(0, good.rfind('.') + 1), Code::dpop_signature_mismatch},
        {"=" + good, Code::dpop_malformed},
        {std::string(max_proof_size + 1, 'a'), Code::dpop_malformed},
    };
    for (const auto& [proof, code] : table) {
        const auto refused = server.verify(proof);
        ASSERT_FALSE(refused.ok()) << proof.substr(0, 20);
        EXPECT_EQ(refused.error().label(), cause_of(code).label) << proof.substr(0, 20);
    }
    EXPECT_TRUE(server.verify(good).ok());
}

TEST(Dpop, the_address_is_compared_without_query_and_fragment_in_one_spelling) {
    struct Row {
        std::string_view htu, url;
        bool same;
    };
    const Row table[]{
        {"https://api.test/items", "https://api.test/items", true},
        {"https://api.test/items", "https://api.test/items?q=1#f", true},
        {"https://api.test/items?other=2", "https://api.test/items?q=1", true},
        {"HTTPS://API.test/items", "https://api.test/items", true},
        {"https://api.test:443/items", "https://api.test/items", true},
        {"https://api.test/%69tems", "https://api.test/items", true},
        {"https://api.test/a%2fb", "https://api.test/a%2Fb", true},
        {"https://api.test/./x/../items", "https://api.test/items", true},
        {"https://api.test", "https://api.test/", true},
        {"https://api.test/Items", "https://api.test/items", false},
        {"https://api.test/items/", "https://api.test/items", false},
        {"https://api.test/a%2Fb", "https://api.test/a/b", false},
        {"https://api.test/a%252Fb", "https://api.test/a%2Fb", false},
        {"https://api.test//items", "https://api.test/items", false},
        {"http://api.test/items", "https://api.test/items", false},
        {"https://api.test:8443/items", "https://api.test/items", false},
        {"https://api.test.evil.test/items", "https://api.test/items", false},
        {"https://evil@api.test/items", "https://api.test/items", false},
        {"https://api.test\\\\/items", "https://api.test/items", false},
        {"https://api.test/item%7", "https://api.test/item%7", false},
        {"/items", "/items", false},
        {"", "https://api.test/items", false},
    };
    const ProofServer server;
    for (const auto& [htu, url, same] : table) {
        const auto proof =
            server.verify(prover().sign(prover().header(), claims(proof_url, htu)), std::nullopt, test_now, url);
        ASSERT_EQ(proof.ok(), same) << htu << " " << url;
        if (same) continue;
        EXPECT_EQ(proof.error().code(), Code::dpop_htu_mismatch) << htu;
        EXPECT_FALSE(proof.error().detail().contains("items")) << "a path goes on no record";
    }
}

TEST(Dpop, a_proof_is_right_from_its_date_on_for_as_long_as_the_policy_says) {
    const ProofServer server{{.algorithms = Algorithms{Alg::es256}, .max_age = Seconds{30}, .max_ahead = Seconds{2}}};
    const std::pair<std::int64_t, std::optional<Code>> table[]{{-3, Code::dpop_clock_skew}, {-2, std::nullopt},
                                                               {0, std::nullopt},           {29, std::nullopt},
                                                               {30, Code::dpop_expired},    {3600, Code::dpop_expired}};
    for (const auto& [after, refused] : table) {
        const auto proof = server.verify(prover().good(), std::nullopt, test_now + after);
        ASSERT_EQ(proof.ok(), !refused) << after;
        if (refused) EXPECT_EQ(proof.error().code(), *refused) << after;
    }
}

TEST(Dpop, the_hash_of_the_access_token_is_demanded_where_there_is_one) {
    const ProofServer server;
    EXPECT_TRUE(server.verify(prover().good("token-a"), "token-a").ok());
    EXPECT_EQ(server.verify(prover().good("token-a"), "token-b").error().code(), Code::dpop_ath_mismatch);
    EXPECT_EQ(server.verify(prover().good(), "token-a").error().code(), Code::dpop_ath_mismatch);
    EXPECT_EQ(server.verify(prover().good(), "").error().code(), Code::dpop_ath_mismatch);
    EXPECT_TRUE(server.verify(prover().good()).ok());
    const std::string padded = swapped(Prover::claims("token-a"), "\"}", "=\"}");
    EXPECT_EQ(server.verify(prover().sign(prover().header(), padded), "token-a").error().code(),
              Code::dpop_ath_mismatch);
}

TEST(Dpop, a_nonce_of_the_server_where_the_policy_asks_for_one) {
    const ProofServer asking{{.algorithms = Algorithms{Alg::es256}, .nonce = ProofNonce::required}};
    const auto with = [](std::string_view nonce) {
        return prover().sign(prover().header(), claims("{", R"({"nonce":")" + std::string{nonce} + "\","));
    };
    const std::vector<std::string> nonces{"n1", "n2"};
    const auto verify = [&](std::string_view proof, std::span<const std::string> taken) {
        return asking.verifier().verify(
            proof, {.method = "POST", .url = proof_url, .access_token = std::nullopt, .nonces = taken}, at(test_now));
    };
    EXPECT_TRUE(verify(with("n1"), nonces).ok());
    EXPECT_TRUE(verify(with("n2"), nonces).ok());
    for (const auto& refused : {verify(with("n3"), nonces), verify(with(""), nonces), verify(with("n1"), {}),
                                verify(prover().good(), nonces)}) {
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), Code::dpop_use_nonce);
        EXPECT_EQ(refused.error().face().oauth, "use_dpop_nonce");
        EXPECT_EQ(refused.error().face().http, 401);
    }
    EXPECT_TRUE(ProofServer{}.verify(with("any")).ok());
}

TEST(Dpop, TOK_01_policies_that_make_no_verifier) {
    const std::pair<std::string_view, DpopPolicy> table[]{
        {"no algorithm", {.algorithms = Algorithms(std::initializer_list<Alg>{})}},
        {"a secret", {.algorithms = Algorithms{Alg::hs256}}},
        {"a secret beside public keys", {.algorithms = Algorithms{Alg::es256, Alg::hs256}}},
        {"no age", {.algorithms = Algorithms{Alg::es256}, .max_age = Seconds{0}}},
        {"any age", {.algorithms = Algorithms{Alg::es256}, .max_age = max_proof_age + Seconds{1}}},
        {"negative difference", {.algorithms = Algorithms{Alg::es256}, .max_ahead = Seconds{-1}}},
        {"any difference", {.algorithms = Algorithms{Alg::es256}, .max_ahead = max_proof_ahead + Seconds{1}}},
    };
    SystemRandom random;
    ReplayStore store{16, random};
    for (const auto& [name, policy] : table) {
        const auto made = DpopVerifier::make(policy, store);
        ASSERT_FALSE(made.ok()) << name;
        EXPECT_EQ(made.error().code(), Code::policy_invalid) << name;
    }
    EXPECT_TRUE(DpopVerifier::make({.algorithms = Algorithms{Alg::es256}, .max_age = max_proof_age}, store).ok());
}

TEST(Dpop, every_algorithm_of_public_keys) {
    for (const Algorithm& row : algorithms) {
        if (row.kty == Kty::oct) continue;
        const Prover one{row.id};
        const ProofServer server{{.algorithms = Algorithms{row.id}}};
        const auto spent = server.spend(one.good());
        ASSERT_TRUE(spent.ok()) << row.name << spent.error().detail();
        EXPECT_EQ(spent->thumbprint(), one.thumbprint());
    }
}

TEST(Dpop, a_proof_is_used_once) {
    const ProofServer server;
    EXPECT_TRUE(server.spend(prover().good()).ok());
    EXPECT_EQ(server.spend(prover().good()).error().code(), Code::dpop_replayed);    // signed anew, same jti
    EXPECT_EQ(server.spend(prover().good(), test_now + 59).error().code(), Code::dpop_replayed);
    EXPECT_EQ(server.spend(prover().good(), test_now + 60).error().code(), Code::dpop_expired);
    EXPECT_TRUE(server.spend(prover().good(std::nullopt, "id-2")).ok());
    EXPECT_TRUE(server.spend(Prover{}.good()).ok()) << "the jti of one key says nothing about another";
    // At another address the same text is no proof, and another spelling of the address is no second use.
    const std::string spelt = prover().sign(prover().header(), claims(proof_url, "HTTPS://api.test:443/%69tems"));
    EXPECT_EQ(server.spend(spelt).error().code(), Code::dpop_replayed);
    EXPECT_EQ(server.verify(spelt, std::nullopt, test_now, "https://api.test/other").error().code(),
              Code::dpop_htu_mismatch);
}

TEST(Dpop, TOK_26_the_second_valid_form_of_a_signature_is_the_same_proof) {
    constexpr std::string_view order =
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";    // of P-256
    const Bytes n = *parse_hex(order);
    const std::string proof = prover().good();
    Bytes signature = *parse_base64url(proof.substr(proof.rfind('.') + 1));
    int borrow = 0;
    for (std::size_t i = n.size(); i-- > 0;) {    // s becomes n - s
        const int digit = std::to_integer<int>(n[i]) - std::to_integer<int>(signature[n.size() + i]) - borrow;
        borrow = digit < 0 ? 1 : 0;
        signature[n.size() + i] = static_cast<std::byte>(digit & 0xFF);
    }
    const std::string twin = proof.substr(0, proof.rfind('.') + 1) + base64url(signature);
    ASSERT_NE(twin, proof);
    const ProofServer server, other;
    EXPECT_TRUE(server.spend(proof).ok());
    EXPECT_EQ(server.spend(twin).error().code(), Code::dpop_replayed);
    EXPECT_TRUE(other.spend(twin).ok());
}

TEST(Dpop, of_fifty_threads_with_one_proof_one_wins) {
    const ProofServer server;
    const std::string proof = prover().good();
    for (int round = 0; round < 3; ++round) {
        std::atomic<int> won = 0, replayed = 0;
        std::vector<std::jthread> threads;
        threads.reserve(50);
        for (int i = 0; i < 50; ++i) {
            threads.emplace_back([&] {
                const auto spent = server.spend(proof);
                if (spent.ok()) ++won;
                if (!spent.ok() && spent.error().code() == Code::dpop_replayed) ++replayed;
            });
        }
        threads.clear();
        EXPECT_EQ(won, round == 0 ? 1 : 0);
        EXPECT_EQ(won + replayed, 50);
    }
}

TEST(Dpop, what_is_not_used_takes_no_room) {
    const ProofServer server;
    EXPECT_TRUE(server.verify(prover().good()).ok());
    EXPECT_FALSE(server.verify(prover().good(), "token").ok());
    EXPECT_EQ(server.store().size(), 0U);
    EXPECT_TRUE(server.spend(prover().good()).ok());
    EXPECT_EQ(server.store().size(), 1U);
}

TEST(Dpop, RFC9449_its_own_examples) {
    struct Row {
        std::string_view proof, method, url;
        std::optional<std::string_view> token;
        std::int64_t at;
    };
    constexpr std::string_view head =
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscE"
        "Jo"
        "RjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.";
    const Row table[]{
        {"eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia"
         "WF0Ij"
         "oxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
         "POST", "https://server.example.com/token", std::nullopt, 1562262616},
        {"eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z"
         "WRyZX"
         "NvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9."
         "2oW9RP35yRqz"
         "hrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA",
         "GET", "https://resource.example.org/protectedresource", "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
         1562262618},
    };
    const ProofServer server;
    for (const auto& [rest, method, url, token, made_at] : table) {
        const std::string proof = std::string{head} + std::string{rest};
        auto right = server.verify(proof, token, made_at, url, method);
        ASSERT_TRUE(right.ok()) << right.error().detail();
        EXPECT_EQ(std::move(*right).spend(at(made_at))->thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        EXPECT_FALSE(server.verify(proof, token, made_at, url, "PUT").ok());
        EXPECT_FALSE(server.verify(proof, "another token", made_at, url, method).ok());
    }
}

}    // namespace
}    // namespace countersign::jose

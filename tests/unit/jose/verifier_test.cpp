#include <set>

#include "unit/jose/rig.hpp"

namespace countersign::jose {
namespace {

const Rig& rig() {
    static const Rig one;
    return one;
}

struct Case {
    std::string_view name;
    std::string header, claims;
    std::optional<Code> refused;
};

void check(const Verifier& verifier, const Case& one) {
    const std::string token = rig().sign(one.header, one.claims);
    for (int again = 0; again < 2; ++again) {    // the second time the header may be known
        const auto verified = verifier.verify(token, at(test_now));
        ASSERT_EQ(verified.ok(), !one.refused) << one.name << ": " << (verified.ok() ? "" : verified.error().detail());
        if (!one.refused) continue;
        EXPECT_EQ(verified.error().label(), cause_of(*one.refused).label) << one.name;
        EXPECT_EQ(verified.error().face().id, Public::unauthorized) << one.name;
    }
}

std::string head(std::string_view from, std::string_view to) { return swapped(rig().header(), from, to); }
std::string claims(std::string_view from, std::string_view to) { return swapped(Rig::claims(), from, to); }
std::string with(std::string_view member) { return swapped(Rig::claims(), "{", "{" + std::string{member} + ","); }
std::string head_with(std::string_view member) { return swapped(rig().header(), "{", "{" + std::string{member} + ","); }

TEST(Verifier, headers) {
    const std::string good = Rig::claims(), same = rig().header();
    const std::string long_kid(257, 'k');
    const Case table[]{
        {"accepts a good token", same, good, std::nullopt},
        {"TOK-02 none", head("ES256", "none"), good, Code::token_alg_none},
        {"TOK-02 nOnE", head("ES256", "nOnE"), good, Code::token_alg_none},
        {"TOK-03 case of alg counts", head("ES256", "es256"), good, Code::token_alg_unknown},
        {"TOK-03 blank behind alg", head("ES256", "ES256 "), good, Code::token_alg_unknown},
        {"TOK-03 another algorithm", head("ES256", "ES384"), good, Code::token_alg_mismatch},
        {"TOK-04 HS256 under a public key", head("ES256", "HS256"), good, Code::token_alg_mismatch},
        {"alg escaped is the same alg", head("ES256", "\\u0045S256"), good, std::nullopt},
        {"alg as a list", head("\"ES256\"", "[\"ES256\"]"), good, Code::token_header_malformed},
        {"alg missing", head("\"alg\":\"ES256\",", ""), good, Code::token_header_malformed},
        {"TOK-12 alg twice", head_with("\"alg\":\"none\""), good, Code::token_header_malformed},
        {"TOK-12 alg twice, one escaped", head_with("\"\\u0061lg\":\"none\""), good, Code::token_header_malformed},
        {"TOK-06 jwk is not looked at", head_with(R"("jwk":{"kty":"oct","k":"AA"})"), good, std::nullopt},
        {"TOK-06 jku is not looked at", head_with(R"("jku":"http://127.0.0.1:1/")"), good, std::nullopt},
        {"TOK-06 x5u is not looked at", head_with(R"("x5u":"http://127.0.0.1:1/","x5c":[1])"), good, std::nullopt},
        {"TOK-07 another kid", head("k1", "k2"), good, Code::token_kid_unknown},
        {"TOK-07 kid as a path", head("k1", "../../dev/null"), good, Code::token_kid_unknown},
        {"TOK-07 NUL in kid", head("k1", "k1\\u0000"), good, Code::token_header_malformed},
        {"TOK-07 long kid", head("k1", long_kid), good, Code::token_header_malformed},
        {"TOK-07 empty kid", head("k1", ""), good, Code::token_header_malformed},
        {"kid as a number", head("\"k1\"", "1"), good, Code::token_header_malformed},
        {"TOK-09 no kid, one key", head(",\"kid\":\"k1\"", ""), good, std::nullopt},
        {"TOK-15 crit not understood", head_with(R"("crit":["x"],"x":1)"), good, Code::token_crit_unknown},
        {"TOK-15 the same without crit", head_with(R"("x":1)"), good, std::nullopt},
        {"TOK-15 crit empty", head_with(R"("crit":[])"), good, Code::token_crit_unknown},
        {"TOK-15 crit null", head_with(R"("crit":null)"), good, Code::token_crit_unknown},
        {"TOK-15 crit as a text", head_with(R"("crit":"x","x":1)"), good, Code::token_crit_unknown},
        {"TOK-15 crit registered", head_with(R"("crit":["typ"])"), good, Code::token_crit_unknown},
        {"TOK-15 crit absent member", head_with(R"("crit":["b64"])"), good, Code::token_crit_unknown},
        {"TOK-15 crit numbers", head_with(R"("crit":[1])"), good, Code::token_crit_unknown},
        {"TOK-16 b64 false", head_with(R"("b64":false,"crit":["b64"])"), good, Code::token_payload_unencoded},
        {"TOK-16 b64 false without crit", head_with(R"("b64":false)"), good, Code::token_payload_unencoded},
        {"TOK-22 another typ", head("at+jwt", "JWT"), good, Code::token_typ_mismatch},
        {"TOK-23 ID token", head("at+jwt", "id_token+jwt"), good, Code::token_typ_mismatch},
        {"TOK-22 typ with prefix", head("at+jwt", "application/at+jwt"), good, std::nullopt},
        {"TOK-22 typ in capitals", head("at+jwt", "AT+JWT"), good, std::nullopt},
        {"TOK-22 typ of another tree", head("at+jwt", "x/at+jwt"), good, Code::token_typ_mismatch},
        {"TOK-22 blank behind typ", head("at+jwt", "at+jwt "), good, Code::token_typ_mismatch},
        {"TOK-22 no typ", head("\"typ\":\"at+jwt\",", ""), good, Code::token_typ_mismatch},
        {"typ null", head("\"at+jwt\"", "null"), good, Code::token_header_malformed},
        {"nested", head_with(R"("cty":"JWT")"), good, Code::token_nested},
        {"other content", head_with(R"("cty":"json")"), good, std::nullopt},
        {"TOK-12 something behind the header", same + " {}", good, Code::token_header_malformed},
        {"blanks in the header", head("{", " {\n "), good, std::nullopt},
        {"TOK-12 byte order mark", "\xEF\xBB\xBF" + same, good, Code::token_header_malformed},
    };
    const Verifier verifier = rig().verifier();
    for (const Case& one : table) check(verifier, one);
}

TEST(Verifier, claims) {
    const std::string same = rig().header(), long_sub(1025, 's'), most_sub(1024, 's');
    const Case table[]{
        {"accepts unknown claims", same, with(R"("x":{"y":[1,{"z":null}]})"), std::nullopt},
        {"TOK-12 sub twice", same, with(R"("sub":"user-b")"), Code::token_claims_malformed},
        {"TOK-12 sub twice, escaped", same, with(R"("s\u0075b":"user-b")"), Code::token_claims_malformed},
        {"TOK-12 twice below", same, with(R"("x":{"a":1,"a":2})"), Code::token_claims_malformed},
        {"TOK-12 trailing text", same, Rig::claims() + "x", Code::token_claims_malformed},
        {"TOK-12 a text", same, "\"x\"", Code::token_claims_malformed},
        {"TOK-12 nothing", same, "", Code::token_claims_malformed},
        {"TOK-12 bad UTF-8", same, with("\"x\":\"\xC0\xAF\""), Code::token_claims_malformed},
        {"TOK-12 lone surrogate", same, with(R"("x":"\ud800")"), Code::token_claims_malformed},
        {"TOK-17 at exp", same, claims("1800000600", "1800000000"), Code::token_expired},
        {"TOK-17 before exp", same, claims("1800000600", "1800000001"), std::nullopt},
        {"TOK-17 no exp", same, claims(",\"exp\":1800000600", ""), Code::token_claim_missing},
        {"exp as a text", same, claims("1800000600", "\"1800000600\""), Code::token_claim_type},
        {"exp with a fraction", same, claims("1800000600", "1800000600.5"), std::nullopt},
        {"a fraction is cut off", same, claims("1800000600", "1800000000.9"), Code::token_expired},
        {"TOK-19 exponent", same, claims("1800000600", "18e8"), Code::token_claim_type},
        {"TOK-19 huge exponent", same, claims("1800000600", "1e400"), Code::token_claim_type},
        {"TOK-19 over 2^63", same, claims("1800000600", "9223372036854775808"), Code::token_claim_type},
        {"TOK-19 negative", same, claims("1800000600", "-1"), Code::token_claim_type},
        {"TOK-19 milliseconds", same, claims("1800000600", "1800000600000"), Code::token_exp_in_milliseconds},
        {"TOK-19 iat in milliseconds", same, claims("1799999990", "1799999990000"), Code::token_iat_in_milliseconds},
        {"TOK-19 a day", same, claims("1800000600", "1800086390"), std::nullopt},
        {"TOK-19 more than a day", same, claims("1800000600", "1800086391"), Code::token_lifetime_too_long},
        {"TOK-18 nbf now", same, with("\"nbf\":1800000000"), std::nullopt},
        {"TOK-18 nbf later", same, with("\"nbf\":1800000001"), Code::token_not_yet_valid},
        {"TOK-18 nbf as a text", same, with("\"nbf\":\"1\""), Code::token_claim_type},
        {"TOK-18 iat now", same, claims("1799999990", "1800000000"), std::nullopt},
        {"TOK-18 iat later", same, claims("1799999990", "1800000001"), Code::token_clock_skew},
        {"TOK-18 no iat", same, claims("\"iat\":1799999990,", ""), Code::token_claim_missing},
        {"TOK-20 no iss", same, claims("\"iss\":\"https://id.test\",", ""), Code::token_claim_missing},
        {"TOK-20 slash", same, claims("https://id.test", "https://id.test/"), Code::token_iss_trailing_slash},
        {"TOK-20 case", same, claims("https://id.test", "https://ID.test"), Code::token_iss_mismatch},
        {"TOK-20 longer", same, claims("https://id.test", "https://id.test.evil"), Code::token_iss_mismatch},
        {"TOK-20 escaped is the same", same, claims("https://id.test", "https:\\/\\/id.test"), std::nullopt},
        {"TOK-20 iss as a list", same, claims("\"https://id.test\"", "[\"https://id.test\"]"), Code::token_claim_type},
        {"TOK-21 no aud", same, claims("\"aud\":\"https://api.test\",", ""), Code::token_aud_missing},
        {"TOK-21 another aud", same, claims("https://api.test", "https://other.test"), Code::token_aud_mismatch},
        {"TOK-21 longer aud", same, claims("https://api.test", "https://api.test.evil"), Code::token_aud_mismatch},
        {"TOK-21 among several", same, claims("\"https://api.test\"", R"([ "a\"]" , "https://api.test" ])"),
         std::nullopt},
        {"TOK-21 among others", same, claims("\"https://api.test\"", R"(["a","b"])"), Code::token_aud_mismatch},
        {"TOK-21 empty list", same, claims("\"https://api.test\"", "[]"), Code::token_aud_mismatch},
        {"TOK-21 mixed list", same, claims("\"https://api.test\"", R"(["https://api.test",1])"),
         Code::token_claim_type},
        {"TOK-21 nested list", same, claims("\"https://api.test\"", R"([["https://api.test"]])"),
         Code::token_claim_type},
        {"TOK-21 object", same, claims("\"https://api.test\"", R"({"a":"https://api.test"})"), Code::token_claim_type},
        {"TOK-21 null", same, claims("\"https://api.test\"", "null"), Code::token_claim_type},
        {"TOK-13 no sub", same, claims("\"sub\":\"user-a\",", ""), Code::token_claim_missing},
        {"TOK-13 empty sub", same, claims("user-a", ""), Code::token_claim_type},
        {"TOK-13 sub as a number", same, claims("\"user-a\"", "7"), Code::token_sub_not_string},
        {"TOK-13 sub as an object", same, claims("\"user-a\"", R"({"$ne":""})"), Code::token_sub_not_string},
        {"TOK-13 NUL in sub", same, claims("user-a", "user-a\\u0000"), Code::token_claim_type},
        {"TOK-13 longest sub", same, claims("user-a", most_sub), std::nullopt},
        {"TOK-13 longer sub", same, claims("user-a", long_sub), Code::token_claim_type},
        {"TOK-13 jti as a number", same, with("\"jti\":1"), Code::token_claim_type},
        {"TOK-13 client_id empty", same, with("\"client_id\":\"\""), Code::token_claim_type},
        {"TOK-27 bound to a key", same, with(R"("cnf":{"jkt":"x"})"), Code::token_cnf_unproved},
        {"TOK-27 bound in an unknown way", same, with(R"("cnf":{"x":1})"), Code::token_cnf_unproved},
        {"TOK-27 cnf null", same, with(R"("cnf":null)"), Code::token_cnf_unproved},
    };
    const Verifier verifier = rig().verifier();
    for (const Case& one : table) check(verifier, one);
}

TEST(Verifier, TOK_10_TOK_14_TOK_24_the_form_of_a_token) {
    const std::string good = rig().good();
    const std::size_t first = good.find('.'), second = good.rfind('.');
    const std::string before = good.substr(0, second + 1), signature = good.substr(second + 1);
    struct Form {
        std::string_view name;
        std::string token;
        std::optional<Code> refused;
    };
    const std::string most(max_token_size - good.size(), 'A');
    Bytes exchanged = *parse_base64url(signature);
    std::ranges::rotate(exchanged, exchanged.begin() + 32);
    const Form table[]{
        {"as it is", good, std::nullopt},
        {"empty", "", Code::token_missing},
        {"dots only", "..", Code::token_malformed},
        {"no dot", signature, Code::token_opaque_access_token},
        {"two parts", good.substr(0, second), Code::token_malformed},
        {"four parts", good + ".", Code::token_malformed},
        {"five parts", good + ".a.b", Code::token_opaque_access_token},
        {"no header", good.substr(first), Code::token_malformed},
        {"no signature", before, Code::token_signature_malformed},
        {"padding", good + "=", Code::token_signature_malformed},
        {"blank in front", " " + good, Code::token_malformed},
        {"line end behind", good + "\n", Code::token_signature_malformed},
        {"scheme in front", "Bearer " + good, Code::token_malformed},
        {"percent in the payload", swapped(good, good.substr(first + 1, 1), "%"), Code::token_malformed},
        {"JSON form", R"({"payload":"x"})", Code::token_opaque_access_token},
        {"DER", before + base64url(bytes_of(std::string(70, '0'))), Code::token_signature_malformed},
        {"zero signature", before + std::string(86, 'A'), Code::token_secret_mismatch},
        {"r and s exchanged", before + base64url(exchanged), Code::token_secret_mismatch},
        {"at the limit", good + most, Code::token_signature_malformed},
        {"over the limit", good + most + "A", Code::token_too_large},
    };
    const Verifier verifier = rig().verifier();
    for (const auto& [name, token, refused] : table) {
        const auto verified = verifier.verify(token, at(test_now));
        ASSERT_EQ(verified.ok(), !refused) << name;
        if (refused) EXPECT_EQ(verified.error().label(), cause_of(*refused).label) << name;
    }
}

/// issued -> active -> expired, and invalid: every state against every event that a verifier can meet.
TEST(Verifier, TOK_17_TOK_18_states_against_events) {
    enum class State : std::uint8_t { invalid, early, active, expired };
    struct Row {
        std::string_view event;
        std::int64_t now;
        std::int64_t leeway;
        State state;
    };
    // nbf 1000, exp 2000, signed with our key
    const Row table[]{{"long before", 0, 0, State::early},
                      {"one second before nbf", 999, 0, State::early},
                      {"nbf", 1000, 0, State::active},
                      {"within", 1500, 0, State::active},
                      {"last second", 1999, 0, State::active},
                      {"exp", 2000, 0, State::expired},
                      {"after", 5000, 0, State::expired},
                      {"before nbf within leeway", 970, 30, State::active},
                      {"before leeway", 969, 30, State::early},
                      {"exp within leeway", 2029, 30, State::active},
                      {"exp and leeway", 2030, 30, State::expired},
                      {"most leeway", 2059, 60, State::active}};
    const std::string text =
        R"({"iss":"https://id.test","aud":"https://api.test","sub":"a","nbf":1000,"iat":1000,"exp":2000})";
    const Rig stranger;
    for (const auto& [event, now, leeway, state] : table) {
        VerifyPolicy policy = rig().policy();
        policy.leeway = Seconds{leeway};
        const auto verifier = rig().verifier(policy);
        const auto found = verifier->verify(rig().sign(rig().header(), text), at(now));
        const State seen = found.ok()                                       ? State::active
                           : found.error().code() == Code::token_expired    ? State::expired
                           : found.error().code() == Code::token_clock_skew ? State::early
                                                                            : State::invalid;
        EXPECT_EQ(seen, state) << event;
        // Whatever the time: what was never ours stays invalid.
        const auto foreign = verifier->verify(stranger.sign(rig().header(), text), at(now));
        ASSERT_FALSE(foreign.ok()) << event;
        EXPECT_EQ(foreign.error().code(), Code::token_secret_mismatch) << event;
    }
}

TEST(Verifier, TOK_31_every_refusal_has_the_same_face_and_never_holds_the_token) {
    const Verifier verifier = rig().verifier();
    const std::string good = rig().good();
    std::set<std::string_view> labels;
    const std::string payload = good.substr(good.find('.') + 1, 40);
    for (const std::string& token : {good.substr(1), good.substr(0, good.size() - 1), std::string{"x"}, good + "A",
                                     rig().sign(head("k1", "k2"), Rig::claims()), rig().sign(rig().header(), "{}")}) {
        const auto verified = verifier.verify(token, at(test_now));
        ASSERT_FALSE(verified.ok());
        EXPECT_EQ(&verified.error().face(), &face_of(Public::unauthorized));
        EXPECT_FALSE(verified.error().detail().contains(payload));
        labels.insert(verified.error().label());
    }
    EXPECT_GE(labels.size(), 5U);
}

TEST(Verifier, the_header_is_remembered_after_a_good_token_only) {
    const Verifier verifier = rig().verifier();
    EXPECT_FALSE(verifier.verify(rig().good() + "A", at(test_now)).ok());
    EXPECT_FALSE(verifier.verify(Rig{}.good(), at(test_now)).ok());
    EXPECT_EQ(verifier.known_headers(), 0U);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(verifier.verify(rig().good(), at(test_now)).ok());
    EXPECT_EQ(verifier.known_headers(), 1U);
    // A known header does not carry another payload's signature.
    const std::string good = rig().good(), other = rig().sign(rig().header(), claims("user-a", "user-b"));
    EXPECT_FALSE(verifier.verify(good.substr(0, good.rfind('.')) + other.substr(other.rfind('.')), at(test_now)).ok());
    // Bounded: spellings without end are verified all the same.
    for (int i = 0; i < 300; ++i) {
        EXPECT_TRUE(
            verifier.verify(rig().sign(head_with("\"x\":" + std::to_string(i)), Rig::claims()), at(test_now)).ok());
    }
    EXPECT_EQ(verifier.known_headers(), 256U);
}

TEST(Verifier, a_token_owns_its_text_wherever_it_goes) {
    const Verifier verifier = rig().verifier();
    std::optional<VerifiedToken> kept;
    for (const std::string& sub : {std::string{"short"}, std::string(900, 's'), std::string(1000, 't')}) {
        {
            const std::string token = rig().sign(rig().header(), swapped(with(R"("jti":"j\/1")"), "user-a", sub));
            auto verified = verifier.verify(token, at(test_now));
            ASSERT_TRUE(verified.ok());
            kept.emplace(*std::move(verified));
        }
        const VerifiedToken moved = *std::move(kept);
        EXPECT_EQ(moved.subject(), sub);
        EXPECT_EQ(moved.id(), "j/1");
        EXPECT_EQ(moved.issuer(), "https://id.test");
        EXPECT_EQ(moved.expires()->unix_seconds(), 1800000600);
        EXPECT_EQ(moved.issued_at()->unix_seconds(), 1799999990);
        EXPECT_EQ(moved.algorithm().id, Alg::es256);
        EXPECT_EQ(moved.claim("aud")->raw, "https://api.test");
        EXPECT_FALSE(moved.claim("nothing").has_value());
    }
}

/// A MAC has the length of its hash: no part of it is one, and nothing may stand behind it.
TEST(Verifier, TOK_24_a_MAC_is_whole) {
    const Rig mac{Alg::hs256};
    const Verifier verifier = mac.verifier();
    const std::string good = mac.good(), before = good.substr(0, good.rfind('.') + 1);
    Bytes longer = *parse_base64url(good.substr(before.size()));
    const Bytes whole = longer;
    longer.push_back(std::byte{0});
    for (std::size_t size = 0; size <= longer.size(); ++size) {
        const auto verified = verifier.verify(before + base64url(std::span{longer}.first(size)), at(test_now));
        EXPECT_EQ(verified.ok(), size == whole.size()) << size;
        if (!verified.ok()) EXPECT_EQ(verified.error().code(), Code::token_signature_malformed) << size;
    }
}

/// Nothing that a forger writes into the claims is looked at: not for the key, and not for the answer.
TEST(Verifier, TOK_08_the_signature_comes_before_the_claims) {
    const Rig forger;
    const Verifier verifier = rig().verifier();
    const std::string claims[]{Rig::claims(),
                               "",
                               "no JSON",
                               "{}",
                               swapped(Rig::claims(), "https://id.test", "https://evil.test"),
                               swapped(Rig::claims(), "1800000600", "1"),
                               std::string(4000, '[')};
    for (const std::string& each : claims) {
        const auto forged = verifier.verify(forger.sign(rig().header(), each), at(test_now));
        ASSERT_FALSE(forged.ok()) << each;
        EXPECT_EQ(forged.error().code(), Code::token_secret_mismatch) << each;
        const auto signed_well = verifier.verify(rig().sign(rig().header(), each), at(test_now));
        EXPECT_EQ(signed_well.ok(), each == Rig::claims());
        if (!signed_well.ok()) EXPECT_NE(signed_well.error().code(), Code::token_secret_mismatch) << each;
    }
}

}    // namespace
}    // namespace countersign::jose

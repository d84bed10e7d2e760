#include <set>

#include "unit/capi/boundary.hpp"

namespace countersign::capi_test {
namespace {

using jose::Prover;
using jose::Rig;
using jose::swapped;

const Rig& rig() {
    static const Rig one;
    return one;
}
const std::string& good() {
    static const std::string token = rig().good();
    return token;
}

std::string with_header(std::string_view from, std::string_view to) {
    return rig().sign(swapped(rig().header(), from, to), Rig::claims());
}
std::string with_claims(std::string_view from, std::string_view to) {
    return rig().sign(rig().header(), swapped(Rig::claims(), from, to));
}
std::string with_claim(std::string_view member) { return with_claims("{", "{" + std::string{member} + ","); }

struct Row {
    std::string token;
    std::string_view cause;
};
std::vector<Row> tokens() {
    const std::size_t last = good().rfind('.');
    return {
        {"", "token.missing"},
        {"..", "token.malformed"},
        {good() + ".a.b", "token.opaque_access_token"},
        {std::string(20'000, 'a'), "token.too_large"},
        {Rig{}.good(), "token.secret_mismatch"},
        {good().substr(0, last + 1), "token.signature_malformed"},
        {with_header("ES256", "none"), "token.alg_none"},
        {with_header("ES256", "es256"), "token.alg_unknown"},
        {with_header("ES256", "ES384"), "token.alg_mismatch"},
        {with_header("\"ES256\"", "[]"), "token.header_malformed"},
        {with_header("k1", "k2"), "token.kid_unknown"},
        {with_header("{", R"({"crit":["x"],"x":1,)"), "token.crit_unknown"},
        {with_header("{", R"({"b64":false,)"), "token.payload_unencoded"},
        {with_header("at+jwt", "JWT"), "token.typ_mismatch"},
        {with_header("{", R"({"cty":"JWT",)"), "token.nested"},
        {with_claim(R"("sub":"user-b")"), "token.claims_malformed"},
        {with_claims("1800000600", "1800000000"), "token.expired"},
        {with_claims(",\"exp\":1800000600", ""), "token.claim_missing"},
        {with_claims("1800000600", "\"x\""), "token.claim_type"},
        {with_claims("1800000600", "1800000600000"), "token.exp_in_milliseconds"},
        {with_claims("1799999990", "1799999990000"), "token.iat_in_milliseconds"},
        {with_claims("1800000600", "1800086391"), "token.lifetime_too_long"},
        {with_claim(R"("nbf":1800000001)"), "token.not_yet_valid"},
        {with_claims("1799999990", "1800000001"), "token.clock_skew"},
        {with_claims("https://id.test", "https://id.test/"), "token.iss_trailing_slash"},
        {with_claims("https://id.test", "https://ID.test"), "token.iss_mismatch"},
        {with_claims(R"("aud":"https://api.test",)", ""), "token.aud_missing"},
        {with_claims("https://api.test", "https://other.test"), "token.aud_mismatch"},
        {with_claims("\"user-a\"", "7"), "token.sub_not_string"},
        {with_claim(R"("cnf":{"jkt":"x"})"), "token.cnf_unproved"},
    };
}

int32_t no_answer(void* context, const cs_fetch_request* /*request*/, cs_fetch_answer* /*answer*/) {
    return *static_cast<int32_t*>(context);
}
int32_t any_answer(void* context, const cs_fetch_request* /*request*/, cs_fetch_answer* answer) {
    const bool taken = cs_fetch_answer_status(answer, 200) == CS_OK &&
                       cs_fetch_answer_header(answer, c_text("content-type"), c_text("application/json")) == CS_OK &&
                       cs_fetch_answer_body(answer, c_text(*static_cast<std::string*>(context))) == CS_OK;
    return taken ? 0 : CS_FETCH_TOO_LARGE;
}

constexpr std::string_view everyone = "UNAUTHORIZED|Unauthorized|invalid_token";

/// Every answer that a client gets is the same one; what the log gets is the cause, and never the token.
void expect_refused(const Answer& answer, std::string_view token, std::string_view cause) {
    EXPECT_EQ(answer.code, CS_REFUSED) << cause;
    EXPECT_EQ(answer.accepted, 0) << cause;
    EXPECT_EQ(answer.http_status, 401) << cause;
    EXPECT_EQ(answer.face, everyone) << cause;
    EXPECT_EQ(answer.cause, cause) << answer.detail;
    EXPECT_EQ(answer.subject, "") << cause;
    EXPECT_EQ(answer.fingerprint.size(), 8U) << cause;
    constexpr std::size_t part = 24;
    for (std::size_t i = 0; i + part <= token.size(); ++i)
        ASSERT_EQ(answer.detail.find(token.substr(i, part)), std::string::npos) << cause;
}

TEST(CBoundary, TOK_31_40_causes_are_one_answer_to_the_client_and_each_its_own_to_the_log) {
    std::set<std::string> causes;
    const Verifier plain = make_verifier(policy_with(), set_of(rig()));
    EXPECT_EQ(verify(plain, good()).code, CS_OK);
    for (const Row& row : tokens()) {
        expect_refused(verify(plain, row.token), row.token, row.cause);
        causes.emplace(row.cause);
    }
    struct Failure {
        int32_t number;
        std::string_view cause;
    };
    for (const auto& [number, cause] :
         {Failure{CS_FETCH_FAILED, "jwks.unreachable"}, Failure{CS_FETCH_TLS_UNTRUSTED, "jwks.tls_untrusted"},
          Failure{CS_FETCH_TIMEOUT, "jwks.unreachable"}, Failure{CS_FETCH_TOO_LARGE, "fetch.too_large"},
          Failure{CS_FETCH_REDIRECT, "fetch.redirect"}, Failure{CS_FETCH_URL_REFUSED, "fetch.url_refused"},
          Failure{CS_FETCH_ADDRESS_REFUSED, "fetch.address_refused"}}) {
        int32_t given = number;
        const cs_fetch fetch{.size = sizeof fetch, .fetch = no_answer, .context = &given};
        const Verifier remote = make_verifier(policy_with(R"(,"jwks":"https://id.test/keys")"), "", &fetch);
        const Answer answer = verify(remote, good());
        expect_refused(answer, good(), cause);
        causes.insert(answer.cause);
    }
    struct Set {
        std::string text;
        std::string_view cause;
    };
    const std::string one = *rig().jwk().write_public();
    for (Set set : {Set{"[]", "key.malformed"}, Set{R"({"keys":[]})", "key.set_unusable"},
                    Set{R"({"keys":[)" + one + "," + one + "]}", "key.kid_duplicate"},
                    Set{std::string{rig().jwk().write_private()->reveal_text()}, "key.private_in_public_set"},
                    Set{R"({"kty":"RSA","n":"AQAB","e":"AQAB"})", "key.weak"},
                    Set{R"({"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"})", "key.malformed"}}) {
        const cs_fetch fetch{.size = sizeof fetch, .fetch = any_answer, .context = &set.text};
        const Verifier remote = make_verifier(policy_with(R"(,"jwks":"https://id.test/keys")"), "", &fetch);
        expect_refused(verify(remote, good()), good(), set.cause);
        causes.emplace(set.cause);
    }
    EXPECT_GE(causes.size(), 40U);
}

TEST(CBoundary, TOK_31_keys_of_an_issuer_come_through_the_host) {
    std::string set = set_of(rig());
    const cs_fetch fetch{.size = sizeof fetch, .fetch = any_answer, .context = &set};
    const Verifier remote = make_verifier(policy_with(R"(,"jwks":"https://id.test/keys")"), "", &fetch);
    EXPECT_EQ(cs_verifier_prepare(remote.get(), jose::test_now, nullptr), CS_OK);
    const Answer answer = verify(remote, good());
    EXPECT_EQ(answer.code, CS_OK) << answer.cause << answer.detail;
    EXPECT_EQ(answer.key_id, "k1");
    set = std::string(2U << 20U, ' ');
    const Verifier over = make_verifier(policy_with(R"(,"jwks":"https://id.test/keys")"), "", &fetch);
    cs_error error{.size = sizeof error, .code = 0, .reserved = 0, .cause = "", .detail = ""};
    EXPECT_EQ(cs_verifier_prepare(over.get(), jose::test_now, &error), CS_UNAVAILABLE) << error.cause;
    EXPECT_EQ(verify(over, good()).accepted, 0);
}

TEST(CBoundary, TOK_27_proofs_through_the_boundary) {
    const Prover prover;
    const std::string bound = with_claim(R"("cnf":{"jkt":")" + prover.thumbprint() + "\"}");
    const Verifier strict = make_verifier(policy_with(R"(,"cnf":"dpop")"), set_of(rig()));
    const cs_text names[]{c_text("ES256")};
    const cs_dpop_ask ask{.size = sizeof ask,
                          .algorithms = names,
                          .algorithm_count = 1,
                          .room = 1024,
                          .max_age = 0,
                          .max_ahead = 0,
                          .nonce = CS_NONCE_NOT_ASKED,
                          .reserved = 0};
    cs_dpop* made = nullptr;
    ASSERT_EQ(cs_dpop_make(&ask, &made, nullptr), CS_OK);
    const Dpop dpop{made};
    const auto present = [&](const std::string& token, const std::string& proof) {
        const cs_proof given{.size = sizeof given,
                             .proof = c_text(proof),
                             .method = c_text("POST"),
                             .url = c_text(jose::proof_url),
                             .nonces = nullptr,
                             .nonce_count = 0};
        return ask_boundary(strict.get(), {.size = sizeof(cs_verify_ask),
                                           .token = c_text(token),
                                           .now = jose::test_now,
                                           .dpop = dpop.get(),
                                           .proof = &given});
    };
    EXPECT_EQ(verify(strict, bound).cause, "token.cnf_unproved");
    const Answer accepted = present(bound, prover.good(bound));
    EXPECT_EQ(accepted.code, CS_OK) << accepted.detail;
    EXPECT_EQ(accepted.bound_to, prover.thumbprint());
    const Answer replayed = present(bound, prover.good(bound));
    EXPECT_EQ(replayed.cause, "dpop.replayed");
    EXPECT_EQ(replayed.accepted, 0);
    EXPECT_EQ(replayed.face, "INVALID_DPOP_PROOF|Invalid DPoP proof|invalid_dpop_proof");
    EXPECT_EQ(present(good(), prover.good(good(), "id-2")).cause, "token.cnf_missing");
    EXPECT_EQ(present(bound, Prover{}.good(bound, "id-3")).cause, "token.cnf_mismatch");
    EXPECT_EQ(present(bound, "").cause, "dpop.missing");
}

TEST(CBoundary, TOK_32_no_changed_byte_of_a_token_is_accepted) {
    const Verifier plain = make_verifier(policy_with(), set_of(rig()));
    for (std::size_t i = 0; i < good().size(); ++i) {
        for (const char other : {'A', 'z', '.', '=', '\0', '\xFF'}) {
            std::string changed = good();
            if (changed[i] == other) continue;
            changed[i] = other;
            const Answer answer = verify(plain, changed);
            EXPECT_EQ(answer.code, CS_REFUSED) << i;
            EXPECT_EQ(answer.accepted, 0) << i;
            EXPECT_EQ(answer.face, everyone) << i;
        }
    }
}

TEST(CBoundary, TOK_32_a_host_that_throws_is_a_failed_fetch) {
    const cs_fetch fetch{.size = sizeof fetch,
                         .fetch = [](void*, const cs_fetch_request*, cs_fetch_answer*) -> int32_t { throw 1; },
                         .context = nullptr};
    const Verifier remote = make_verifier(policy_with(R"(,"jwks":"https://id.test/keys")"), "", &fetch);
    expect_refused(verify(remote, good()), good(), "jwks.unreachable");
}

}    // namespace
}    // namespace countersign::capi_test

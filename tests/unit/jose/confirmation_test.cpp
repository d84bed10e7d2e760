#include <thread>

#include "unit/jose/dpop_rig.hpp"

namespace countersign::jose {
namespace {

const Rig& rig() {
    static const Rig one;
    return one;
}
const Prover& prover() {
    static const Prover one;
    return one;
}

Verifier bound_only() {
    VerifyPolicy policy = rig().policy();
    policy.cnf = Confirmation::dpop;
    return *rig().verifier(policy);
}

std::string with_cnf(std::string_view cnf) {
    return rig().sign(rig().header(), swapped(Rig::claims(), "{", R"({"cnf":)" + std::string{cnf} + ","));
}
std::string jkt(std::string_view thumbprint) { return R"({"jkt":")" + std::string{thumbprint} + R"("})"; }
std::string bound_token() { return with_cnf(jkt(prover().thumbprint())); }

Result<VerifiedToken> present(const Verifier& verifier, const ProofServer& server, std::string_view token,
                              const Prover& by = prover(), std::string_view jti = "id-1") {
    CS_TRY(DpopProof proof, server.verify(by.good(token, jti), token));
    return verifier.verify_with_proof(token, std::move(proof), at(test_now));
}

TEST(Confirmation, TOK_27_a_bound_token_is_accepted_with_its_proof_and_never_without) {
    const Verifier strict = bound_only(), plain = rig().verifier();
    const ProofServer server;
    const std::string token = bound_token();
    EXPECT_EQ(strict.verify(token, at(test_now)).error().code(), Code::token_cnf_unproved);
    EXPECT_EQ(plain.verify(token, at(test_now)).error().code(), Code::token_cnf_unproved);
    EXPECT_EQ(present(plain, server, token).error().code(), Code::token_cnf_unproved);
    EXPECT_EQ(server.store().size(), 0U);
    const auto accepted = present(strict, server, token);
    ASSERT_TRUE(accepted.ok()) << accepted.error().detail();
    EXPECT_EQ(accepted->bound_to(), prover().thumbprint());
    EXPECT_TRUE(accepted->is_bound());
    EXPECT_EQ(accepted->subject(), "user-a");
    // Now that the header is remembered nothing is skipped.
    EXPECT_EQ(strict.verify(token, at(test_now)).error().code(), Code::token_cnf_unproved);
    EXPECT_EQ(present(strict, server, token).error().code(), Code::dpop_replayed);
    EXPECT_EQ(present(strict, server, token, Prover{}).error().code(), Code::token_cnf_mismatch);
    EXPECT_TRUE(present(strict, server, token, prover(), "id-2").ok());
}

TEST(Confirmation, TOK_27_a_token_that_is_not_bound_does_not_pass_as_one) {
    const ProofServer server;
    EXPECT_EQ(bound_only().verify(rig().good(), at(test_now)).error().code(), Code::token_cnf_missing);
    EXPECT_EQ(present(bound_only(), server, rig().good()).error().code(), Code::token_cnf_missing);
    EXPECT_EQ(present(rig().verifier(), server, rig().good()).error().code(), Code::token_cnf_missing);
    const Verifier plain_verifier = rig().verifier();
    const auto plain = plain_verifier.verify(rig().good(), at(test_now));
    ASSERT_TRUE(plain.ok());
    EXPECT_FALSE(plain->is_bound());
    EXPECT_EQ(server.store().size(), 0U) << "a proof without its token takes no room";
}

TEST(Confirmation, TOK_27_what_cnf_may_say) {
    const std::string mine = prover().thumbprint();
    struct Row {
        std::string cnf;
        std::optional<Code> refused;
    };
    const Row table[]{
        {jkt(mine), std::nullopt},
        {R"({"\u006akt":")" + mine + R"("})", std::nullopt},
        {jkt(Prover{}.thumbprint()), Code::token_cnf_mismatch},
        {jkt(rig().jwk().thumbprint()), Code::token_cnf_mismatch},
        {jkt(mine + "="), Code::token_claim_type},
        {jkt(mine.substr(1)), Code::token_claim_type},
        {jkt(""), Code::token_claim_type},
        {R"({"jkt":1})", Code::token_claim_type},
        {R"({"jkt":[")" + mine + R"("]})", Code::token_claim_type},
        {"{}", Code::token_claim_type},
        {"null", Code::token_claim_type},
        {"\"" + mine + "\"", Code::token_claim_type},
        {R"({"x5t#S256":")" + mine + R"("})", Code::token_cnf_unknown},
        {R"({"jkt":")" + mine + R"(","x5t#S256":")" + mine + R"("})", Code::token_cnf_unknown},
        {R"({"jwk":)" + *prover().rig().jwk().write_public() + "}", Code::token_cnf_unknown},
        {R"({"kid":"p1"})", Code::token_cnf_unknown},
        {R"({"JKT":")" + mine + R"("})", Code::token_cnf_unknown},
        {R"({"jkt":"a","jkt":")" + mine + R"("})", Code::token_claims_malformed},
    };
    for (const auto& [cnf, refused] : table) {
        const ProofServer server;
        const auto verified = present(bound_only(), server, with_cnf(cnf));
        ASSERT_EQ(verified.ok(), !refused) << cnf << (verified.ok() ? "" : verified.error().detail());
        if (!refused) continue;
        EXPECT_EQ(verified.error().label(), cause_of(*refused).label) << cnf;
        EXPECT_EQ(verified.error().face().id, Public::unauthorized) << cnf;
    }
}

TEST(Confirmation, TOK_27_a_proof_goes_with_one_token) {
    const Verifier strict = bound_only();
    const ProofServer server;
    const std::string mine = bound_token();
    const std::string other = rig().sign(
        rig().header(),
        swapped(swapped(Rig::claims(), "{", R"({"cnf":)" + jkt(prover().thumbprint()) + ","), "user-a", "user-b"));
    auto for_mine = server.verify(prover().good(mine), mine);
    EXPECT_EQ(strict.verify_with_proof(other, *std::move(for_mine), at(test_now)).error().code(),
              Code::dpop_ath_mismatch);
    // One that was made without a token, as for the token endpoint.
    auto for_none = server.verify(prover().good());
    EXPECT_EQ(strict.verify_with_proof(mine, *std::move(for_none), at(test_now)).error().code(),
              Code::dpop_ath_mismatch);
    EXPECT_TRUE(present(strict, server, mine).ok());
}

TEST(Confirmation, the_key_of_the_issuer_proves_nothing_but_itself) {
    // A proof whose embedded key is the one that signs the tokens.
    const std::string token = bound_token();
    const std::string header = R"({"typ":"dpop+jwt","alg":"ES256","jwk":)" + *rig().jwk().write_public() + "}";
    const ProofServer server;
    auto proof = server.verify(rig().sign(header, Prover::claims(token)), token);
    ASSERT_TRUE(proof.ok());
    EXPECT_EQ(bound_only().verify_with_proof(token, *std::move(proof), at(test_now)).error().code(),
              Code::token_cnf_mismatch);
    // A proof is no token, and a token is no proof.
    EXPECT_FALSE(rig().verifier().verify(rig().sign(header, Rig::claims()), at(test_now)).ok());
    EXPECT_EQ(server.verify(rig().good()).error().code(), Code::dpop_typ_mismatch);
    // TOK-06: the key in the header of a token is not even looked at.
    const std::string own = prover().rig().sign(
        R"({"alg":"ES256","typ":"at+jwt","kid":"k1","jwk":)" + *prover().rig().jwk().write_public() + "}",
        Rig::claims());
    EXPECT_EQ(rig().verifier().verify(own, at(test_now)).error().code(), Code::token_secret_mismatch);
}

TEST(Confirmation, the_proof_is_used_up_by_a_good_token_only) {
    const ProofServer server;
    const std::string token = bound_token();
    auto first = server.verify(prover().good(token), token);
    EXPECT_EQ(bound_only().verify_with_proof(token, *std::move(first), at(1'800'000'600)).error().code(),
              Code::token_expired);
    EXPECT_EQ(server.store().size(), 0U);
    EXPECT_TRUE(present(bound_only(), server, token).ok());
}

TEST(Confirmation, a_full_store_refuses_and_says_that_it_is_the_servers_fault) {
    const ProofServer server{{.algorithms = Algorithms{Alg::es256}}, ReplayStore::parts};
    const Verifier strict = bound_only();
    const std::string token = bound_token();
    EXPECT_TRUE(present(strict, server, token).ok());
    const auto refused = present(strict, server, token, prover(), "id-2");
    EXPECT_EQ(refused.error().code(), Code::dpop_store_full);
    EXPECT_EQ(refused.error().face().id, Public::unavailable);
    EXPECT_EQ(present(strict, server, token).error().code(), Code::dpop_replayed);
}

TEST(Confirmation, TOK_27_one_of_many_threads_gets_in_with_one_proof) {
    const Verifier strict = bound_only();
    const ProofServer server;
    const std::string token = bound_token(), text = prover().good(token);
    std::atomic<int> won = 0, refused = 0;
    std::vector<std::jthread> threads;
    threads.reserve(50);
    for (int i = 0; i < 50; ++i) {
        threads.emplace_back([&] {
            auto proof = server.verify(text, token);
            const auto verified = strict.verify_with_proof(token, *std::move(proof), at(test_now));
            ++(verified.ok() ? won : refused);
        });
    }
    threads.clear();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(refused, 49);
}

}    // namespace
}    // namespace countersign::jose

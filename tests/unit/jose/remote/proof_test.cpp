#include "unit/jose/dpop_rig.hpp"
#include "unit/jose/remote/rig.hpp"

namespace countersign::jose {
namespace {

std::string bound_to(const Prover& prover, const Rig& issuer) {
    return issuer.sign(issuer.header(),
                       R"({"cnf":{"jkt":")" + prover.thumbprint() + R"("},)" + Rig::claims().substr(1));
}

TEST(RemoteVerifier, TOK_27_a_bound_token_of_a_new_key_is_tried_again_with_the_same_proof) {
    const Rig old_key{Alg::es256, "k1"}, new_key{Alg::es256, "k2"};
    const Prover prover;
    const ProofServer server;
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&old_key})));
    std::vector<IssuerWithKeys> issuers;
    issuers.push_back(published());
    issuers.front().policy.cnf = Confirmation::dpop;
    RemoteVerifier verifier = *RemoteVerifier::make(std::move(issuers), fetch, nullptr);
    const auto present = [&](const std::string& token, std::string_view jti, std::int64_t now) -> std::string_view {
        auto proof = server.verify(prover.good(token, jti), token, now);
        if (!proof.ok()) return proof.error().label();
        const auto verified = verifier.verify_with_proof(token, *std::move(proof), at(now));
        return verified.ok() ? "ok" : verified.error().label();
    };
    EXPECT_EQ(present(bound_to(prover, old_key), "id-1", test_now), "ok");
    EXPECT_EQ(present(bound_to(prover, old_key), "id-1", test_now), "dpop.replayed");
    EXPECT_EQ(present(old_key.good(), "id-2", test_now), "token.cnf_missing");
    fetch.answer(keys_url, json_answer(set_of({&new_key})));
    const std::string token = bound_to(prover, new_key);
    EXPECT_EQ(present(token, "id-3", test_now + 1), "token.kid_unknown");
    EXPECT_EQ(server.store().size(), 1U) << "a proof whose token was refused takes no room";
    EXPECT_EQ(present(token, "id-4", test_now + 31), "ok");
    EXPECT_EQ(fetch.count(), 2U);
    EXPECT_EQ(present(token, "id-4", test_now + 31), "dpop.replayed");
}

}    // namespace
}    // namespace countersign::jose

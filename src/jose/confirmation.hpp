// What binds a token to a key of its bearer, the claim `cnf` (RFC 7800 §3.1), against the policy and the proof that
// came with it. Internal to jose: Verifier is the door.
#pragma once

#include "jose/claims.hpp"
#include "jose/dpop.hpp"
#include "jose/policy.hpp"

namespace countersign::jose {

/// What came beside the token: nothing, or a proof.
class Confirming {
  public:
    static Confirming nothing() { return Confirming{nullptr, {}}; }
    static Confirming proof(const DpopProof& proof, std::string_view token) { return Confirming{&proof, token}; }

    /// Sets the thumbprint that the token is bound to, if it is. Errors: token.cnf_unproved, token.cnf_missing,
    /// token.cnf_unknown, token.cnf_mismatch, token.claim_type, dpop.ath_mismatch.
    Result<void> check(Confirmation rule, const Claims& claims, std::string& bound_to) const;

  private:
    Confirming(const DpopProof* proof, std::string_view token) : proof_{proof}, token_{token} {}
    const DpopProof* proof_;
    std::string_view token_;
};

}    // namespace countersign::jose

// The one way from a token's text to a VerifiedToken. Immutable: another policy or key set is another verifier. Const
// use is safe from several threads.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "jose/dpop.hpp"
#include "jose/policy.hpp"
#include "jose/verified_token.hpp"

namespace countersign::jose {

/// One issuer: what its tokens must be, and its keys, which verify tokens of nobody else (TOK-08).
struct TrustedIssuer {
    VerifyPolicy policy;
    KeySet keys;
};

class Verifier {
  public:
    /// Errors: policy.invalid for an open or contradictory policy, a key of an algorithm that its policy does not
    /// permit, or two policies for one issuer.
    static Result<Verifier> make(std::vector<TrustedIssuer> issuers);

    Verifier(Verifier&&) noexcept;
    Verifier& operator=(Verifier&&) noexcept;
    ~Verifier();

    /// The signature is checked before a claim is read. Every refusal has one public face (TOK-31); its cause is for
    /// the log. Nothing of the token stands in it but names that were compared.
    Result<VerifiedToken> verify(std::string_view token, Instant now) const;

    /// A token that is bound to a key (`cnf.jkt`), under a policy with Confirmation::dpop. The proof has to be made
    /// with that key and for this token, and is used up, last of all: a stranger's proofs fill no store. Errors: as
    /// verify, with the same face; of the proof dpop.replayed, dpop.store_full, dpop.expired with theirs. A proof that
    /// was not used up is left as it was.
    Result<VerifiedToken> verify_with_proof(std::string_view token, DpopProof&& proof, Instant now) const;

    /// Whether an issuer has no key of the kid that a refused token names. A newer key set of it may have, whatever the
    /// reason by which the keys of the others refused it.
    bool lacks_kid_of(std::string_view token) const;

    /// A number that no other verifier of this process has: results may be kept for as long as it is the same.
    std::uint64_t generation() const;

    /// How many spellings of headers are remembered.
    std::size_t known_headers() const;

  private:
    struct State;
    explicit Verifier(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// First 8 hex digits of SHA-256: what an offline tool may say of a token (DESIGN: one fingerprint).
std::string offline_fingerprint(std::string_view token);

}    // namespace countersign::jose

// DPoP proofs (RFC 9449): that who sends a request holds a key. The one place where a key that comes with a message is
// used, and it proves nothing but its own possession: what it may do is said by the token that is bound to it (§4.3).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/given.hpp"
#include "crypto/digest.hpp"
#include "jose/algorithms.hpp"
#include "jose/replay_store.hpp"

namespace countersign::jose {

inline constexpr Seconds max_proof_age{300};
inline constexpr Seconds max_proof_ahead{60};
inline constexpr std::size_t max_proof_size = 8'192;
inline constexpr std::size_t max_proof_id = 256;

/// Whether a proof must carry a nonce that this server gave out (RFC 9449 §8, §9).
enum class ProofNonce : std::uint8_t { not_asked, required };

struct DpopPolicy {
    Given<Algorithms> algorithms;    // of public keys only
    Seconds max_age{60};             // from `iat` on; a used proof is remembered as long
    Seconds max_ahead{5};            // how far `iat` may lie in the future
    ProofNonce nonce = ProofNonce::not_asked;

    /// Errors: policy.invalid.
    Result<void> check() const;
};

/// The request as this server sees it, never as the client says it was.
struct DpopRequest {
    Given<std::string_view> method;
    Given<std::string_view> url;                            // absolute; query and fragment do not count
    Given<std::optional<std::string_view>> access_token;    // absent where none is presented: the token endpoint
    std::span<const std::string> nonces;                    // all that this server still takes
};

/// A proof that was used up: nobody else gets one for the same proof. A token may be bound to its key.
class SpentProof {
  public:
    /// RFC 7638 with SHA-256: what `cnf.jkt` says of a token that is bound to the key.
    const std::string& thumbprint() const { return thumbprint_; }

  private:
    friend class DpopProof;
    explicit SpentProof(std::string thumbprint) : thumbprint_{std::move(thumbprint)} {}
    std::string thumbprint_;
};

/// A right proof for this request, not used up yet. It gives nothing away before it is: `spend` it, or hand it to
/// Verifier::verify_with_proof together with the token. Only DpopVerifier::verify makes one.
class DpopProof {
  public:
    DpopProof(DpopProof&&) noexcept = default;
    DpopProof& operator=(DpopProof&&) noexcept = default;
    ~DpopProof() = default;

    /// Errors: dpop.replayed, dpop.store_full, dpop.expired.
    Result<SpentProof> spend(Instant now) &&;

  private:
    friend class DpopVerifier;
    friend class Confirming;
    DpopProof() = default;
    std::string thumbprint_;
    std::string use_;    // address and jti
    std::optional<crypto::Sha256> token_hash_;
    Instant until_;
    ReplayStore* store_ = nullptr;
};

/// Immutable; const use is safe from several threads. The store has to outlive it and the proofs that it makes.
class DpopVerifier {
  public:
    /// Errors: policy.invalid.
    static Result<DpopVerifier> make(DpopPolicy policy, ReplayStore& store);

    /// `proof` is the value of the one DPoP field of the request; a request with two of them is the caller's to refuse.
    /// Errors: those of the family dpop, one public face for all of them but dpop.use_nonce.
    Result<DpopProof> verify(std::string_view proof, const DpopRequest& request, Instant now) const;

  private:
    DpopVerifier(DpopPolicy policy, ReplayStore& store) : policy_{std::move(policy)}, store_{&store} {}
    DpopPolicy policy_;
    ReplayStore* store_;
};

}    // namespace countersign::jose

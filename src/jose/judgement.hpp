// The policy against the claims of a token whose signature is right. Internal to jose: Verifier::verify is the door.
#pragma once

#include "jose/confirmation.hpp"
#include "jose/policy.hpp"
#include "jose/verified_token.hpp"

namespace countersign::jose {

/// Whether the header is of the kind that the policy takes. Errors: token.typ_mismatch, token.nested.
Result<void> check_type(const Expect& type, std::optional<JsonStringView> typ, std::optional<JsonStringView> cty);

/// Media types compare without case, and a name without a slash stands for application/name (RFC 7515 §4.1.9).
bool is_media_type(std::string_view found, std::string_view wanted);

class Judgement {
  public:
    Judgement(const VerifyPolicy& policy, Confirming confirming, Instant now)
        : policy_{&policy},
          confirming_{confirming},
          now_{now.unix_seconds()} {}

    /// Reads the claims into the token. Errors: token.malformed, token.claims_malformed.
    Result<void> read(std::string_view payload, VerifiedToken& token) const;
    /// Errors: token.claim_missing, token.claim_type, token.iss_mismatch, token.iss_trailing_slash.
    Result<void> check_issuer(const VerifiedToken& token) const;
    /// Everything else. Only a token that passed is one.
    Result<void> pass(VerifiedToken& token, const Algorithm& algorithm) const;

  private:
    Result<void> check_required(const Claims& claims) const;
    Result<void> check_times(const Claims& claims, VerifiedToken& token) const;
    Result<void> check_audience(const Claims& claims) const;
    Result<void> take_identities(VerifiedToken& token) const;
    const VerifyPolicy* policy_;
    Confirming confirming_;
    std::int64_t now_;
};

}    // namespace countersign::jose

// Tokens for a session (DESIGN §8): what stands in them, for whom and how long.
#pragma once

#include "session/sessions.hpp"
#include "token/keys.hpp"
#include "token/reuse.hpp"

namespace countersign::token {

/// The user field that is `sub`: one that tells two users apart.
enum class Subject : std::uint8_t { id, email };

struct IssuerOptions {
    TokenProfile profile = TokenProfile::session_jwt;
    std::string issuer;
    std::vector<std::string> audiences;    // the first is the default; never empty
    Seconds life{0};
    std::vector<std::string> payload_fields;    // session_jwt: user fields put into the claims; empty: all
    std::vector<std::pair<std::string, json::Value>> constant_claims;
    Subject subject = Subject::id;    // session_jwt
};

class Issuer {
  public:
    Issuer(SigningKeys& keys, const Clock& clock, Random& random, IssuerOptions options)
        : keys_{&keys},
          clock_{&clock},
          random_{&random},
          options_{std::move(options)},
          reuse_{options_.life} {}

    /// A token for the session's user; the last one for the same session and audience while it is in the first half of
    /// its life, says the same and its key still signs. Absent: it takes more than `effort`. Errors:
    /// token.aud_mismatch for an audience that is not configured, and those of build() and open_key().
    Result<std::optional<std::string>> issue(const session::SignedIn& who, std::optional<std::string_view> audience,
                                             Effort effort);
    SigningKeys& keys() { return *keys_; }

  private:
    Result<UnsignedToken> session_claims(const session::SignedIn& who, Registered registered) const;
    Result<UnsignedToken> claims_for(const session::SignedIn& who, const std::string& audience, Instant at) const;
    TokenReuse::For what_decides(const session::SignedIn& who, const std::string& audience, const KeyId& key) const;

    SigningKeys* keys_;
    const Clock* clock_;
    Random* random_;
    IssuerOptions options_;
    TokenReuse reuse_;
};

}    // namespace countersign::token

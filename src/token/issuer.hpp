// The two token profiles (DESIGN §8): what stands in a token, for whom and how long.
#pragma once

#include "base/json.hpp"
#include "session/sessions.hpp"
#include "token/keys.hpp"
#include "token/reuse.hpp"

namespace countersign::token {

enum class TokenProfile : std::uint8_t {
    session_jwt,    // exactly Better Auth's /token: no typ, no jti, user fields
    access,         // at+jwt (RFC 9068): iss sub aud iat exp jti sid, no profile data
};

struct IssuerOptions {
    TokenProfile profile = TokenProfile::session_jwt;
    std::string issuer;
    std::vector<std::string> audiences;    // the first is the default; never empty
    Seconds life{0};
    std::vector<std::string> payload_fields;    // session_jwt: user fields put into the claims; empty: all
    std::vector<std::pair<std::string, json::Value>> constant_claims;
    std::string subject_field = "id";    // session_jwt: user field that is `sub`
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
    /// its life, says the same and its key still signs. Absent: there is no signing key yet, call ensure_current() and
    /// ask again. Errors: token.aud_mismatch for an audience that is not configured.
    Result<std::optional<std::string>> issue(const session::SignedIn& who, std::optional<std::string_view> audience);
    Result<void> ensure_key() { return keys_->ensure_current(); }
    SigningKeys& keys() { return *keys_; }

  private:
    std::string session_claims(const session::SignedIn& who, const std::string& audience, Instant at) const;
    std::string access_claims(const session::SignedIn& who, const std::string& audience, Instant at) const;
    TokenReuse::For what_decides(const session::SignedIn& who, const std::string& audience, const KeyId& key) const;

    SigningKeys* keys_;
    const Clock* clock_;
    Random* random_;
    IssuerOptions options_;
    TokenReuse reuse_;
};

}    // namespace countersign::token

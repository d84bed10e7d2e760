// What stands in a token. Both profiles (DESIGN §8) name everything that they need, so that a token without audience or
// end does not compile, and what no verifier may believe is never written.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/given.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::token {

enum class TokenProfile : std::uint8_t {
    session_jwt,    // exactly Better Auth's /token: no typ, no jti, user fields
    access,         // at+jwt (RFC 9068): iss sub aud iat exp jti sid, no profile data
};

struct ProfileRow {
    TokenProfile id;
    std::string_view name;
    std::string_view type;    // of the header (RFC 9068 §2.1); empty: none
    Seconds longest_life;     // TOK-19
};
inline constexpr std::array profiles{
    ProfileRow{TokenProfile::session_jwt, "session-jwt", "", Seconds{86'400}},
    ProfileRow{TokenProfile::access, "access", "at+jwt", Seconds{86'400}},
};
static_assert(profiles[0].id == TokenProfile::session_jwt && profiles[1].id == TokenProfile::access);
constexpr const ProfileRow& row_of(TokenProfile id) { return profiles[static_cast<std::size_t>(id)]; }

/// Claims that no configuration or user field may set.
inline constexpr std::array<std::string_view, 12> reserved_claims{"iss", "sub", "aud", "exp",       "nbf", "iat",
                                                                  "jti", "sid", "cnf", "client_id", "act", "may_act"};
bool is_reserved_claim(std::string_view name);

/// Checked claims of one profile. Only the functions below make one, and nothing else can be signed as a token.
class UnsignedToken {
  public:
    const std::string& claims() const { return claims_; }
    const ProfileRow& profile() const { return *profile_; }

  private:
    friend class ClaimsBuilder;
    UnsignedToken(const ProfileRow& profile, std::string claims) : profile_{&profile}, claims_{std::move(claims)} {}
    const ProfileRow* profile_;
    std::string claims_;
};

/// What every token says of itself.
struct Registered {
    Given<std::string> issuer;
    Given<std::string> subject;
    Given<std::string> audience;
    Given<Instant> issued;
    Given<Instant> expires;
};

struct AccessClaims {
    Given<Registered> registered;
    Given<std::string> id;
    Given<std::string> session;
};
struct SessionClaims {
    Given<Registered> registered;
    /// User fields and constants, in the order in which they are written. Of two with one name the later value stands
    /// at the place of the first, as in a JavaScript object.
    Given<json::Object> fields;
};

/// Errors: token.unissuable with the claim and what is wrong with it.
Result<UnsignedToken> build(const AccessClaims& claims);
Result<UnsignedToken> build(const SessionClaims& claims);

}    // namespace countersign::token

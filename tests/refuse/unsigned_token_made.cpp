// Nothing is signed as a token but what build() has checked.
#include "token/claims.hpp"

using namespace countersign;

#ifdef CONTROL
Result<token::UnsignedToken> made(const token::AccessClaims& claims) { return token::build(claims); }
#else
token::UnsignedToken made(std::string claims) {
    return token::UnsignedToken{token::profiles[0], std::move(claims)};
    // expected-error@-1 {{calling a private constructor of class 'countersign::token::UnsignedToken'}}
    // expected-note@* 0+ {{}}
}
#endif

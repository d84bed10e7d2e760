// A token of ours that is for nobody, or has no end, does not compile (TOK-21, TOK-22).
#include "token/claims.hpp"

using namespace countersign;

token::Registered claims(Instant now) {
#ifdef CONTROL
    return {.issuer = "https://id.test",
            .subject = "user-a",
            .audience = "https://api.test",
            .issued = now,
            .expires = now + Seconds{300}};
#else
    return {.issuer = "https://id.test",
            .subject = "user-a",
            // expected-error@+2 {{no matching constructor for initialization of}}
            .issued = now,
            .expires = now + Seconds{300}};
// expected-note@* 0+ {{}}
#endif
}

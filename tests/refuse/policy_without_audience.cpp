// A policy that says nothing about the audience does not compile: what is not checked has to be said, with its reason.
#include "jose/policy.hpp"

using namespace countersign::jose;

VerifyPolicy policy() {
#ifdef CONTROL
    return {.issuer = Expect::exactly("https://id.test"),
            .audience = Expect::ignored("introspection takes every audience"),
            .type = Expect::exactly("at+jwt"),
            .algorithms = Algorithms{Alg::es256}};
#else
    return {.issuer = Expect::exactly("https://id.test"),
            // expected-error@+2 {{no matching constructor for initialization of}}
            .type = Expect::exactly("at+jwt"),
            .algorithms = Algorithms{Alg::es256}};
// expected-note@* 0+ {{}}
#endif
}

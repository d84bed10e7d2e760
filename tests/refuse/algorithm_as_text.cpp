// An algorithm is a row, not a text: what a token says can never choose one.
#include "jose/key.hpp"

using namespace countersign;

Result<jose::Key> bind(const jose::Jwk& jwk) {
#ifdef CONTROL
    return jose::Key::bind(jwk, jose::Alg::es256);
#else
    return jose::Key::bind(jwk, "ES256");
    // expected-error@-1 {{cannot initialize}}
    // expected-note@* 0+ {{}}
#endif
}

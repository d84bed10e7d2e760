// Proof that a token was verified comes from Verifier::verify and from nowhere else.
#include "jose/verifier.hpp"

using namespace countersign;

#ifdef CONTROL
Result<jose::VerifiedToken> proof(const jose::Verifier& verifier, std::string_view token, Instant now) {
    return verifier.verify(token, now);
}
#else
jose::VerifiedToken proof(jose::Claims claims) {
    return jose::VerifiedToken{std::move(claims), jose::row_of(jose::Alg::es256)};
    // expected-error@-1 {{calling a private constructor of class 'countersign::jose::VerifiedToken'}}
    // expected-note@* 0+ {{}}
}
#endif

// Proof that a token was verified comes from Verifier::verify and from nowhere else.
#include "jose/verifier.hpp"

using namespace countersign;

#ifdef CONTROL
Result<jose::VerifiedToken> proof(const jose::Verifier& verifier, std::string_view token, Instant now) {
    return verifier.verify(token, now);
}
#else
jose::VerifiedToken proof() {
    return jose::VerifiedToken{jose::VerifiedToken::Maker{}};
    // expected-error@-1 {{calling a private constructor of class 'countersign::jose::VerifiedToken::Maker'}}
    // expected-note@* 0+ {{}}
}
#endif

// A proof comes from DpopVerifier::verify, and says whose key it is when it is used up and not before.
#include "jose/verifier.hpp"

using namespace countersign;

#ifdef CONTROL
Result<std::string> key_of(jose::DpopProof proof, Instant now) {
    CS_TRY(const jose::SpentProof spent, std::move(proof).spend(now));
    return spent.thumbprint();
}
#else
jose::DpopProof proof() {
    return jose::DpopProof{};
    // expected-error@-1 {{calling a private constructor of class 'countersign::jose::DpopProof'}}
    // expected-note@* 0+ {{}}
}
std::string key_of(const jose::DpopProof& proof) {
    return proof.thumbprint();    // expected-error {{no member named 'thumbprint'}}
}
jose::SpentProof spent(const jose::DpopProof& proof, Instant now) {
    return *proof.spend(now);    // expected-error {{not marked const}}
}
#endif

// A token that is bound to a key is accepted with a proof that was verified, never with a text that claims to be one.
#include "jose/verifier.hpp"

using namespace countersign;

Result<jose::VerifiedToken> accept(const jose::Verifier& verifier, std::string_view token, jose::DpopProof proof,
                                   std::string_view text, Instant now) {
#ifdef CONTROL
    static_cast<void>(text);
    return verifier.verify_with_proof(token, std::move(proof), now);
#else
    static_cast<void>(proof);
    return verifier.verify_with_proof(token, text, now);    // expected-error {{no viable conversion}}
    // expected-note@* 0+ {{}}
#endif
}

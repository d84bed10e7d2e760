// Ed25519Key::from_jwk: a key that is taken signs, and is the same after it was written.
#include "crypto/ed25519.hpp"
#include "crypto/password.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    [[maybe_unused]] static const bool started = crypto::start().ok();
    const auto key = crypto::Ed25519Key::from_jwk(input);
    if (!key.ok()) return;
    const auto message = bytes_of("message");
    const auto valid = crypto::verify_ed25519(key->public_key(), message, key->sign(message));
    fuzz::equal("signs", valid == crypto::SignatureCheck::match, true);
    const auto again = crypto::Ed25519Key::from_jwk(key->private_jwk().reveal_text());
    fuzz::equal("written and read", again.ok() && again->public_key() == key->public_key(), true);
}

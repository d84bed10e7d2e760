// symmetric_decrypt: only what was sealed with one of the secrets opens.
#include "crypto/password.hpp"
#include "crypto/symmetric.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    [[maybe_unused]] static const bool started = crypto::start().ok();
    static const crypto::Keyring keys = [] {
        crypto::Keyring made{Secret::from_text("a legacy secret for the fuzzing of envelopes")};
        made.add_version(2, Secret::from_text("the secret of version two, for envelopes"));
        return made;
    }();
    static SystemRandom random;
    fuzz::equal("nobody sealed this", crypto::symmetric_decrypt(keys, input).ok(), false);
    const auto sealed = crypto::symmetric_encrypt(keys, input, random);
    fuzz::equal("seals", sealed.ok(), true);
    const auto opened = crypto::symmetric_decrypt(keys, *sealed);
    fuzz::equal("opens", opened.ok() && opened->reveal_text() == input, true);
}

// Jwk::parse, Jwk::parse_encoded, PublicKey::parse, PublicKey::parse_certificate, PrivateKey::parse, KeySet::parse: a
// key that is taken is the same key after it was written.
#include "fuzz.hpp"
#include "jose/key.hpp"

using namespace countersign;
using namespace countersign::jose;

CS_FUZZ(input) {
    const Algorithms all{Alg::rs256, Alg::ps256,  Alg::es256,         Alg::es384,
                         Alg::es512, Alg::es256k, Alg::eddsa_ed25519, Alg::eddsa_ed448};
    if (const auto key = Jwk::parse(input); key.ok()) {
        const auto secret = key->write_private();
        const auto half = key->write_public();
        fuzz::equal("one of the two can be written", secret.ok() || half.ok(), true);
        const auto again = secret.ok() ? Jwk::parse(secret->reveal_text()) : Jwk::parse(*half);
        fuzz::equal("written and read", again.ok() && again->thumbprint() == key->thumbprint(), true);
    }
    if (const auto key = Jwk::parse_encoded(bytes_of(input));
        key.ok() && std::holds_alternative<crypto::PublicKey>(key->material)) {
        const auto der = std::get<crypto::PublicKey>(key->material).write(crypto::Encoding::der);
        const auto again = crypto::PublicKey::parse(der);
        fuzz::equal("written and read", again.ok() && again->write(crypto::Encoding::der) == der, true);
    }
    if (const auto set = KeySet::parse(input, all, OpenKeys::one_for_each_algorithm); set.ok()) {
        fuzz::equal("a set has keys", set->keys().empty(), false);
    }
    static_cast<void>(KeySet::parse(input, Algorithms{Alg::hs256}));
}

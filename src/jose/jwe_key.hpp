// Keys that are bound to one way of encrypting. Whoever holds one need not ask what it may do, and none of them signs
// or verifies anything.
#pragma once

#include <string>
#include <variant>

#include "jose/jwe_algorithms.hpp"
#include "jose/jwk.hpp"

namespace countersign::jose {

/// `dir` is for one encryption too: the key is as long as that one's.
struct Encryption {
    KeyAlg alg;
    Enc enc;
};

/// Encrypts to the holder of the other half, or of the same secret.
class EncryptionKey {
  public:
    /// Errors: key.unsupported (type, curve or length), jwks.key_use_mismatch.
    static Result<EncryptionKey> bind(const Jwk& jwk, Encryption with);

    const KeyAlgorithm& algorithm() const { return row_of(with_.alg); }
    Enc encryption() const { return with_.enc; }
    const std::string& kid() const { return kid_; }
    const Secret* secret() const { return std::get_if<Secret>(&material_); }
    const crypto::PublicKey* half() const { return std::get_if<crypto::PublicKey>(&material_); }

  private:
    using Material = std::variant<Secret, crypto::PublicKey>;
    EncryptionKey(Encryption with, std::string kid, Material material)
        : with_{with},
          kid_{std::move(kid)},
          material_{std::move(material)} {}
    Encryption with_;
    std::string kid_;
    Material material_;
};

class DecryptionKey {
  public:
    /// Errors: as above; key.unsupported for a public key.
    static Result<DecryptionKey> bind(const Jwk& jwk, Encryption with);

    const KeyAlgorithm& algorithm() const { return row_of(with_.alg); }
    Enc encryption() const { return with_.enc; }
    const std::string& kid() const { return kid_; }
    const Secret* secret() const { return std::get_if<Secret>(&material_); }
    const crypto::PrivateKey* pair() const { return std::get_if<crypto::PrivateKey>(&material_); }

  private:
    using Material = std::variant<Secret, crypto::PrivateKey>;
    DecryptionKey(Encryption with, std::string kid, Material material)
        : with_{with},
          kid_{std::move(kid)},
          material_{std::move(material)} {}
    Encryption with_;
    std::string kid_;
    Material material_;
};

}    // namespace countersign::jose

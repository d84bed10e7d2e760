// Better Auth's symmetricEncrypt: XChaCha20-Poly1305 under SHA-256(secret), hex of nonce, ciphertext and tag, and the
// versioned envelope `$ba$<version>$<hex>`.
#pragma once

#include <optional>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace countersign::crypto {

/// The application secrets: the first versioned one seals; every one opens; the legacy one opens bare texts (KEY-10).
class Keyring {
  public:
    /// Without versions `secret` seals, and its texts are bare.
    explicit Keyring(Secret secret) : legacy_{std::move(secret)} {}
    /// Newest first.
    void add_version(std::uint32_t version, Secret secret) { versions_.emplace_back(version, std::move(secret)); }

    /// What signs cookies and MACs: the current secret.
    const Secret& current() const { return versions_.empty() ? legacy_ : versions_.front().second; }
    std::optional<std::uint32_t> current_version() const;
    const Secret* find(std::uint32_t version) const;
    /// Of one of all(); absent for the secret without a version.
    std::optional<std::uint32_t> version_of(const Secret& secret) const;
    /// Every secret once, the current one first.
    std::vector<const Secret*> all() const;
    /// Keys of our own for one purpose, one from each secret.
    Keyring for_purpose(std::string_view purpose) const;
    const Secret& legacy() const { return legacy_; }

  private:
    Secret legacy_;
    std::vector<std::pair<std::uint32_t, Secret>> versions_;
};

Result<std::string> symmetric_encrypt(const Keyring& keys, std::string_view text, Random& random);
/// A text without version is the plain secret's alone (WIRE §2). Errors: secret.unusable.
Result<Secret> symmetric_decrypt(const Keyring& keys, std::string_view sealed);

}    // namespace countersign::crypto

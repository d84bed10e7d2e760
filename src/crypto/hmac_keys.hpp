// The MAC keys of an application whose secret is being changed (KEY-10): the current one makes, every listed one
// verifies.
#pragma once

#include "crypto/digest.hpp"
#include "crypto/symmetric.hpp"

namespace countersign::crypto {

class HmacKeys {
  public:
    /// One of every listed secret.
    static HmacKeys of(const Keyring& secrets);
    /// The same for one purpose of our own, so that no two uses share a key.
    static HmacKeys of(const Keyring& secrets, std::string_view purpose);
    /// A single one.
    HmacKeys(HmacKey only) {
        keys_.push_back(std::move(only));
    }    // NOLINT(google-explicit-constructor): one is a list

    const HmacKey& current() const { return keys_.front(); }
    std::span<const HmacKey> all() const { return keys_; }
    /// Constant time for each key.
    HmacKey::Check verify(std::span<const std::byte> data, std::span<const std::byte> mac) const;

  private:
    HmacKeys() = default;
    std::vector<HmacKey> keys_;
};

}    // namespace countersign::crypto

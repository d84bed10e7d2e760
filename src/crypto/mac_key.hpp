// HMAC with SHA-256, SHA-384 or SHA-512 (RFC 2104) whose key is scheduled once. Const use is safe from several threads
// and never allocates.
#pragma once

#include <memory>
#include <span>

#include "base/secret.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/signature_types.hpp"

namespace countersign::crypto {

class MacKey {
  public:
    MacKey(Hash hash, std::span<const std::byte> key);
    MacKey(MacKey&&) noexcept;
    MacKey& operator=(MacKey&&) noexcept;
    ~MacKey();

    Hash hash() const;
    struct Mac {
        std::array<std::byte, max_digest_size> bytes;
        std::size_t size;
        std::span<const std::byte> span() const { return std::span{bytes}.first(size); }
    };
    Mac mac(std::span<const std::byte> data) const;
    /// Constant time; a mac of another length never matches (no truncation).
    SignatureCheck verify(std::span<const std::byte> data, std::span<const std::byte> mac) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}    // namespace countersign::crypto

// SHA-256, HMAC-SHA-256 and HKDF on OpenSSL's EVP. Algorithms are fetched once per thread and contexts kept: a fetch
// costs more than the digest itself.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace countersign::crypto {

inline constexpr std::size_t sha256_size = 32;
using Sha256 = std::array<std::byte, sha256_size>;

Sha256 sha256(std::span<const std::byte> data);

/// base64url(SHA-256(text)) without padding: Better Auth's form of everything that is stored hashed.
std::string token_hash(std::string_view text);

/// An HMAC-SHA-256 key whose keyed state is kept per thread. Const use is safe from several threads.
class HmacKey {
  public:
    explicit HmacKey(std::span<const std::byte> key);
    HmacKey(HmacKey&&) noexcept;
    HmacKey& operator=(HmacKey&&) noexcept;
    ~HmacKey();

    Sha256 mac(std::span<const std::byte> data) const;
    /// Constant time.
    enum class Check : std::uint8_t { match, mismatch };
    Check verify(std::span<const std::byte> data, std::span<const std::byte> mac) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// RFC 5869 with SHA-256; `length` at most 255 * 32.
Secret hkdf_sha256(const Secret& key_material, std::string_view salt, std::string_view info, std::size_t length);

/// A key of our own for one purpose, so that no two uses share one (DESIGN rule 2).
Secret purpose_key(const Secret& application_secret, std::string_view purpose);

/// First 8 hex digits of an HMAC: what a log may carry of a secret value.
std::string fingerprint(const HmacKey& installation_key, std::string_view value);

}    // namespace countersign::crypto

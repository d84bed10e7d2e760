// How one key is carried under another: AES key wrap, RSA-OAEP, and keys made from a password.
#pragma once

#include <optional>

#include "crypto/asymmetric.hpp"

namespace countersign::crypto {

/// RFC 3394. `by` has 16, 24 or 32 bytes; `key` a multiple of 8, at least 16.
Bytes wrap_key(const Secret& by, const Secret& key);
/// Absent for a wrong length or check value.
std::optional<Secret> unwrap_key(const Secret& by, std::span<const std::byte> wrapped);

/// The hash of OAEP and of its MGF1 (RFC 8017 §7.1). SHA-1 is sound here, and nowhere else in this code.
enum class OaepHash : std::uint8_t { sha1, sha256 };
/// Errors: key.unsupported for what is no RSA key or a message too long for it.
Result<Bytes> oaep_encrypt(const PublicKey& key, OaepHash hash, std::span<const std::byte> message);
/// Absent for anything wrong, without a difference (RFC 8017 §7.1.2, note).
std::optional<Secret> oaep_decrypt(const PrivateKey& key, OaepHash hash, std::span<const std::byte> ciphertext);

/// PBKDF2 with HMAC (RFC 8018 §5.2). Whoever takes `rounds` from outside bounds it first.
Secret password_key(Hash hash, const Secret& password, std::span<const std::byte> salt, std::uint32_t rounds,
                    std::size_t length);

}    // namespace countersign::crypto

// Authenticated encryption of content: AES-GCM, and AES-CBC with HMAC (RFC 7518 §5.2, §5.3).
#pragma once

#include <optional>

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/signature_types.hpp"

namespace countersign::crypto {

enum class ContentCipher : std::uint8_t { a128gcm, a192gcm, a256gcm, a128cbc_hs256, a192cbc_hs384, a256cbc_hs512 };

struct ContentCipherRow {
    ContentCipher id;
    const char* cipher;    // OpenSSL's name
    Hash mac;              // none: the cipher authenticates by itself
    std::size_t key_size;
    std::size_t iv_size;
    std::size_t tag_size;
};

inline constexpr std::array content_ciphers{
    ContentCipherRow{ContentCipher::a128gcm, "AES-128-GCM", Hash::none, 16, 12, 16},
    ContentCipherRow{ContentCipher::a192gcm, "AES-192-GCM", Hash::none, 24, 12, 16},
    ContentCipherRow{ContentCipher::a256gcm, "AES-256-GCM", Hash::none, 32, 12, 16},
    ContentCipherRow{ContentCipher::a128cbc_hs256, "AES-128-CBC", Hash::sha256, 32, 16, 16},
    ContentCipherRow{ContentCipher::a192cbc_hs384, "AES-192-CBC", Hash::sha384, 48, 16, 24},
    ContentCipherRow{ContentCipher::a256cbc_hs512, "AES-256-CBC", Hash::sha512, 64, 16, 32},
};
constexpr const ContentCipherRow& row_of(ContentCipher id) { return content_ciphers[static_cast<std::size_t>(id)]; }

struct Sealed {
    Bytes iv, ciphertext, tag;
};
/// `key` is exactly as long as the row says. The iv is fresh from `random`.
Sealed seal(ContentCipher cipher, const Secret& key, std::span<const std::byte> text, std::span<const std::byte> aad,
            Random& random);

struct SealedView {
    std::span<const std::byte> iv, ciphertext, tag;
};
/// Absent for anything that `seal` did not make under this key: lengths, tag and padding are one answer. The tag is
/// compared first and in constant time, so that nothing is decrypted without it (RFC 7518 §5.2.2.2).
std::optional<Secret> open(ContentCipher cipher, const Secret& key, const SealedView& sealed,
                           std::span<const std::byte> aad);

}    // namespace countersign::crypto

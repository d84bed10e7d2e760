// What password hashes of other systems are made with, each from a library: PBKDF2 and digests of OpenSSL, scrypt of
// libsodium, Argon2 of libargon2, crypt(3) of libxcrypt. Nothing here bounds the work: whoever takes a cost from
// outside bounds it first.
#pragma once

#include <optional>

#include "base/encoding.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace countersign::crypto {

/// MD5 and SHA-1 only check what somebody else stored.
enum class PasswordDigest : std::uint8_t { md5, sha1, sha256, sha384, sha512 };
std::size_t digest_size(PasswordDigest digest);

/// The digest of the parts, one behind the other.
Secret digest_of_parts(PasswordDigest digest, std::initializer_list<std::span<const std::byte>> parts);
Secret hmac(PasswordDigest digest, std::span<const std::byte> key, std::span<const std::byte> text);

/// RFC 8018 §5.2; `rounds` is not 0.
Secret pbkdf2(PasswordDigest digest, std::span<const std::byte> password, std::span<const std::byte> salt,
              std::uint32_t rounds, std::size_t length);

/// RFC 7914. Errors: crypto.failed (no memory, or a cost that is none).
struct ScryptCost {
    std::uint64_t n;
    std::uint32_t r, p;
};
Result<Secret> scrypt(const ScryptCost& cost, std::span<const std::byte> password, std::span<const std::byte> salt,
                      std::size_t length);

/// RFC 9106. Errors: crypto.failed (no memory, or a cost that is none).
enum class Argon2Type : std::uint8_t { d, i, id };
struct Argon2Cost {
    Argon2Type type;
    std::uint32_t version;    // 16 or 19
    std::uint32_t memory_kib, passes, lanes;
};
struct Argon2Input {
    std::span<const std::byte> password, salt, secret, data;
};
Result<Secret> argon2(const Argon2Cost& cost, const Argon2Input& input, std::size_t length);

/// 2^rounds_log2 times MD5, as phpass does; 16 bytes.
Secret iterated_md5(unsigned rounds_log2, std::string_view salt, std::span<const std::byte> password);

/// AES-256 in counter mode from a counter of 0. `key` has 32 bytes.
Bytes aes256_ctr(const Secret& key, std::span<const std::byte> text);

/// crypt(3): what `setting` makes of the password up to its first NUL. Absent for a setting that the library refuses.
std::optional<std::string> unix_crypt(const Secret& password, const std::string& setting);

}    // namespace countersign::crypto

// Keys between their parts, OpenSSL's handle, and PEM or DER. Internal to crypto.
#pragma once

#include <optional>

#include "crypto/asymmetric.hpp"
#include "crypto/openssl.hpp"

namespace countersign::crypto {

/// The handles within keys, for the other files of this folder.
struct KeyHandle {
    static EVP_PKEY* of(const PublicKey& key);
    static EVP_PKEY* of(const PrivateKey& key);
};

/// Null if OpenSSL does not take the parts (a point off its curve, numbers out of range).
PkeyPtr build_pkey(const PublicParts& parts, const PrivateParts* secrets);

/// A point of X25519 or X448 whose order divides the cofactor makes every agreement end in zero (RFC 7748 §6).
/// Errors: key.weak.
Result<void> check_order(Curve curve, EVP_PKEY* key);
/// Null if the two do not agree: other curves, or a result of zeros.
std::optional<Secret> derive(EVP_PKEY* own, EVP_PKEY* peer);

enum class Half : std::uint8_t { public_, private_ };
/// Null if the text is no key of this half, or has anything behind it.
PkeyPtr decode_pkey(std::span<const std::byte> text, Half half);
PkeyPtr decode_certificate_key(std::span<const std::byte> text);

/// Errors: key.unsupported for kinds and curves that have no row.
Result<PublicParts> public_parts(const EVP_PKEY* key);
Result<PrivateParts> private_parts(const EVP_PKEY* key, const PublicParts& parts);

/// Empty if this key has no such structure ("SubjectPublicKeyInfo", "PrivateKeyInfo", "type-specific").
Secret encode_pkey(const EVP_PKEY* key, Half half, Encoding encoding, const char* structure);

}    // namespace countersign::crypto

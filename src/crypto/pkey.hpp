// Keys between their parts, OpenSSL's handle, and PEM or DER. Internal to crypto.
#pragma once

#include "crypto/asymmetric.hpp"
#include "crypto/openssl.hpp"

namespace countersign::crypto {

/// Null if OpenSSL does not take the parts (a point off its curve, numbers out of range).
PkeyPtr build_pkey(const PublicParts& parts, const PrivateParts* secrets);

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

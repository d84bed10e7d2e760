// What is known to be wrong with a public key, by looking at its numbers.
#pragma once

#include "base/result.hpp"
#include "crypto/asymmetric.hpp"

namespace countersign::crypto {

/// RSA: size, exponent, parity, the ROCA fingerprint. EC: length (the curve itself is checked when OpenSSL loads the
/// point). OKP: length, canonical form, on the curve, not of small order (TOK-05, TOK-25).
Result<void> check_public(const PublicParts& parts);

/// Bits of a big-endian number.
std::size_t bit_length(std::span<const std::byte> number);

}    // namespace countersign::crypto

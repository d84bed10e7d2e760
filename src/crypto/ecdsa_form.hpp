// The two forms of an ECDSA signature: r||s of fixed length (RFC 7518 §3.4) and DER (RFC 3279 §2.2.3), which OpenSSL
// wants. Lengths come from the curve, never from the input.
#pragma once

#include <optional>
#include <span>

#include "base/encoding.hpp"
#include "crypto/signature_types.hpp"

namespace countersign::crypto {

inline constexpr std::size_t max_ecdsa_der = 144;
struct EcdsaDer {
    std::array<std::byte, max_ecdsa_der> bytes;
    std::size_t size = 0;
};

/// Absent unless `raw` is exactly 2n bytes with 1 <= r, s < order (TOK-24).
std::optional<EcdsaDer> to_der(Curve curve, std::span<const std::byte> raw);
/// Absent if `der` is not the DER of two numbers that fit the curve.
std::optional<Bytes> to_raw(Curve curve, std::span<const std::byte> der);

}    // namespace countersign::crypto

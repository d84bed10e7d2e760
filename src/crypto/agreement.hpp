// Key agreement on the NIST curves, X25519 and X448, and the derivation that JOSE puts behind it (RFC 7518 §4.6).
#pragma once

#include "crypto/asymmetric.hpp"

namespace countersign::crypto {

/// The shared secret, as long as a coordinate. Both keys were checked when they were made. Errors: key.unsupported
/// (another curve, or one that is not for agreement), key.weak (a result of zeros, TOK-29).
Result<Secret> agree(const PrivateKey& own, const PublicKey& peer);

/// What is hashed beside the shared secret.
struct DerivationInfo {
    std::string_view algorithm;
    std::span<const std::byte> party_u, party_v;
};
/// Concat KDF with SHA-256 (NIST SP 800-56A §5.8.1).
Secret concat_kdf(const Secret& shared, const DerivationInfo& info, std::size_t length);

}    // namespace countersign::crypto

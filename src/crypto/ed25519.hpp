// Ed25519 signing keys through libsodium, in the JWK text that Better Auth stores (RFC 8037 §2).
#pragma once

#include <array>

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace countersign::crypto {

using Ed25519Public = std::array<std::byte, 32>;
using Ed25519Signature = std::array<std::byte, 64>;

class Ed25519Key {
  public:
    static Ed25519Key generate(Random& random);
    /// From `{"crv":"Ed25519","d":...,"x":...,"kty":"OKP"}`, members in any order. The public half is derived from `d`
    /// and must agree with `x`. Errors: secret.unusable.
    static Result<Ed25519Key> from_jwk(std::string_view private_jwk);

    Ed25519Signature sign(std::span<const std::byte> message) const;
    const Ed25519Public& public_key() const { return public_; }
    std::string public_jwk() const;
    Secret private_jwk() const;

  private:
    explicit Ed25519Key(const Secret& seed);
    Secret secret_;    // libsodium's 64 bytes: seed, then public key
    Ed25519Public public_{};
};

enum class SignatureCheck : std::uint8_t { match, mismatch };
/// Strict: S below the group order, no small-order keys (TOK-25).
SignatureCheck verify_ed25519(const Ed25519Public& key, std::span<const std::byte> message,
                              const Ed25519Signature& signature);

}    // namespace countersign::crypto

// JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2): read, checked, written, generated. What a key may do is decided
// when it is bound to an algorithm (jose/key.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/asymmetric.hpp"
#include "jose/algorithms.hpp"

namespace countersign::jose {

/// The bytes of an `oct` key, and of nothing else (TOK-04).
struct MacSecret {
    Secret bytes;
};

struct Jwk {
    std::string kid;                        // empty: none
    std::string alg;                        // as written; may name what is no signature algorithm
    std::string use;                        // empty: none
    std::vector<std::string> operations;    // key_ops
    std::variant<MacSecret, crypto::PublicKey, crypto::PrivateKey> material;

    /// Strict: every member of the type, canonical base64url, checked numbers. Errors: key.malformed, key.unsupported,
    /// key.weak, key.secret_looks_public, secret.default_value.
    static Result<Jwk> parse(std::string_view text);
    static Result<Jwk> read(const json::Value& value);
    /// PEM or DER of a public key, private key or certificate; whichever it is.
    static Result<Jwk> parse_encoded(std::span<const std::byte> text);
    /// A new key for this algorithm, with its thumbprint as kid.
    static Result<Jwk> generate(Alg alg, Random& random, std::size_t rsa_bits = crypto::min_rsa_bits);

    Kty kty() const;
    crypto::Curve curve() const;
    /// Base64url of SHA-256 over the required members in order (RFC 7638 §3).
    std::string thumbprint() const;
    /// Errors: key.unsupported for `oct`, which has no public half.
    Result<std::string> write_public() const;
    /// Errors: key.unsupported for a public key.
    Result<Secret> write_private() const;
};

inline constexpr std::size_t max_kid_length = 256;          // TOK-07
inline constexpr std::size_t max_keys = 100;                // KEY-03
inline constexpr std::size_t max_key_set_size = 1 << 20;    // bytes; KEY-03

}    // namespace countersign::jose

// Keys that are bound to one algorithm, and sets of them (TOK-03). Whoever holds a Key need not ask what it may do.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crypto/mac_key.hpp"
#include "jose/jwk.hpp"

namespace countersign::jose {

using crypto::SignatureCheck;

/// Verifies under one algorithm. Made by `bind` only, so every check has been done.
class Key {
  public:
    /// Errors: key.unsupported, key.weak, secret.too_short, jwks.key_use_mismatch.
    static Result<Key> bind(const Jwk& jwk, Alg alg);

    const Algorithm& algorithm() const { return *row_; }
    const std::string& kid() const { return kid_; }
    std::size_t signature_size() const { return signature_size_; }
    SignatureCheck verify(std::span<const std::byte> message, std::span<const std::byte> signature) const;

  private:
    using Material = std::variant<crypto::MacKey, crypto::PublicKey>;
    Key(const Algorithm& row, std::string kid, Material material);
    const Algorithm* row_;
    std::string kid_;
    Material material_;
    std::size_t signature_size_;
};

/// Signs under one algorithm.
class SigningKey {
  public:
    /// Errors: as Key::bind, and key.unsupported for a public key.
    static Result<SigningKey> bind(const Jwk& jwk, Alg alg);

    const Algorithm& algorithm() const { return *row_; }
    const std::string& kid() const { return kid_; }
    Result<Bytes> sign(std::span<const std::byte> message) const;

  private:
    using Material = std::variant<crypto::MacKey, crypto::PrivateKey>;
    SigningKey(const Algorithm& row, std::string kid, Material material);
    const Algorithm* row_;
    std::string kid_;
    Material material_;
};

/// A key without `alg` that fits several permitted algorithms: refused, or bound to each of them on its own because the
/// operator asked for it.
enum class OpenKeys : std::uint8_t { refused, one_for_each_algorithm };

/// An entry of a set that is not used, and why (RFC 7517 §5: what cannot be used is passed over).
struct PassedOver {
    std::size_t index;
    AuthError reason;
};

class KeySet {
  public:
    /// A JWK set, or a single JWK. Errors: key.malformed; key.kid_duplicate; key.private_in_public_set (secrets beside
    /// public keys, or private halves); key.alg_ambiguous; the reason of a single unusable key; key.set_unusable.
    static Result<KeySet> parse(std::string_view text, Algorithms permitted, OpenKeys open = OpenKeys::refused);
    static Result<KeySet> read(const json::Value& value, Algorithms permitted, OpenKeys open = OpenKeys::refused);
    static KeySet of(std::vector<Key> keys);

    std::span<const Key> keys() const { return keys_; }
    std::span<const PassedOver> passed_over() const { return passed_over_; }
    /// The one key that a header may mean. Errors: token.alg_none, token.alg_unknown, token.alg_mismatch,
    /// token.kid_unknown, token.key_ambiguous (TOK-09).
    Result<const Key*> select(std::string_view alg, std::optional<std::string_view> kid) const;

  private:
    Result<void> add(const Jwk& jwk, std::size_t index, Algorithms permitted, OpenKeys open);
    std::vector<Key> keys_;
    std::vector<PassedOver> passed_over_;
};

}    // namespace countersign::jose

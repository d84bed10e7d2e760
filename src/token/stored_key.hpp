// One signing key as it stands in Better Auth's `jwks` table: its columns, its private half sealed, and back again.
#pragma once

#include <optional>

#include "base/id.hpp"
#include "crypto/symmetric.hpp"
#include "jose/key.hpp"
#include "storage/table.hpp"

namespace countersign::token {

struct StoredKey {
    KeyId id;
    std::string public_jwk;    // JSON text
    std::string sealed_private;
    Instant created_at;
    std::optional<Instant> expires_at;
    std::string algorithm;
    std::string curve;
    std::optional<jose::Alg> alg;    // absent: none that we can sign with
};

/// Errors: storage.corrupt. A row without algorithm is of the one that is configured, as Better Auth reads it.
Result<StoredKey> key_from_row(const storage::Row& row, jose::Alg configured);
storage::Row row_from_key(const StoredKey& key);

enum class AtRest : std::uint8_t { sealed, plain };

/// A new key; its id and dates are the caller's. Slow for RSA.
Result<StoredKey> generate_key(jose::Alg alg, std::size_t rsa_bits, AtRest at_rest, const crypto::Keyring& secrets,
                               Random& random);

/// The private half, for signing. Errors: secret.unusable if it was sealed with another secret or was changed,
/// storage.corrupt if it is no key, or not the one that the row shows.
Result<jose::SigningKey> open_key(const StoredKey& key, const crypto::Keyring& secrets);

/// Its public half. Errors: storage.corrupt.
Result<jose::Jwk> public_half(const StoredKey& key);

/// The members that a key set may show, whatever else the stored text holds (KEY-12). Errors: storage.corrupt.
Result<void> write_public_key(json::Writer& out, const StoredKey& key);

/// Whether one signature costs less than 50 us, so that a loop may make it (DESIGN D3).
bool signs_quickly(jose::Alg alg);

}    // namespace countersign::token

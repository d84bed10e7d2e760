// Signing keys in Better Auth's `jwks` table: made on first use, sealed at rest, published by their public half.
#pragma once

#include <mutex>

#include "base/random.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/symmetric.hpp"
#include "storage/storage.hpp"

namespace countersign::token {

struct KeyOptions {
    Seconds rotation_interval{0};    // 0: never
    Seconds grace_period{0};         // how long an expired key stays published
};

/// One row of the table; the private half stays sealed until it signs.
struct StoredKey {
    KeyId id;
    std::string public_jwk;    // JSON text
    std::string sealed_private;
    Instant created_at;
    std::optional<Instant> expires_at;
    std::string algorithm;
    std::string curve;
};

class SigningKeys {
  public:
    SigningKeys(storage::Storage& storage, const crypto::Keyring& secrets, const Clock& clock, Random& random,
                KeyOptions options)
        : storage_{&storage},
          secrets_{&secrets},
          clock_{&clock},
          random_{&random},
          options_{options} {}

    /// `{"keys":[...]}` (RFC 7517 §5): public members only (KEY-12). Absent while there is no key at all.
    Result<std::optional<std::string>> published();
    /// Makes the first key, or the next one when the newest has expired. Writes: not for the inline lane.
    Result<void> ensure_current();
    /// The newest unexpired key: the one that signs. Absent if there is none.
    Result<std::optional<StoredKey>> find_current();
    /// Compact JWS (RFC 7515 §7.1) over `claims`. Errors: secret.unusable if the private half was sealed with another
    /// secret, storage.corrupt if it is no key at all.
    Result<std::string> sign(const StoredKey& key, std::string_view claims, std::string_view type);

  private:
    Result<std::vector<StoredKey>> load(storage::Rows& rows) const;
    Result<void> create(storage::Tx& tx);
    const StoredKey* current(const std::vector<StoredKey>& keys) const;
    Result<const crypto::Ed25519Key*> open(const StoredKey& key);

    storage::Storage* storage_;
    const crypto::Keyring* secrets_;
    const Clock* clock_;
    Random* random_;
    KeyOptions options_;
    // Opened private keys, by id. A key's bytes never change, so an entry is never wrong; held for the process's life.
    std::mutex opened_lock_;
    std::vector<std::pair<KeyId, std::unique_ptr<crypto::Ed25519Key>>> opened_;
};

}    // namespace countersign::token

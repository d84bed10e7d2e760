// Signing keys in Better Auth's `jwks` table: made when they are due, sealed at rest, published by their public half.
#pragma once

#include <mutex>

#include "base/log.hpp"
#include "base/random.hpp"
#include "events/journal.hpp"
#include "storage/storage.hpp"
#include "token/claims.hpp"
#include "token/opened_keys.hpp"
#include "token/rotation.hpp"

namespace countersign::token {

/// What the caller's thread may do. Point reads and quick signatures are for loops; writes and slow ones are not.
enum class Effort : std::uint8_t { small, any };

class SigningKeys {
  public:
    SigningKeys(storage::Storage& storage, const crypto::Keyring& secrets, const Clock& clock, Random& random,
                Logger& log, KeyOptions options)
        : storage_{&storage},
          secrets_{&secrets},
          clock_{&clock},
          random_{&random},
          log_{&log},
          options_{options} {}

    /// Keys that are made and retired are security events from here on.
    void record_in(events::Journal& journal) { journal_ = &journal; }

    /// Every key, with its state. Errors: storage.
    Result<KeyRing> look() const;

    /// `{"keys":[...]}` (RFC 7517 §5): public members only (KEY-12). With Effort::any a key that is due is made before.
    /// Absent: that takes more than `effort`.
    Result<std::optional<std::string>> published(Effort effort);
    /// The key that signs now, else as above.
    Result<std::optional<StoredKey>> signer(Effort effort);
    /// Whether sign() is for loops: the key is open, and its algorithm quick.
    bool is_quick(const StoredKey& key) { return key.alg && signs_quickly(*key.alg) && opened_.find(key.id); }
    /// Compact JWS (RFC 7515 §7.1). Errors: as open_key.
    Result<std::string> sign(const StoredKey& key, const UnsignedToken& token);

    struct Rotation {
        StoredKey key;
        Instant takeover;
        enum class Made : std::uint8_t { now, before } made;    // before: one waited for its takeover already
    };
    /// Makes the next key before it is due. Errors: secret.unusable if the present one cannot be opened, because then
    /// whoever signs could not open the next one either.
    Result<Rotation> rotate(Takeover when);
    /// Takes a key out of the table, and so out of the key set, at once: its tokens are refused from now on (KEY-08).
    /// Absent: there is no such key.
    Result<std::optional<StoredKey>> retire(const KeyId& id);

  private:
    enum class Why : std::uint8_t { due, asked };
    struct Plan {
        Why why;
        Takeover when;
    };
    events::Event event_of(events::Kind kind, const StoredKey& key) const;
    Result<KeyRing> load(storage::Rows& rows) const;
    Result<KeyRing> keep_up(KeyRing ring);
    static bool is_needless(const KeyRing& ring, Plan plan);
    Result<void> make_next(Plan plan);
    Result<void> make_and_put(Plan plan);
    Result<std::optional<Instant>> put(storage::Tx& tx, StoredKey& key, Plan plan) const;

    storage::Storage* storage_;
    const crypto::Keyring* secrets_;
    const Clock* clock_;
    Random* random_;
    Logger* log_;
    events::Journal* journal_ = nullptr;
    KeyOptions options_;
    OpenedKeys opened_;
    std::mutex making_;    // one thread makes a key, the others wait for it
    std::optional<Instant> failed_;
};

}    // namespace countersign::token

// Which key signs, which ones are shown, and when the next one is made: derived from the columns alone, so that every
// process that reads the table (another server, Better Auth beside us) comes to a usable answer (KEY-06).
//
// A key signs from `createdAt + publish_ahead`, when every cached key set has it, until a newer one does. It stays
// published until `expiresAt + grace_period`. If nobody asked for keys in the meantime there is no cached set that
// lacks the next key, and it signs at once.
#pragma once

#include <span>
#include <vector>

#include "base/random.hpp"
#include "token/stored_key.hpp"

namespace countersign::token {

/// What happens to keys of another algorithm than the configured one. Better Auth goes on with them.
enum class OtherAlgorithms : std::uint8_t { replaced, kept };

struct KeyOptions {
    jose::Alg algorithm = jose::Alg::eddsa_ed25519;
    std::size_t rsa_bits = crypto::min_rsa_bits;
    Seconds rotation_interval{0};    // 0: never
    Seconds publish_ahead{0};        // at least as long as clients cache the key set
    Seconds grace_period{0};         // how long an expired key stays published
    OtherAlgorithms others = OtherAlgorithms::replaced;
    AtRest at_rest = AtRest::sealed;
    IdForm ids = IdForm::letters;    // of the rows, and so of `kid`
};

enum class KeyState : std::uint8_t {
    published,    // shown, and signs later
    signing,
    retiring,    // shown for the tokens that it has signed
    retired,     // not shown
};
std::string_view name_of(KeyState state);

enum class Next : std::uint8_t { wanted, not_yet };
enum class Takeover : std::uint8_t { when_published, at_once };

/// The keys of the table at one moment, oldest first.
class KeyRing {
  public:
    KeyRing(std::vector<StoredKey> keys, const KeyOptions& options, Instant now);

    std::span<const StoredKey> keys() const { return keys_; }
    /// Null: there is no usable key.
    const StoredKey* signer() const;
    KeyState state_of(const StoredKey& key) const;
    /// A key of the configured algorithm that is to sign later. Null: none.
    const StoredKey* successor() const;
    Next next() const;
    /// From when a key made now signs.
    Instant takeover(Takeover when) const;
    /// When a key made now expires. Absent: never.
    std::optional<Instant> end_of_next(Takeover when) const;
    /// The keys that a new one replaces, which therefore expire at its takeover.
    std::vector<const StoredKey*> replaced(Takeover when) const;
    /// When the last token that it can have signed is dead. Absent: it has no end.
    std::optional<Instant> shown_until(const StoredKey& key) const;

  private:
    bool is_live(const StoredKey& key) const { return key.alg && (!key.expires_at || *key.expires_at > now_); }
    bool is_configured(const StoredKey& key) const { return key.alg == options_.algorithm; }
    bool is_ripe(const StoredKey& key) const { return key.created_at + options_.publish_ahead <= now_; }
    std::optional<std::size_t> choose() const;

    std::vector<StoredKey> keys_;
    KeyOptions options_;
    Instant now_;
    std::optional<std::size_t> signer_;
};

}    // namespace countersign::token

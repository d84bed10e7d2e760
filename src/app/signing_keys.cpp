#include "app/signing_keys.hpp"

#include <sys/stat.h>

#include "app/database.hpp"
#include "app/event_parts.hpp"
#include "crypto/password.hpp"

namespace countersign::app {

crypto::Keyring keyring_of(ApplicationSecrets secrets) {
    crypto::Keyring keys{std::move(secrets.single)};
    for (auto& [version, secret] : secrets.versions) keys.add_version(version, std::move(secret));
    return keys;
}

/// A key stays published until the last token that it signed is dead, whatever the configured grace is (KEY-06).
token::KeyOptions key_options(const Settings& s) {
    return {.algorithm = s.key_algorithm,
            .rsa_bits = s.key_rsa_bits,
            .rotation_interval = s.key_rotation,
            .publish_ahead = s.key_publish_ahead,
            .grace_period = std::max(s.key_grace, s.token_life),
            .others = s.profile == Profile::native ? token::OtherAlgorithms::replaced : token::OtherAlgorithms::kept,
            .at_rest = s.key_encryption == Switch::on ? token::AtRest::sealed : token::AtRest::plain,
            .ids = s.row_ids};
}

void expose_keys(http::Exposition& out, const token::SigningKeys& keys, Instant now) {
    using Kind = http::Exposition::Kind;
    const Result<token::KeyRing> ring = keys.look();
    if (!ring.ok()) return;
    const auto seconds = [&](Instant since) { return static_cast<double>((now - since).count()) / 1000; };
    out.family("countersign_signing_key_age_seconds", Kind::gauge, "Age of the key that signs.");
    if (const token::StoredKey* key = ring->signer())
        out.sample({{"kid", key->id.text()}, {"alg", key->algorithm}}, seconds(key->created_at));
    constexpr std::array states{token::KeyState::published, token::KeyState::signing, token::KeyState::retiring,
                                token::KeyState::retired};
    out.family("countersign_signing_keys", Kind::gauge, "Signing keys in the database.");
    for (const token::KeyState state : states) {
        const auto in_state = [&](const token::StoredKey& key) { return ring->state_of(key) == state; };
        out.sample({{"state", token::name_of(state)}},
                   static_cast<double>(std::ranges::count_if(ring->keys(), in_state)));
    }
}

KeyStore::KeyStore(std::unique_ptr<storage::Storage> storage, crypto::Keyring secrets, const Settings& settings,
                   const Clock& clock, Random& random, Logger& log)
    : storage_{std::move(storage)},
      secrets_{std::move(secrets)},
      journal_{*storage_, secrets_, clock, random, log, journal_options(settings), events::Begin::newest_segment},
      keys_{*storage_, secrets_, clock, random, log, key_options(settings)} {
    storage::Rows rows = storage_->reader();
    const bool has_table = events::next_segment(rows, "").ok();
    if (settings.events.state == Switch::on && has_table) keys_.record_in(journal_);
}

Result<std::unique_ptr<KeyStore>> KeyStore::open(const Settings& settings, ApplicationSecrets secrets,
                                                 const Clock& clock, Random& random, Logger& log) {
    CS_CHECK(crypto::start());
    struct stat found{};
    if (settings.database_url.empty() && ::stat(settings.database_path.c_str(), &found) != 0)
        return fail(Code::config_invalid, "a database that the server has made", settings.database_path);
    CS_TRY(std::unique_ptr<storage::Storage> storage, open_database(settings));
    return std::unique_ptr<KeyStore>{
        new KeyStore{std::move(storage), keyring_of(std::move(secrets)), settings, clock, random, log}};
}

}    // namespace countersign::app

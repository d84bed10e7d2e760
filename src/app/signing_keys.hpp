// The signing keys that settings ask for: in the server, and in the command that looks after them beside it.
#pragma once

#include "app/settings.hpp"
#include "events/journal.hpp"
#include "http/exposition.hpp"
#include "token/keys.hpp"

namespace countersign::app {

crypto::Keyring keyring_of(ApplicationSecrets secrets);
token::KeyOptions key_options(const Settings& settings);
/// Ages of the keys that sign or will, and how many there are in each state.
void expose_keys(http::Exposition& out, const token::SigningKeys& keys, Instant now);

/// The table of keys, opened beside a server that may be running.
class KeyStore {
  public:
    /// Errors: config.invalid if there is no database; storage.unavailable.
    static Result<std::unique_ptr<KeyStore>> open(const Settings& settings, ApplicationSecrets secrets,
                                                  const Clock& clock, Random& random, Logger& log);
    token::SigningKeys& keys() { return keys_; }

  private:
    KeyStore(std::unique_ptr<storage::Storage> storage, crypto::Keyring secrets, const Settings& settings,
             const Clock& clock, Random& random, Logger& log);
    std::unique_ptr<storage::Storage> storage_;
    crypto::Keyring secrets_;
    events::Journal journal_;
    token::SigningKeys keys_;
};

}    // namespace countersign::app

// When each application secret was first used with this database: what says that one is due to be changed (KEY-10).
#pragma once

#include "crypto/symmetric.hpp"
#include "http/exposition.hpp"
#include "storage/storage.hpp"

namespace countersign::app {

class SecretAges {
  public:
    /// Looks every secret up, and writes down those that are new. The database holds a keyed fingerprint of each.
    static Result<SecretAges> read(storage::Storage& storage, const crypto::Keyring& secrets, Instant now);
    /// `countersign_secret_age_seconds{version,use}`: use is `current` for the one that signs and seals, `older` for
    /// those that only verify and open.
    void expose(http::Exposition& out, Instant now) const;

  private:
    struct Age {
        std::string version;    // "none" for the secret without one
        Instant since;
    };
    std::vector<Age> ages_;    // the current one first
};

}    // namespace countersign::app

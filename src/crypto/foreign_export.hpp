// What other systems export of a password, joined into one text that can be stored and verified (PWD-09, PWD-10).
#pragma once

#include "base/json.hpp"
#include "crypto/password.hpp"

namespace countersign::crypto {

struct ImportedHash {
    std::string stored;
    StoredHash facts;
};

/// `{"scheme":"keycloak","stored":...,"params":{...}}`: `stored` as the system wrote it, `params` what it keeps outside
/// of the row. Errors: password.hash_unreadable, password.hash_cost.
Result<ImportedHash> parse_exported_hash(const json::Value& exported);

}    // namespace countersign::crypto

// What a database of Better Auth means for us, before anything is done to it: what works, what does not and why, and
// the settings that it asks for. `countersign adopt` prints this.
#pragma once

#include "app/settings.hpp"
#include "crypto/symmetric.hpp"
#include "storage/inspection.hpp"

namespace countersign::app {

/// `setting`: works with the settings of the report. `eventual`: works, and not at once or not everywhere. `unknown`:
/// what was given does not say.
enum class Verdict : std::uint8_t { works, setting, eventual, unknown, fails };
std::string_view name_of(Verdict verdict);

struct Finding {
    std::string_view check;    // id of its row
    Verdict verdict;
    std::string what;
    std::string mend;    // what to do, or what it means; may be empty
};

/// A line of the configuration that the database asks for.
struct WantedSetting {
    std::string path;
    std::string value;    // as TOML
};

struct AdoptionReport {
    std::vector<Finding> findings;
    std::vector<WantedSetting> settings;
    /// Whether there is a finding of this verdict.
    enum class Has : std::uint8_t { no, yes };
    Has has(Verdict verdict) const;
};

struct AdoptionCheck {
    Given<std::string_view> id;
    Given<std::string_view> question;
};
/// Every check there is, in the order in which they are made.
std::vector<AdoptionCheck> adoption_checks();

/// What is known besides the database.
struct AdoptionGiven {
    const config::Tree* tree;          // settings that there are already, with their problems
    const crypto::Keyring* secrets;    // null: none were given
    Instant now;
};

/// Reads the whole table of accounts, and counts of the others. Errors: storage.unavailable.
Result<AdoptionReport> inspect_adoption(storage::Inspection& database, const AdoptionGiven& given);

}    // namespace countersign::app

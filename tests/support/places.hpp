// Where an application under test keeps sessions and single-use values, in which profile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace countersign::testing_support {

enum class Ids : std::uint8_t { letters, numbers };
struct Kept {
    std::string profile;
    std::string place;
    std::string settings;    // lines of the TOML file
    bool has_rows = true;    // of sessions, in the database
    Ids ids = Ids::letters;

    bool native() const { return profile == "native"; }
    std::string name() const { return (native() ? "native_" : "better_auth_") + place; }
};

/// Database, key-value store, or both, in either profile; and with ids that the database counts.
inline std::vector<Kept> kept_everywhere() {
    const std::string memory = "secondaryStorage.type = \"memory\"\n";
    const std::string rows = "session.storeSessionInDatabase = true\nverification.storeInDatabase = true\n";
    std::vector<Kept> all;
    all.reserve(8);
    for (const std::string profile : {"native", "better-auth"}) {
        all.push_back({.profile = profile, .place = "database", .settings = ""});
        all.push_back({.profile = profile, .place = "store", .settings = memory, .has_rows = false});
        all.push_back({.profile = profile, .place = "both", .settings = memory + rows});
    }
    const std::string serial = "advanced.database.generateId = \"serial\"\n";
    all.push_back({.profile = "better-auth", .place = "database_serial", .settings = serial, .ids = Ids::numbers});
    all.push_back(
        {.profile = "better-auth", .place = "both_serial", .settings = serial + memory + rows, .ids = Ids::numbers});
    return all;
}

}    // namespace countersign::testing_support

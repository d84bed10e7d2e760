#include "app/limit_settings.hpp"

#include "unit/app/settings_rig.hpp"

namespace countersign::app {
namespace {

using State = guard::RequestLimitOptions::State;
using Storage = guard::RequestLimitOptions::Storage;

Loaded load(const std::string& lines) {
    return load_from({.file_name = "c.toml", .file_text = lines + "\nsecret = \"" + std::string{good_secret} + "\"\n"});
}

TEST(RequestLimitSettings, ENU_06_limits_are_on_in_native_whatever_the_mode_and_in_better_auth_in_production) {
    const std::string production = "mode = 'production'\nbaseURL = 'https://auth.example.com'\n";
    struct Case {
        std::string lines;
        State state;
    };
    const Case table[]{
        {"", State::on},
        {"profile = 'native'\n", State::on},
        {"profile = 'native'\n" + production, State::on},
        {"profile = 'better-auth'\n", State::off},
        {"profile = 'better-auth'\n" + production, State::on},
        {"rateLimit.enabled = false\n", State::off},
        {"profile = 'better-auth'\nrateLimit.enabled = true\n", State::on},
    };
    for (const Case& row : table) {
        const Loaded loaded = load(row.lines);
        EXPECT_EQ(problems_of(loaded.tree), "") << row.lines;
        EXPECT_EQ(loaded.settings.request_limit.state, row.state) << row.lines;
        EXPECT_EQ(derived_value("rateLimit.enabled", loaded.settings), row.state == State::on ? "true" : "false");
    }
}

TEST(RequestLimitSettings, where_requests_are_counted) {
    struct Case {
        std::string line, problem;
        Storage storage;
    };
    const Case table[]{
        {"", "", Storage::memory},
        {"rateLimit.storage = 'memory'", "", Storage::memory},
        {"rateLimit.storage = 'database'", "", Storage::database},
        {"rateLimit.storage = 'secondary-storage'", "rateLimit.storage: needs secondaryStorage\n", Storage::memory},
        {"rateLimit.storage = 'Database'", "rateLimit.storage: names no place for counts\n", Storage::memory},
    };
    for (const Case& row : table) {
        const Loaded loaded = load(row.line);
        EXPECT_EQ(problems_of(loaded.tree), row.problem) << row.line;
        EXPECT_EQ(loaded.settings.request_limit.storage, row.storage) << row.line;
    }
}

}    // namespace
}    // namespace countersign::app

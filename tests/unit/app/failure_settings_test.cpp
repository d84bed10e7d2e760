#include "app/failure_settings.hpp"

#include "unit/app/settings_rig.hpp"

namespace countersign::app {
namespace {

using State = guard::FailureOptions::State;

Loaded load(const std::string& lines) {
    return load_from({.file_name = "c.toml", .file_text = lines + "\nsecret = \"" + std::string{good_secret} + "\"\n"});
}

TEST(FailureLimit, is_on_in_both_profiles_and_modes_and_off_for_replaying) {
    const std::string production = "mode = 'production'\nbaseURL = 'https://auth.example.com'\n";
    for (const std::string profile : {"native", "better-auth"}) {
        const std::string with = "profile = '" + profile + "'\n";
        for (const std::string& mode : {std::string{}, production}) {
            const Loaded loaded = load(with + mode);
            EXPECT_EQ(problems_of(loaded.tree), "");
            const guard::FailureOptions& limit = loaded.settings.failure_limit;
            EXPECT_EQ(limit.state, State::on) << with << mode;
            EXPECT_EQ(limit.attempts, 5U);
            EXPECT_EQ(limit.window, Seconds{900});
            EXPECT_EQ(limit.account_stop, 100U);
            EXPECT_EQ(derived_value("failureLimit.enabled", loaded.settings), "true");
        }
        const Loaded replayed = load(with + "allow = ['replay']\n");
        EXPECT_EQ(replayed.settings.failure_limit.state, State::off) << with;
        EXPECT_EQ(derived_value("failureLimit.enabled", replayed.settings), "false");
        EXPECT_EQ(load(with + "allow = ['replay']\nfailureLimit.enabled = true\n").settings.failure_limit.state,
                  State::on);
        EXPECT_EQ(load(with + "failureLimit.enabled = false\n").settings.failure_limit.state, State::off);
    }
}

TEST(FailureLimit, that_ENU_07_does_not_know_is_refused) {
    struct Case {
        std::string line, problem;
    };
    const Case table[]{
        {"failureLimit.attempts = 1", ""},
        {"failureLimit.attempts = 20", ""},
        {"failureLimit.attempts = 0", "failureLimit.attempts: 0 is outside 1 to 20\n"},
        {"failureLimit.attempts = 21", "failureLimit.attempts: 21 is outside 1 to 20\n"},
        {"failureLimit.window = 60", ""},
        {"failureLimit.window = 59", "failureLimit.window: 59 is outside 60 to 86400\n"},
        {"failureLimit.window = 86401", "failureLimit.window: 86401 is outside 60 to 86400\n"},
        {"failureLimit.accountStop = 1", ""},
        {"failureLimit.accountStop = 0", "failureLimit.accountStop: 0 is outside 1 to 100\n"},
        {"failureLimit.accountStop = 101", "failureLimit.accountStop: 101 is outside 1 to 100\n"},
        {"failureLimit.accountStop = -9223372036854775808",
         "failureLimit.accountStop: -9223372036854775808 is outside 1 to 100\n"},
    };
    for (const Case& row : table) EXPECT_EQ(problems_of(load(row.line).tree), row.problem) << row.line;
}

}    // namespace
}    // namespace countersign::app

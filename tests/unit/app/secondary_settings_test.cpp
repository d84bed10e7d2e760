#include "app/event_parts.hpp"
#include "unit/app/settings_rig.hpp"

namespace countersign::app {
namespace {

using Storage = guard::RequestLimitOptions::Storage;
using identity::ValueRows;
using session::RowsBeside;

Loaded load(const std::string& lines) {
    return load_from({.file_name = "c.toml", .file_text = lines + "\nsecret = \"" + std::string{good_secret} + "\"\n"});
}

const std::string memory = "secondaryStorage.type = 'memory'\n", rows = "session.storeSessionInDatabase = true\n",
                  record = "session.preserveSessionInDatabase = true\n",
                  values = "verification.storeInDatabase = true\n";

TEST(SecondaryStorage, says_where_sessions_values_and_counts_stand) {
    struct Case {
        std::string lines;
        Switch memory;
        RowsBeside sessions;
        ValueRows values;
        Storage counts;
    };
    const Case table[]{
        {"", Switch::off, RowsBeside::none, ValueRows::none, Storage::memory},
        {memory, Switch::on, RowsBeside::none, ValueRows::none, Storage::secondary},
        {memory + rows, Switch::on, RowsBeside::live, ValueRows::none, Storage::secondary},
        {memory + rows + record, Switch::on, RowsBeside::also_ended, ValueRows::none, Storage::secondary},
        {memory + values, Switch::on, RowsBeside::none, ValueRows::all, Storage::secondary},
        {memory + "rateLimit.storage = 'memory'\n", Switch::on, RowsBeside::none, ValueRows::none, Storage::memory},
        {memory + "rateLimit.storage = 'database'\n", Switch::on, RowsBeside::none, ValueRows::none, Storage::database},
        {memory + "rateLimit.storage = 'secondary-storage'\n", Switch::on, RowsBeside::none, ValueRows::none,
         Storage::secondary},
        {"session.storeSessionInDatabase = false\n", Switch::off, RowsBeside::none, ValueRows::none, Storage::memory},
    };
    for (const Case& row : table) {
        const Loaded loaded = load(row.lines);
        EXPECT_EQ(problems_of(loaded.tree), "") << row.lines;
        EXPECT_EQ(loaded.settings.secondary.memory, row.memory) << row.lines;
        EXPECT_EQ(loaded.settings.secondary.session_rows, row.sessions) << row.lines;
        EXPECT_EQ(loaded.settings.secondary.value_rows, row.values) << row.lines;
        EXPECT_EQ(loaded.settings.request_limit.storage, row.counts) << row.lines;
    }
    EXPECT_EQ(derived_value("rateLimit.storage", load(memory).settings), "secondary-storage");
    EXPECT_EQ(derived_value("rateLimit.storage", load("").settings), "memory");
}

TEST(SecondaryStorage, TOOL_06_what_cannot_be_is_refused) {
    struct Case {
        std::string lines, problem;
    };
    const std::string alone = "session.preserveSessionInDatabase: is on, and sessions do not stand in two places\n";
    const Case table[]{
        {"secondaryStorage.type = 'redis'\n", "secondaryStorage.type: names a store that is not in this version\n"},
        {record, alone},
        {memory + record, alone},
        {rows + record, alone},
        {"rateLimit.storage = 'secondary-storage'\n", "rateLimit.storage: needs secondaryStorage\n"},
    };
    for (const Case& row : table) EXPECT_EQ(problems_of(load(row.lines).tree), row.problem) << row.lines;
}

TEST(SecondaryStorage, that_a_restart_empties_is_told_in_production) {
    const std::string production = "mode = 'production'\nbaseURL = 'https://auth.example.com'\n";
    const auto is_told = [](const std::string& lines) {
        const std::vector<std::string> told = relaxations(load(lines).settings);
        return std::ranges::find(told, "sessions in memory only, which a restart ends") != told.end();
    };
    EXPECT_TRUE(is_told(production + memory));
    EXPECT_TRUE(is_told(production + memory + rows + record)) << "the rows are a record";
    EXPECT_FALSE(is_told(production + memory + rows));
    EXPECT_FALSE(is_told(production));
    EXPECT_FALSE(is_told(memory)) << "development";
}

}    // namespace
}    // namespace countersign::app

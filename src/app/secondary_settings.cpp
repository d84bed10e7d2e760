#include "app/secondary_settings.hpp"

#include "app/setting_values.hpp"

namespace countersign::app {
namespace {

using config::Kind;

constexpr std::string_view type_key = "secondaryStorage.type";
constexpr std::string_view rows_key = "session.storeSessionInDatabase";
constexpr std::string_view record_key = "session.preserveSessionInDatabase";
constexpr std::string_view values_key = "verification.storeInDatabase";

constexpr config::Key rows[]{
    {.path = type_key,
     .kind = Kind::text,
     .fallback = "none",
     .meaning = "memory: sessions and single-use values stand in this process instead of the database",
     .secures = "a restart ends every session that is in memory only"},
    {.path = rows_key,
     .kind = Kind::boolean,
     .fallback = "false",
     .meaning = "with secondaryStorage: sessions are rows of the database too, and outlive a restart"},
    {.path = record_key,
     .kind = Kind::boolean,
     .fallback = "false",
     .meaning = "with both: rows of sessions that ended are kept with the moment, and open nothing",
     .secures = "which sessions there were can be told afterwards"},
    {.path = values_key,
     .kind = Kind::boolean,
     .fallback = "false",
     .meaning = "with secondaryStorage: single-use values are rows of the database too"},
};

}    // namespace

std::span<const config::Key> secondary_setting_rows() { return rows; }

void read_secondary(config::Tree& tree, Settings& s) {
    using session::RowsBeside;
    const std::string type = tree.text(type_key, "none");
    if (type != "none" && type != "memory")
        tree.add_problem(type_key, "names a store that is not in this version", "write memory, or take it out");
    s.secondary.memory = to_switch(type == "memory");
    const bool has_rows = tree.flag(rows_key, false), keeps_record = tree.flag(record_key, false);
    if (keeps_record && (type == "none" || !has_rows))
        tree.add_problem(record_key, "is on, and sessions do not stand in two places",
                         "set secondaryStorage.type and session.storeSessionInDatabase, or take it out");
    if (has_rows) s.secondary.session_rows = keeps_record ? RowsBeside::also_ended : RowsBeside::live;
    if (tree.flag(values_key, false)) s.secondary.value_rows = identity::ValueRows::all;
}

}    // namespace countersign::app

#include "app/event_settings.hpp"

#include "app/setting_values.hpp"

namespace countersign::app {
namespace {

using config::Kind;

constexpr std::string_view retention_key = "events.retention";
constexpr std::string_view most_key = "events.maxRows";
constexpr std::string_view rows_key = "events.checkpointRows";
constexpr std::string_view interval_key = "events.checkpointInterval";

constexpr config::Key rows[]{
    {.path = "events.enabled",
     .kind = Kind::boolean,
     .fallback = "true",
     .meaning = "security events are kept in the table auditEvent",
     .secures = "what was done to accounts can be told afterwards"},
    {.path = retention_key,
     .kind = Kind::integer,
     .fallback = "7776000",
     .meaning = "age in seconds after which whole segments of events are removed; 0: never",
     .secures = "how far back an incident can be looked into"},
    {.path = most_key,
     .kind = Kind::integer,
     .fallback = "1000000",
     .meaning = "rows above which events that anybody can cause are in the log only; 0: no bound",
     .secures = "a flood neither fills the disk nor pushes older events out"},
    {.path = rows_key,
     .kind = Kind::integer,
     .fallback = "1000",
     .meaning = "events after which a signed checkpoint goes to the log",
     .secures = "how many events can be cut off without a trace in the log"},
    {.path = interval_key,
     .kind = Kind::integer,
     .fallback = "60",
     .meaning = "seconds after which new events get a signed checkpoint",
     .secures = "for how long events can be cut off without a trace in the log"},
};

}    // namespace

std::span<const config::Key> event_setting_rows() { return rows; }

void read_events(config::Tree& tree, Settings& s) {
    constexpr std::int64_t most_rows = 1'000'000;
    constexpr Seconds least_retention{86400}, longest_interval{3600};
    s.events.state = to_switch(tree.flag("events.enabled", true));
    s.events.retention = seconds_or_zero(tree, retention_key, s.events.retention.count());
    if (s.events.retention.count() != 0 && s.events.retention < least_retention)
        tree.add_problem(retention_key, "is shorter than a day", "write 86400 or more, or 0 to keep everything");
    s.events.most_rows = tree.integer(most_key, s.events.most_rows);
    if (s.events.most_rows < 0) tree.add_problem(most_key, "is below 0", "1000000 is the default, 0 is no bound");
    s.events.checkpoint_rows = tree.integer(rows_key, s.events.checkpoint_rows);
    if (s.events.checkpoint_rows < 1 || s.events.checkpoint_rows > most_rows)
        tree.add_problem(rows_key, "is outside 1 to 1000000", "1000 is the default");
    s.events.checkpoint_interval = positive_seconds(tree, interval_key, s.events.checkpoint_interval.count());
    if (s.events.checkpoint_interval > longest_interval)
        tree.add_problem(interval_key, "is longer than an hour", "60 is the default");
}

}    // namespace countersign::app

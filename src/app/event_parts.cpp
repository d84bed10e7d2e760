#include "app/event_parts.hpp"

namespace countersign::app {
namespace {

struct Relaxation {
    std::string_view name;
    bool (*is_in_force)(const Settings&);
};
/// What a server may run with and an operator should not forget.
constexpr Relaxation known_relaxations[]{
    {"allow replay", [](const Settings& s) { return s.replay == Switch::on; }},
    {"development on a listener that others can reach",
     [](const Settings& s) { return s.mode == Mode::development && !all_loopback(s); }},
    {"no request limits in production",
     [](const Settings& s) {
         return s.mode == Mode::production && s.request_limit.state == guard::RequestLimitOptions::State::off;
     }},
    {"unsigned bearer tokens in native",
     [](const Settings& s) { return s.profile == Profile::native && s.bearer == guard::Bearer::raw_or_signed; }},
    {"private signing keys unsealed",
     [](const Settings& s) { return s.jwt == Switch::on && s.key_encryption == Switch::off; }},
    {"sessions in memory only, which a restart ends",
     [](const Settings& s) {
         return s.mode == Mode::production && s.secondary.memory == Switch::on &&
                s.secondary.session_rows != session::RowsBeside::live;
     }},
    {"security events are not kept", [](const Settings& s) { return s.events.state == Switch::off; }},
};

}    // namespace

events::JournalOptions journal_options(const Settings& s) {
    using Others = events::ChainOptions::Others;
    events::JournalOptions options{
        .chain = {.retention = s.events.retention, .others = s.database_url.empty() ? Others::none : Others::possible}};
    options.most_rows = s.events.most_rows;
    options.checkpoint_rows = s.events.checkpoint_rows;
    options.checkpoint_interval = s.events.checkpoint_interval;
    return options;
}

std::vector<std::string> relaxations(const Settings& s) {
    std::vector<std::string> found;
    for (const Relaxation& one : known_relaxations) {
        if (one.is_in_force(s)) found.emplace_back(one.name);
    }
    return found;
}

void note_relaxations(events::Journal& journal, const Settings& settings, Instant now) {
    for (std::string& detail : relaxations(settings))
        journal.note({.kind = events::Kind::configuration_relaxed, .at = now, .detail = std::move(detail)});
}

void expose_events(http::Exposition& out, const events::Journal& journal) {
    using Kind = http::Exposition::Kind;
    const events::Journal::Counts counts = journal.counts();
    out.family("countersign_security_events_total", Kind::counter,
               "Security events, each of which has its line in the log.");
    for (const events::KindRow& row : events::kinds)
        out.sample({{"kind", *row.name}}, static_cast<double>(counts.written[static_cast<std::size_t>(*row.kind)]));
    out.family("countersign_security_events_lost_total", Kind::counter, "Security events that have no row.");
    out.sample({}, static_cast<double>(counts.lost));
    out.family("countersign_security_events_waiting", Kind::gauge, "Security events in the queue.");
    out.sample({}, static_cast<double>(counts.waiting));
    out.family("countersign_security_event_rows", Kind::gauge, "Rows of the table of security events.");
    out.sample({}, static_cast<double>(counts.rows));
}

}    // namespace countersign::app

#include "app/event_parts.hpp"

namespace countersign::app {

events::JournalOptions journal_options(const Settings& s) {
    events::JournalOptions options{.chain = {.retention = s.events.retention}};
    options.checkpoint_rows = s.events.checkpoint_rows;
    options.checkpoint_interval = s.events.checkpoint_interval;
    return options;
}

std::vector<std::string> relaxations(const Settings& s) {
    std::vector<std::string> found;
    if (s.replay == Switch::on) found.emplace_back("allow replay");
    if (s.mode == Mode::development && !all_loopback(s))
        found.emplace_back("development on a listener that others can reach");
    return found;
}

void note_relaxations(events::Journal& journal, const Settings& settings, Instant now) {
    for (std::string& detail : relaxations(settings))
        journal.note({.kind = events::Kind::configuration_relaxed, .at = now, .detail = std::move(detail)});
}

void expose_events(http::Exposition& out, const events::Journal& journal) {
    using Kind = http::Exposition::Kind;
    const events::Journal::Counts counts = journal.counts();
    out.family("countersign_security_events_total", Kind::counter, "Security events that were written.");
    for (const events::KindRow& row : events::kinds)
        out.sample({{"kind", *row.name}}, static_cast<double>(counts.written[static_cast<std::size_t>(*row.kind)]));
    out.family("countersign_security_events_lost_total", Kind::counter, "Security events that were not written.");
    out.sample({}, static_cast<double>(counts.lost));
    out.family("countersign_security_events_waiting", Kind::gauge, "Security events in the queue.");
    out.sample({}, static_cast<double>(counts.waiting));
}

}    // namespace countersign::app

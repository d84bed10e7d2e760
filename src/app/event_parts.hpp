// The journal of security events that the settings ask for, and what the server says in it about itself.
#pragma once

#include "app/settings.hpp"
#include "events/journal.hpp"
#include "http/exposition.hpp"

namespace countersign::app {

events::JournalOptions journal_options(const Settings& settings);
/// What takes protection away, one text each (TOOL-06).
std::vector<std::string> relaxations(const Settings& settings);
void note_relaxations(events::Journal& journal, const Settings& settings, Instant now);
void expose_events(http::Exposition& out, const events::Journal& journal);

}    // namespace countersign::app

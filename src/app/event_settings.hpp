// events.*: what is kept of security events, and how its end is pinned.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {
std::span<const config::Key> event_setting_rows();
void read_events(config::Tree& tree, Settings& settings);
}    // namespace countersign::app

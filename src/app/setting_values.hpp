// Values that several groups of settings read in the same way.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {

inline Switch to_switch(bool on) { return on ? Switch::on : Switch::off; }
/// Up to 400 days; anything else is a problem.
Seconds seconds_or_zero(config::Tree& tree, std::string_view path, std::int64_t fallback);
/// As above; 0 only as the fallback.
Seconds positive_seconds(config::Tree& tree, std::string_view path, std::int64_t fallback);
/// What lies outside is a problem, and becomes the nearest that does not.
std::int64_t whole_within(config::Tree& tree, std::string_view path, std::int64_t fallback, std::int64_t least,
                          std::int64_t most);

}    // namespace countersign::app

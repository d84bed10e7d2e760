// What is not accepted: values that cannot work, in any mode; what is unsafe, in production (DESIGN §2.1).
#pragma once

#include "app/settings.hpp"

namespace countersign::app {

void check_lists(config::Tree& tree, const Settings& settings);
/// Nothing in development, nor with allow = ["replay"].
void refuse_unsafe(config::Tree& tree, const Settings& settings);

/// Production, and nothing that lifts its refusals.
inline bool is_strict(const Settings& settings) {
    return settings.mode == Mode::production && settings.replay == Switch::off;
}

}    // namespace countersign::app

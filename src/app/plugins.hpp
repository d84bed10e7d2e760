#pragma once

#include "app/settings.hpp"
#include "plugins/plugin.hpp"

namespace countersign::app {
/// The features of this build: the security review reads this list.
std::span<const Plugin* const> all_plugins();
/// Whether a feature is on with these settings.
Switch is_on(const Plugin& plugin, const Settings& settings);
}    // namespace countersign::app

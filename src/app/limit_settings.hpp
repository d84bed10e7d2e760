// rateLimit.* and advanced.ipAddress.*: how often a client may ask, and who the client is.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {
std::span<const config::Key> limit_setting_rows();
void read_client_limits(config::Tree& tree, Settings& settings);
}    // namespace countersign::app

// Tokens for other services: GET /token and the key set that verifies them.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::jwt {
extern const Plugin plugin;
}

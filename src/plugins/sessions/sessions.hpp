// A user's own sessions: listed, ended, and given additional fields.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::sessions {
extern const Plugin plugin;
}

// The ways in which a user can sign in: listed, and taken away.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::accounts {
extern const Plugin plugin;
}

// What users change of themselves: name, picture, additional fields.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::profile {
extern const Plugin plugin;
}

// The password of somebody who is signed in: changed, and proved once more.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::password {
extern const Plugin plugin;
}

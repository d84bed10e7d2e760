// user.additionalFields and session.additionalFields: columns of the application's own.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {
void read_fields(config::Tree& tree, Settings& settings);
}

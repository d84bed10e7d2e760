// Settings of secondary storage: sessions and single-use values outside of the database.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {

std::span<const config::Key> secondary_setting_rows();
void read_secondary(config::Tree& tree, Settings& settings);

}    // namespace countersign::app

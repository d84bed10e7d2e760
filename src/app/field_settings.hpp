// user.additionalFields and session.additionalFields: columns of the application's own.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {
void read_fields(config::Tree& tree, Settings& settings);
/// Whether a field beside the columns of the table may be named so.
bool is_field_name(const storage::Table& table, std::string_view name);
}    // namespace countersign::app

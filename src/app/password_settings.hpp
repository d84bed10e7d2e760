// What a new password must not be: emailAndPassword.blocklistFile, and what goes with the profile.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {
std::span<const config::Key> password_setting_rows();
void read_passwords(config::Tree& tree, Settings& settings);
/// Absent in a profile that refuses no password but for its length.
std::optional<identity::PasswordRules> password_rules(const Settings& settings);
}    // namespace countersign::app

// mail.*, emailVerification.*, user.changeEmail.*, user.deleteUser.*, verification.*: what is mailed, and how.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {

std::span<const config::Key> mail_setting_rows();
/// After profile, mode and addresses are known.
void read_mail(config::Tree& tree, Settings& settings);

}    // namespace countersign::app

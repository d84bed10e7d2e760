#include "app/plugins.hpp"

#include "plugins/accounts/accounts.hpp"
#include "plugins/change_email/change_email.hpp"
#include "plugins/core/core.hpp"
#include "plugins/delete_user/delete_user.hpp"
#include "plugins/email_password/email_password.hpp"
#include "plugins/email_revert/email_revert.hpp"
#include "plugins/email_verification/email_verification.hpp"
#include "plugins/jwt/jwt.hpp"
#include "plugins/password/password.hpp"
#include "plugins/password_reset/password_reset.hpp"
#include "plugins/profile/profile.hpp"
#include "plugins/sessions/sessions.hpp"

namespace countersign::app {

std::span<const Plugin* const> all_plugins() {
    static constexpr std::array plugins{&core::plugin,           &email_password::plugin,     &sessions::plugin,
                                        &profile::plugin,        &password::plugin,           &accounts::plugin,
                                        &password_reset::plugin, &email_verification::plugin, &change_email::plugin,
                                        &email_revert::plugin,   &delete_user::plugin,        &jwt::plugin};
    return plugins;
}

Switch is_on(const Plugin& plugin, const Settings& settings) {
    // Sign-up and sign-in are always routed, as in Better Auth: switched off they say so.
    if (&plugin == &jwt::plugin) return settings.jwt;
    // Better Auth has no such endpoint, and mails no link to it.
    if (&plugin == &email_revert::plugin) return settings.profile == Profile::native ? Switch::on : Switch::off;
    return Switch::on;
}

}    // namespace countersign::app

// Sign-up and sign-in by e-mail address and password.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::email_password {
extern const Plugin plugin;

struct EmailPasswordOptions {
    enum class Switch : std::uint8_t { off, on };
    Switch enabled = Switch::off;
    Switch sign_up = Switch::off;
    Switch auto_sign_in = Switch::on;
    Switch require_verified = Switch::off;
    Switch send_on_sign_up = Switch::off;
    Switch send_on_sign_in = Switch::off;
    Switch notice = Switch::on;    // the owner of a taken address hears of a sign-up with it (ENU-03)
};
}    // namespace countersign::email_password

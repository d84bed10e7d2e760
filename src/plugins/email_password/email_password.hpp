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
};
}    // namespace countersign::email_password

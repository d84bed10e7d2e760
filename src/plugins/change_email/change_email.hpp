// Change of the own address, confirmed by the old one where that is asked, and proved by the new one.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::change_email {
extern const Plugin plugin;

struct ChangeEmailOptions {
    enum class Switch : std::uint8_t { off, on };
    Switch enabled = Switch::off;
    Switch unproved = Switch::off;    // updateEmailWithoutVerification
    Switch confirm = Switch::off;     // sendChangeEmailConfirmation
    Switch send = Switch::off;        // emailVerification.sendVerificationEmail
    Switch conceals = Switch::on;     // the question to the old address comes for a taken new one too
};
}    // namespace countersign::change_email

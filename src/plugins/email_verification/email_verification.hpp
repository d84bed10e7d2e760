// Proof of an address by the link that is mailed to it.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::email_verification {
extern const Plugin plugin;

struct EmailVerificationOptions {
    enum class Switch : std::uint8_t { off, on };
    Switch send = Switch::off;
    Switch sign_in_after = Switch::off;
    Switch over_others = Switch::off;       // signs in over another user's session, as Better Auth does
    Switch change_is_proof = Switch::on;    // a new address counts as verified by its link; Better Auth keeps the mark
    Switch notice = Switch::on;             // the old address hears of a change, and can take it back
    Switch conceals = Switch::on;           // a taken new address gets no mail, and nobody hears why
};
}    // namespace countersign::email_verification

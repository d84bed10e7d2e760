// Forgotten passwords: the mailed link, and what it permits.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::password_reset {
extern const Plugin plugin;

struct PasswordResetOptions {
    enum class Switch : std::uint8_t { off, on };
    Switch send = Switch::off;
    Switch ends_sessions = Switch::on;     // REC-05
    Switch notice = Switch::on;            // the owner hears of it
    Switch counts_tries = Switch::on;      // a token goes with the tenth password that is refused (REC-02)
    Switch proves_address = Switch::on;    // whoever follows the mailed link reads mail there (REC-08)
    Seconds life{0};
    std::string origin;    // of baseURL
    std::string base;      // baseURL + basePath
};
}    // namespace countersign::password_reset

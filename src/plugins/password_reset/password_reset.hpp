// Forgotten passwords: the mailed link, and what it permits.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::password_reset {
extern const Plugin plugin;

struct PasswordResetOptions {
    enum class Switch : std::uint8_t { off, on };
    Switch send = Switch::off;
    Switch ends_sessions = Switch::on;    // REC-05
    Switch notice = Switch::on;           // the owner hears of it
    Seconds life{0};
    std::string origin;    // of baseURL
    std::string base;      // baseURL + basePath
};
}    // namespace countersign::password_reset

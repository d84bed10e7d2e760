// Deletion of oneself: by password, by a young session, or confirmed by mail.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::delete_user {
extern const Plugin plugin;

struct DeleteUserOptions {
    enum class Switch : std::uint8_t { off, on };
    Switch enabled = Switch::off;
    Switch send = Switch::off;    // sendDeleteAccountVerification
    Seconds life{0};
    std::string base;    // baseURL + basePath
};
}    // namespace countersign::delete_user

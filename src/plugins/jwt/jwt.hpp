// Tokens for other services: GET /token and the key set that verifies them.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::jwt {
extern const Plugin plugin;

/// Wired by app/ where the plugin is on.
struct JwtOptions {
    enum class Header : std::uint8_t { set, left_out };
    Header header = Header::set;    // set-auth-jwt on /get-session
};
}    // namespace countersign::jwt

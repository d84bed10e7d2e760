// The password of somebody who is signed in: changed, and proved once more.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::password {
extern const Plugin plugin;

/// Whether an old session may change the password (PWD-13).
struct PasswordOptions {
    enum class Age : std::uint8_t { any, fresh };
    Age age = Age::fresh;
};
}    // namespace countersign::password

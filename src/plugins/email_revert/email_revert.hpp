// Taking a changed e-mail address back, from the link that went to the old one (REC-06).
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::email_revert {
extern const Plugin plugin;

struct EmailRevertOptions {
    enum class Switch : std::uint8_t { off, on };
    Switch drops_password = Switch::off;    // where a new one can be asked for by mail
    std::string base_path;
};
}    // namespace countersign::email_revert

// plugins.jwt.*: what stands in tokens, and the keys that sign them.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {

inline constexpr std::string_view default_jwks_path = "/jwks";

std::span<const config::Key> token_setting_rows();
/// After addresses and mode are known.
void read_tokens(config::Tree& tree, Settings& settings);

}    // namespace countersign::app

// Names, attributes and the cache of our cookies: their rows and what they mean (WIRE §3).
#pragma once

#include "app/settings.hpp"

namespace countersign::app {

std::span<const config::Key> cookie_setting_rows();
/// After the addresses: secure cookies and their domain follow from baseURL.
void read_cookies(config::Tree& tree, Settings& settings);
/// What gives cookies to others than those they are for.
void refuse_unsafe_cookies(config::Tree& tree, const Settings& settings);

}    // namespace countersign::app

// The cookies of a running server, made from its settings.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {

/// The settings' fields and `random` outlive it. Errors: those of the cache's keys.
Result<guard::SessionCookies> make_cookies(const Settings& settings, const crypto::Keyring& keys, Random& random);

}    // namespace countersign::app

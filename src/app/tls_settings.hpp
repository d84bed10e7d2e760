// http.tls.*: direct TLS for those without a proxy.
#pragma once

#include "app/settings.hpp"

namespace countersign::app {

/// Both keys or none. Before the addresses: the default of baseURL follows from it.
void read_tls(config::Tree& tree, Settings& settings);
/// After the mode is known: files that cannot serve, or that others could take, are problems of the configuration.
void check_tls(config::Tree& tree, const Settings& settings);

}    // namespace countersign::app

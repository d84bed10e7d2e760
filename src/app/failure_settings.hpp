// failureLimit.*: how many wrong credentials there may be, and what counts them.
#pragma once

#include "app/settings.hpp"
#include "crypto/symmetric.hpp"
#include "http/exposition.hpp"
#include "storage/storage.hpp"

namespace countersign::app {
std::span<const config::Key> failure_setting_rows();
void read_failure_limit(config::Tree& tree, Settings& settings);
/// Where several servers may share a database they count there, otherwise in memory.
bool counts_failures_in_table(const Settings& settings);
guard::FailureLimit make_failure_limit(const Settings& settings, const crypto::Keyring& keys, storage::Storage& storage,
                                       const Clock& clock, Random& random);
void expose_failures(http::Exposition& out, const guard::FailureLimit& failures);
}    // namespace countersign::app

// The database that the settings name.
#pragma once

#include "app/settings.hpp"
#include "storage/migration.hpp"
#include "storage/storage.hpp"

namespace countersign::app {

/// Errors: storage.unavailable, config.invalid.
Result<std::unique_ptr<storage::Storage>> open_database(const Settings& settings);
/// What the settings need of it: core, what is switched on, additional fields. Looks at `settings`, which stay.
storage::Wanted wanted_schema(const Settings& settings);
/// Where `countersign migrate` works. Errors: storage.unavailable, config.invalid.
Result<std::unique_ptr<storage::Site>> open_site(const Settings& settings, storage::Use use);
/// What a log may say of it: the file, or the URL without password and parameters.
std::string shown_database(const Settings& settings);
/// Held by a server while it runs; empty for a database that goes with it. Beside a database of PostgreSQL it stands
/// for the folder of the secret and the trace: other servers have their own.
std::string lock_file(const Settings& settings);

}    // namespace countersign::app

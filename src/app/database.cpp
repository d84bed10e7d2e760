#include "app/database.hpp"

namespace countersign::app {

Result<std::unique_ptr<storage::Storage>> open_database(const Settings& settings) {
    if (!settings.database_url.empty()) return storage::open_postgres({.url = settings.database_url});
    return storage::open_sqlite({.path = settings.database_path});
}

std::string shown_database(const Settings& settings) {
    if (settings.database_url.empty()) return settings.database_path;
    return storage::postgres_place(settings.database_url).value_or("postgres");
}

std::string lock_file(const Settings& settings) {
    if (!settings.database_url.empty()) return settings.data_folder + "/countersign.lock";
    return settings.database_path == ":memory:" ? "" : settings.database_path + ".lock";
}

}    // namespace countersign::app

#include "app/database.hpp"

#include "app/failure_settings.hpp"
#include "app/plugins.hpp"
#include "storage/tables.hpp"

namespace countersign::app {

Result<std::unique_ptr<storage::Storage>> open_database(const Settings& settings) {
    if (!settings.database_url.empty()) return storage::open_postgres({.url = settings.database_url});
    return storage::open_sqlite({.path = settings.database_path});
}

storage::Wanted wanted_schema(const Settings& settings) {
    storage::Wanted wanted{
        .tables = {},
        .extensions = {{.table = &storage::user_table, .columns = identity::columns_of(settings.user_fields)},
                       {.table = &storage::session_table, .columns = identity::columns_of(settings.session_fields)}},
        .ids = settings.row_ids};
    for (const Plugin* plugin : all_plugins()) {
        if (is_on(*plugin, settings) == Switch::on)
            wanted.tables.insert(wanted.tables.end(), plugin->tables->begin(), plugin->tables->end());
    }
    if (settings.events.state == Switch::on) wanted.tables.push_back(&storage::audit_event_table);
    if (settings.request_limit.storage == guard::RequestLimitOptions::Storage::database)
        wanted.tables.push_back(&storage::rate_limit_table);
    if (counts_failures_in_table(settings)) wanted.tables.push_back(&storage::failure_table);
    return wanted;
}

Result<std::unique_ptr<storage::Site>> open_site(const Settings& settings, storage::Use use) {
    if (!settings.database_url.empty()) return storage::open_postgres_site({.url = settings.database_url});
    return storage::open_sqlite_site({.path = settings.database_path}, use);
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

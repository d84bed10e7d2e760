#include "storage/backends/postgres/migration.hpp"

#include "storage/origin.hpp"
#include "storage/sql.hpp"
#include "storage/tables.hpp"

namespace countersign::storage::postgres {
namespace {

struct Existing {
    std::string name;
    enum class Demands : std::uint8_t { nothing, a_value } demands;    // of whoever writes a row and does not know it
};

/// None if there is no such table where a statement would find it.
Result<std::vector<Existing>> columns_in(Connection& connection, const Table& table) {
    CS_TRY(const auto rows,
           connection.texts_of("SELECT a.attname::text, (a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND "
                               "a.attgenerated = '')::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
                               "WHERE c.relname = '" +
                               std::string{*table.name} +
                               "' AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT "
                               "a.attisdropped ORDER BY a.attnum"));
    std::vector<Existing> columns;
    columns.reserve(rows.size());
    for (const auto& row : rows)
        columns.push_back(
            {row.front(), row.back() == "true" ? Existing::Demands::a_value : Existing::Demands::nothing});
    return columns;
}

/// The words for what a role may not do are the same in every place where it may not.
Result<void> change(Connection& connection, const std::string& text) {
    Result<void> done = connection.run(text);
    constexpr std::string_view not_allowed = "42501";
    if (done.ok() || connection.link().state() != not_allowed) return done;
    return fail(Code::storage_unavailable, "a role that may CREATE in the schema and owns its tables",
                done.error().found().text());
}

Result<void> migrate_table(Connection& connection, const Table& table, std::span<const Column> extension) {
    CS_TRY(const std::vector<Existing> existing, columns_in(connection, table));
    if (existing.empty()) {
        for (const std::string& text : postgres_schema(table, extension)) CS_CHECK(change(connection, text));
        return {};
    }
    for (const std::span<const Column> part : {table.columns.value, extension}) {
        for (const Column& column : part) {
            if (std::ranges::find(existing, *column.name, &Existing::name) != existing.end()) continue;
            if (column.null.value == Null::never)
                return fail(Code::storage_unavailable, column.name.value, "column missing");
            CS_CHECK(change(connection, postgres_add_column(table, column)));
        }
    }
    for (const Existing& column : existing) {
        const bool ours = table.index_of(column.name).has_value() ||
                          std::ranges::any_of(extension, [&](const Column& one) { return *one.name == column.name; }) ||
                          std::ranges::find(table.historic, std::string_view{column.name}) != table.historic.end();
        if (!ours && column.demands == Existing::Demands::a_value)
            return fail(Code::storage_unavailable, "no column that must be set and is not known", column.name);
    }
    return {};
}

}    // namespace

Result<void> migrate(Connection& connection, Tx& tx, std::span<const Table* const> tables,
                     const std::vector<Extension>& extensions) {
    CS_TRY(const auto schema, connection.texts_of("SELECT coalesce(current_schema(), '')::text"));
    if (schema.front().front().empty())
        return fail(Code::storage_unavailable, "a schema in the search_path that the role may USE");
    CS_TRY(const std::vector<Existing> known, columns_in(connection, meta_table));
    Origin origin = Origin::ours;
    for (const Table* table : tables) {
        CS_TRY(const std::vector<Existing> existing, columns_in(connection, *table));
        if (!existing.empty()) origin = Origin::adopted;
        CS_CHECK(migrate_table(connection, *table, Schema{.extensions = extensions}.extension_of(*table)));
    }
    if (!known.empty()) return {};
    CS_CHECK(migrate_table(connection, meta_table, {}));
    return record_origin(tx, origin);
}

}    // namespace countersign::storage::postgres

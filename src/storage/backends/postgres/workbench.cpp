#include "storage/backends/postgres/workbench.hpp"

#include <charconv>

#include "storage/sql.hpp"
#include "storage/tables.hpp"

namespace countersign::storage::postgres {
namespace {

using Texts = std::vector<std::vector<std::string>>;

/// Names are those of our rows and of additional fields, whose form is checked: letters, digits and _.
std::string list_of(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "'" : ", '") + name + "'";
    return out.empty() ? "''" : out;
}

std::string table_list(const Wanted& wanted) {
    const std::vector<const Table*> tables = all_tables(wanted);
    std::vector<std::string> names;
    names.reserve(tables.size());
    for (const Table* table : tables) names.emplace_back(*table->name);
    return list_of(names);
}

std::int64_t number_of(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

FoundTable* table_of(Found& found, const std::string& name) {
    const auto there =
        std::ranges::find_if(found.tables, [&](const FoundTable& one) { return *one.table->name == name; });
    return there == found.tables.end() ? nullptr : &*there;
}

/// Other kinds of relation, by pg_class.relkind.
std::string other_kind(const std::string& kind) {
    struct Row {
        std::string_view kind, words;
    };
    constexpr Row rows[]{{"r", ""}, {"p", ""}, {"v", "a view"}, {"m", "a materialized view"}, {"f", "a foreign table"}};
    const auto row = std::ranges::find(rows, std::string_view{kind}, &Row::kind);
    return std::string{row == std::end(rows) ? "something else" : row->words};
}

Result<void> find_tables(Connection& connection, const Wanted& wanted, Found& found) {
    const auto may = [](const std::string& right) {
        return "CASE WHEN NOT has_table_privilege(c.oid, '" + right + "') THEN '" + right + "' END";
    };
    // Who only adds to a table of ours may be allowed no more than that.
    CS_TRY(const Texts rows,
           connection.texts_of("SELECT c.relname::text, c.relkind::text, pg_has_role(c.relowner, 'USAGE')::text, "
                               "array_to_string(ARRAY[" +
                               may("SELECT") + ", " + may("INSERT") +
                               "], ', '), "
                               "array_to_string(ARRAY[" +
                               may("UPDATE") + ", " + may("DELETE") +
                               "], ', ') "
                               "FROM pg_class c WHERE c.relname IN (" +
                               table_list(wanted) +
                               ") AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_table_is_visible(c.oid)"));
    for (const Table* table : all_tables(wanted)) {
        const auto row = std::ranges::find_if(rows, [&](const auto& one) { return one.front() == *table->name; });
        if (row == rows.end()) continue;
        std::string denied = (*row)[3];
        if (table->text_order == TextOrder::of_database && !(*row)[4].empty())
            denied += (denied.empty() ? "" : ", ") + (*row)[4];
        found.tables.push_back({.table = table,
                                .other_kind = other_kind((*row)[1]),
                                .denied = denied,
                                .owned = (*row)[2] == "true" ? FoundTable::Owned::yes : FoundTable::Owned::no,
                                .made = (*row)[1] == "p" ? FoundTable::Made::in_partitions : FoundTable::Made::whole});
    }
    return {};
}

FoundColumn::Counter counter_of(const std::string& word) {
    using Counter = FoundColumn::Counter;
    struct Row {
        std::string_view word;
        Counter counter;
    };
    constexpr Row rows[]{{"open", Counter::open},
                         {"none", Counter::none},
                         {"denied", Counter::denied},
                         {"always", Counter::writes_itself}};
    return std::ranges::find(rows, std::string_view{word}, &Row::word)->counter;
}

Result<void> find_columns(Connection& connection, const Wanted& wanted, Found& found) {
    CS_TRY(const Texts rows,
           connection.texts_of(
               "SELECT c.relname::text, a.attname::text, coalesce(b.typname, t.typname)::text, a.attnotnull::text, "
               "(a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '')::text, CASE WHEN "
               "a.attname <> 'id' THEN 'open' WHEN s.name IS NULL THEN 'none' WHEN a.attidentity = 'a' THEN 'always' "
               "WHEN NOT has_sequence_privilege(s.name, 'USAGE') THEN 'denied' ELSE 'open' END, "
               "coalesce(s.name, '') FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid "
               "= a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype CROSS JOIN LATERAL (SELECT CASE WHEN "
               "a.attname = 'id' THEN "
               "pg_get_serial_sequence(a.attrelid::regclass::text, 'id') END AS name) s WHERE c.relname IN (" +
               table_list(wanted) +
               ") AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped "
               "ORDER BY a.attnum"));
    for (const auto& row : rows) {
        FoundTable* const table = table_of(found, row[0]);
        if (table == nullptr) continue;
        table->columns.push_back(
            {.name = row[1],
             .type = row[2],
             .null = row[3] == "true" ? Null::never : Null::allowed,
             .demands = row[4] == "true" ? FoundColumn::Demands::a_value : FoundColumn::Demands::nothing,
             .counter = counter_of(row[5]),
             .sequence = row[6]});
    }
    return {};
}

/// A row for each column of each index, in its order.
Result<void> find_indexes(Connection& connection, const Wanted& wanted, Found& found) {
    CS_TRY(const Texts rows,
           connection.texts_of(
               "SELECT c.relname::text, i.relname::text, x.indisunique::text, (x.indisvalid AND x.indisready)::text, "
               "(x.indpred IS NULL)::text, coalesce(a.attname::text, '') FROM pg_index x JOIN pg_class c ON c.oid = "
               "x.indrelid JOIN pg_class i ON i.oid = x.indexrelid CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY "
               "AS k(number, place) LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number WHERE "
               "c.relname IN (" +
               table_list(wanted) +
               ") AND pg_table_is_visible(c.oid) AND k.place <= x.indnkeyatts ORDER BY i.oid, k.place"));
    for (const auto& row : rows) {
        FoundTable* const table = table_of(found, row[0]);
        if (table == nullptr) continue;
        if (table->indexes.empty() || table->indexes.back().name != row[1]) {
            using State = FoundIndex::State;
            table->indexes.push_back({.name = row[1],
                                      .columns = {},
                                      .values = row[2] == "true" ? FoundIndex::Values::unique : FoundIndex::Values::any,
                                      .state = row[3] != "true"   ? State::broken
                                               : row[4] == "true" ? State::whole
                                                                  : State::partial});
        }
        table->indexes.back().columns.push_back(row[5]);
    }
    return {};
}

Result<void> find_names(Connection& connection, const Wanted& wanted, Found& found) {
    CS_TRY(const Texts rows,
           connection.texts_of("SELECT relname::text FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace "
                               "WHERE nspname = current_schema()) AND relname IN (" +
                               list_of(index_names(wanted)) + ")"));
    std::vector<std::string> existing;
    existing.reserve(rows.size());
    for (const auto& row : rows) existing.push_back(row.front());
    found.names = taken_names(wanted, found, std::move(existing));
    return {};
}

Result<void> find_versions(Connection& connection, Found& found) {
    const FoundTable* const meta = found.find(meta_table);
    if (meta == nullptr || !meta->denied.empty() || meta->columns.size() != meta_table.columns->size()) return {};
    for (const std::string_view key : {schema_version_key, schema_oldest_key}) {
        CS_TRY(const Texts rows,
               connection.texts_of("SELECT \"value\"::text FROM \"countersignMeta\" WHERE \"id\" = '" +
                                   std::string{key} + "'"));
        found.versions.push_back(rows.empty() ? "" : rows.front().front());
    }
    return {};
}

}    // namespace

Result<Found> structure(Connection& connection, const Wanted& wanted) {
    Found found{.engine = Engine::postgres};
    CS_TRY(const Texts schema,
           connection.texts_of("SELECT coalesce(current_schema(), '')::text, "
                               "coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)::text"));
    if (schema.front().front().empty())
        return fail(Code::storage_unavailable, "a schema in the search_path that the role may USE");
    if (schema.front().back() != "true") found.denied = "CREATE in the schema " + schema.front().front();
    CS_CHECK(find_tables(connection, wanted, found));
    CS_CHECK(find_columns(connection, wanted, found));
    CS_CHECK(find_indexes(connection, wanted, found));
    CS_CHECK(find_names(connection, wanted, found));
    CS_CHECK(find_versions(connection, found));
    return found;
}

Result<RowCount> count_rows(Connection& connection, const Table& table) {
    constexpr std::int64_t most = 100'000;
    const std::string name = "\"" + std::string{*table.name} + "\"";
    CS_TRY(const Texts counted, connection.texts_of("SELECT count(*)::text FROM (SELECT FROM " + name + " LIMIT " +
                                                    std::to_string(most + 1) + ") AS counted"));
    const std::int64_t rows = number_of(counted.front().front());
    if (rows <= most) return RowCount{.number = rows, .kind = RowCount::Kind::exact};
    CS_TRY(const Texts estimated,
           connection.texts_of("SELECT reltuples::bigint::text FROM pg_class WHERE oid = '" + name + "'::regclass"));
    return RowCount{.number = std::max(rows, number_of(estimated.front().front())), .kind = RowCount::Kind::estimate};
}

Result<std::int64_t> count_repeated(Connection& connection, const Table& table, const Column& column) {
    CS_TRY(const Texts rows, connection.texts_of("SELECT coalesce(sum(count), 0)::text FROM (" +
                                                 repeated_values_text(table, column) + ") AS repeated"));
    return number_of(rows.front().front());
}

/// The words for what a role may not do are the same in every place where it may not.
Result<void> run_step(Connection& connection, const std::string& sql) {
    Result<void> done = connection.run(sql);
    constexpr std::string_view not_allowed = "42501";
    if (done.ok() || connection.link().state() != not_allowed) return done;
    return fail(Code::storage_unavailable, "a role that may CREATE in the schema and owns its tables",
                done.error().found().text());
}

}    // namespace countersign::storage::postgres

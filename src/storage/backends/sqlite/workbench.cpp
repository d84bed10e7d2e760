#include "storage/backends/sqlite/workbench.hpp"

#include "storage/cells.hpp"
#include "storage/sql.hpp"
#include "storage/tables.hpp"

namespace countersign::storage::sqlite {
namespace {

constexpr Type one_text[]{Type::text}, one_number[]{Type::big_integer};

std::string in_quotes(std::string_view name) { return "'" + std::string{name} + "'"; }

}    // namespace

Result<void> Bench::find_table(const Table& table, Found& found) {
    constexpr Type types[]{Type::text, Type::integer};
    CS_TRY(const std::vector<Row> rows,
           connection_->rows_of(
               "SELECT type, wr FROM pragma_table_list(" + in_quotes(*table.name) + ") WHERE schema = 'main'", types));
    if (rows.empty()) return {};
    CS_TRY(const std::string kind, cell<std::string>(rows.front(), 0));
    CS_TRY(const std::int64_t without_rowid, cell<std::int64_t>(rows.front(), 1));
    FoundTable there{.table = &table};
    if (kind != "table") there.other_kind = "a " + kind;
    if (without_rowid != 0) there.other_kind = "made WITHOUT ROWID";
    if (there.other_kind.empty()) {
        CS_CHECK(find_columns(there));
        CS_CHECK(find_indexes(there));
    }
    found.tables.push_back(std::move(there));
    return {};
}

Result<void> Bench::find_columns(FoundTable& there) {
    constexpr Type types[]{Type::text, Type::text, Type::integer, Type::text};
    CS_TRY(const std::vector<Row> rows,
           connection_->rows_of("SELECT name, type, \"notnull\", dflt_value FROM pragma_table_info(" +
                                    in_quotes(*there.table->name) + ")",
                                types));
    there.columns.reserve(rows.size());
    for (const Row& row : rows) {
        CS_TRY(const std::string name, cell<std::string>(row, 0));
        CS_TRY(const std::string type, cell<std::string>(row, 1));
        CS_TRY(const std::int64_t not_null, cell<std::int64_t>(row, 2));
        const bool has_default = !std::holds_alternative<std::monostate>(row[3]);
        using Demands = FoundColumn::Demands;
        there.columns.push_back({.name = name,
                                 .type = type,
                                 .null = not_null != 0 ? Null::never : Null::allowed,
                                 .demands = not_null != 0 && !has_default ? Demands::a_value : Demands::nothing});
    }
    return {};
}

Result<void> Bench::find_indexes(FoundTable& there) {
    constexpr Type types[]{Type::text, Type::integer, Type::integer, Type::text};
    CS_TRY(const std::vector<Row> rows,
           connection_->rows_of("SELECT l.name, l.\"unique\", l.partial, coalesce(i.name, '') FROM pragma_index_list(" +
                                    in_quotes(*there.table->name) +
                                    ") l, pragma_index_info(l.name) i ORDER BY l.seq, i.seqno",
                                types));
    for (const Row& row : rows) {
        CS_TRY(const std::string name, cell<std::string>(row, 0));
        CS_TRY(const std::int64_t unique, cell<std::int64_t>(row, 1));
        CS_TRY(const std::int64_t partial, cell<std::int64_t>(row, 2));
        CS_TRY(const std::string column, cell<std::string>(row, 3));
        if (there.indexes.empty() || there.indexes.back().name != name) {
            there.indexes.push_back({.name = name,
                                     .columns = {},
                                     .values = unique != 0 ? FoundIndex::Values::unique : FoundIndex::Values::any,
                                     .state = partial != 0 ? FoundIndex::State::partial : FoundIndex::State::whole});
        }
        there.indexes.back().columns.push_back(column);
    }
    return find_row_key(there);
}

/// INTEGER PRIMARY KEY is the table itself, in its order, and has no index of its own.
Result<void> Bench::find_row_key(FoundTable& there) {
    const std::string table = in_quotes(*there.table->name);
    CS_TRY(const std::vector<Row> rows,
           connection_->rows_of("SELECT name FROM pragma_table_info(" + table +
                                    ") WHERE pk > 0 AND NOT EXISTS (SELECT 1 FROM pragma_index_list(" + table +
                                    ") WHERE origin = 'pk')",
                                one_text));
    for (const Row& row : rows) {
        CS_TRY(std::string column, cell<std::string>(row, 0));
        there.indexes.push_back({.name = {},
                                 .columns = {std::move(column)},
                                 .values = FoundIndex::Values::unique,
                                 .state = FoundIndex::State::whole});
    }
    return {};
}

Result<void> Bench::find_names(const Wanted& wanted, Found& found) {
    std::string list;
    for (const std::string& name : index_names(wanted)) list += (list.empty() ? "" : ", ") + in_quotes(name);
    CS_TRY(
        const std::vector<Row> rows,
        connection_->rows_of("SELECT name FROM sqlite_schema WHERE name COLLATE NOCASE IN (" + list + ")", one_text));
    std::vector<std::string> existing;
    existing.reserve(rows.size());
    for (const Row& row : rows) {
        CS_TRY(std::string name, cell<std::string>(row, 0));
        existing.push_back(std::move(name));
    }
    found.names = taken_names(wanted, found, std::move(existing));
    return {};
}

Result<void> Bench::find_versions(Found& found) {
    const FoundTable* const meta = found.find(meta_table);
    if (meta == nullptr || meta->columns.size() != meta_table.columns->size()) return {};
    for (const std::string_view key : {schema_version_key, schema_oldest_key}) {
        CS_TRY(const std::vector<Row> rows,
               connection_->rows_of("SELECT CAST(value AS text) FROM \"countersignMeta\" WHERE id = " + in_quotes(key),
                                    one_text));
        std::string value;
        if (!rows.empty()) {
            CS_TRY(value, cell<std::string>(rows.front(), 0));
        }
        found.versions.push_back(std::move(value));
    }
    return {};
}

Result<Found> Bench::structure(const Wanted& wanted) {
    Found found{.engine = Engine::sqlite};
    for (const Table* table : all_tables(wanted)) CS_CHECK(find_table(*table, found));
    CS_CHECK(find_names(wanted, found));
    CS_CHECK(find_versions(found));
    return found;
}

Result<RowCount> Bench::count_rows(const Table& table) {
    CS_TRY(const std::vector<Row> rows,
           connection_->rows_of("SELECT count(*) FROM \"" + std::string{*table.name} + "\"", one_number));
    CS_TRY(const std::int64_t number, cell<std::int64_t>(rows.front(), 0));
    return RowCount{.number = number, .kind = RowCount::Kind::exact};
}

Result<std::int64_t> Bench::count_repeated(const Table& table, const Column& column) {
    CS_TRY(const std::vector<Row> rows,
           connection_->rows_of(
               "SELECT coalesce(sum(\"count(*)\"), 0) FROM (" + repeated_values_text(table, column) + ")", one_number));
    return cell<std::int64_t>(rows.front(), 0);
}

}    // namespace countersign::storage::sqlite

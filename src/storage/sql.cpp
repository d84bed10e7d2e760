#include "storage/sql.hpp"

#include "base/assert.hpp"

namespace countersign::storage {
namespace {

/// Where the two databases want other words.
struct Dialect {
    std::array<std::string_view, 5> type_names;    // in the order of Type
    enum class Marks : std::uint8_t { plain, numbered } marks;
    std::string_view row_name;    // tells rows of a table apart
    std::string_view row_lock;    // behind the choice of a row: who comes second looks again
    std::string_view on_conflict;
    std::string_view by_bytes;    // behind a text that is compared by its bytes
    std::string_view default_now;
};
constexpr Dialect sqlite{.type_names = {"text", "integer", "bigint", "integer", "date"},
                         .marks = Dialect::Marks::plain,
                         .row_name = "rowid",
                         .row_lock = "",
                         .on_conflict = "",
                         .by_bytes = "",
                         .default_now = ""};
constexpr Dialect postgres{.type_names = {"text", "integer", "bigint", "boolean", "timestamptz"},
                           .marks = Dialect::Marks::numbered,
                           .row_name = "\"id\"",
                           .row_lock = " FOR UPDATE",
                           .on_conflict = " ON CONFLICT DO NOTHING",
                           .by_bytes = " COLLATE \"C\"",
                           .default_now = " default CURRENT_TIMESTAMP"};

std::string quoted(std::string_view name) { return "\"" + std::string{name} + "\""; }

std::string_view operator_of(Match match) {
    switch (match) {
        case Match::equal:
            return " = ";
        case Match::not_equal:
            return " <> ";
        case Match::less:
            return " < ";
        case Match::less_or_equal:
            return " <= ";
        case Match::greater:
            return " > ";
        case Match::greater_or_equal:
            return " >= ";
    }
    CS_ASSERT(false);
}

bool is_order(Match match) { return match != Match::equal && match != Match::not_equal; }

const Column* column_of(const Table& table, std::string_view name) {
    const auto at = table.index_of(name);
    return at ? &(*table.columns)[*at] : nullptr;
}

/// Writes one statement: the marks of its values are counted as they are written.
class Writer {
  public:
    Writer(const Dialect& dialect, const Statement& statement, const Schema& schema)
        : dialect_{&dialect},
          statement_{&statement},
          table_{statement.table},
          schema_{&schema} {}

    std::string text();

  private:
    std::string mark();
    std::string columns_of(const Table& table, std::string_view prefix) const;
    std::string_view order_of_texts(std::string_view column) const;
    std::string where_of(std::string_view prefix);
    std::string order_of(std::string_view prefix) const;
    std::string select_of(std::string_view limit);
    std::string insert_of();
    bool is_one_row_at_most() const;
    std::string one_row();
    std::string set_of();
    std::string increment_of();
    std::string returning() const { return " RETURNING " + columns_of(*table_, ""); }

    const Dialect* dialect_;
    const Statement* statement_;
    const Table* table_;
    const Schema* schema_;
    int marks_ = 0;
};

std::string Writer::mark() { return dialect_->marks == Dialect::Marks::plain ? "?" : "$" + std::to_string(++marks_); }

std::string Writer::columns_of(const Table& table, std::string_view prefix) const {
    std::string out;
    for (const std::span<const Column> part : {table.columns.value, schema_->extension_of(table)}) {
        for (const Column& column : part) {
            if (!out.empty()) out += ", ";
            out += std::string{prefix} + quoted(column.name);
        }
    }
    return out;
}

/// Greater and less of texts mean their bytes in both databases.
std::string_view Writer::order_of_texts(std::string_view column) const {
    const Column* found = column_of(*table_, column);
    return found != nullptr && found->type.value == Type::text ? dialect_->by_bytes : std::string_view{};
}

std::string Writer::where_of(std::string_view prefix) {
    std::string out;
    for (const Where& where : statement_->where) {
        out += out.empty() ? " WHERE " : " AND ";
        out += std::string{prefix} + quoted(where.column);
        if (is_order(where.match)) out += order_of_texts(where.column);
        out += std::string{operator_of(where.match)} + mark();
    }
    return out;
}

std::string Writer::order_of(std::string_view prefix) const {
    const std::string_view column = statement_->order.column;
    if (column.empty()) return {};
    return " ORDER BY " + std::string{prefix} + quoted(column) + std::string{order_of_texts(column)} +
           (statement_->order.direction == Direction::descending ? " DESC" : " ASC");
}

std::string Writer::select_of(std::string_view limit) {
    if (statement_->join.table == nullptr) {
        const std::string head = "SELECT " + columns_of(*table_, "") + " FROM " + quoted(table_->name);
        return head + where_of("") + order_of("") + std::string{limit};
    }
    const Table& other = *statement_->join.table;
    const std::string head = "SELECT " + columns_of(*table_, "t.") + ", " + columns_of(other, "j.") + " FROM " +
                             quoted(table_->name) + " t JOIN " + quoted(other.name) + " j ON j.\"id\" = t." +
                             quoted(statement_->join.on);
    return head + where_of("t.") + order_of("t.") + std::string{limit};
}

std::string Writer::insert_of() {
    std::string columns = columns_of(*table_, ""), marks;
    for (const std::string_view column : schema_->historic) columns += ", " + quoted(column);
    const std::size_t values =
        table_->columns->size() + schema_->extension_of(*table_).size() + schema_->historic.size();
    for (std::size_t i = 0; i < values; ++i) marks += (i == 0 ? "" : ", ") + mark();
    return "INSERT INTO " + quoted(table_->name) + " (" + columns + ") VALUES (" + marks + ")" +
           std::string{dialect_->on_conflict};
}

/// Whether the predicate alone names one row.
bool Writer::is_one_row_at_most() const {
    return std::ranges::any_of(statement_->where, [](const Where& where) {
        return where.match == Match::equal && where.column.value == "id";
    });
}

/// At most one row, so that an operation on one row can never touch two.
std::string Writer::one_row() {
    if (!dialect_->row_lock.empty() && is_one_row_at_most()) return where_of("");
    const std::string row{dialect_->row_name};
    std::string out = " WHERE " + row + " = (SELECT " + row + " FROM " + quoted(table_->name);
    out += where_of("");
    return out + order_of("") + " LIMIT 1" + std::string{dialect_->row_lock} + ")";
}

std::string Writer::set_of() {
    std::string out;
    const auto add = [&](std::string_view column) {
        out += (out.empty() ? " SET " : ", ") + quoted(column) + " = " + mark();
    };
    for (const std::string_view column : statement_->set) add(column);
    if (!statement_->sets_extension) return out;
    for (const Column& column : schema_->extension_of(*table_)) add(column.name);
    return out;
}

std::string Writer::increment_of() {
    CS_ASSERT(statement_->set.size() == 1);
    const std::string column = quoted(statement_->set.front());
    std::string out = "UPDATE " + quoted(table_->name) + " SET " + column + " = " + column + " + " + mark();
    out += one_row();
    return out + returning();
}

std::string Writer::text() {
    const std::string table = quoted(table_->name);
    switch (statement_->op.value) {
        case Op::create:
            return insert_of();
        case Op::find_one:
            return select_of(" LIMIT 1");
        case Op::find_many:
            return select_of("");
        case Op::count:
            return "SELECT count(*) FROM " + table + where_of("");
        case Op::update: {
            std::string out = "UPDATE " + table + set_of();
            out += one_row();
            return out + returning();
        }
        case Op::update_many: {
            std::string out = "UPDATE " + table + set_of();
            return out + where_of("");
        }
        case Op::remove:
            return "DELETE FROM " + table + one_row();
        case Op::remove_many:
            return "DELETE FROM " + table + where_of("");
        case Op::consume_one:
            return "DELETE FROM " + table + one_row() + returning();
        case Op::increment_one:
            return increment_of();
    }
    assertion_failed("an operation of the enum", __FILE__, __LINE__);    // g++ does not see the end of a macro here
}

std::string_view type_name(const Dialect& dialect, const Table& table, const Column& column, const IdTypes& ids) {
    if (is_id(table, column) && !ids.own.empty()) return column.references.empty() ? ids.own : ids.reference;
    return dialect.type_names[static_cast<std::size_t>(column.type.value)];
}

enum class Unique : std::uint8_t { in_line, by_its_index };

std::string column_definition(const Dialect& dialect, const Table& table, const Column& column, const IdTypes& ids,
                              Unique unique) {
    std::string out = quoted(column.name) + " " + std::string{type_name(dialect, table, column, ids)};
    if (table.text_order == TextOrder::bytes && column.type.value == Type::text) out += dialect.by_bytes;
    if (column.fallback == Fallback::now) out += dialect.default_now;
    if (column.null.value == Null::never) out += " not null";
    if (column.name.value == "id") out += " primary key";
    if (column.unique && unique == Unique::in_line) out += " unique";
    if (!column.references.empty()) out += " references " + quoted(column.references) + " (\"id\") on delete cascade";
    return out;
}

std::vector<std::string> schema_of(const Dialect& dialect, const Table& table, std::span<const Column> extension,
                                   const IdTypes& ids) {
    std::string create = "create table " + quoted(table.name) + " (";
    std::vector<std::string> all{{}};
    for (const std::span<const Column> part : {table.columns.value, extension}) {
        for (const Column& column : part) {
            if (!create.ends_with('(')) create += ", ";
            create += column_definition(dialect, table, column, ids, Unique::in_line);
            if (column.indexed) all.push_back(index_text(table, column, IndexBuild::at_once));
        }
    }
    all.front() = create + ")";
    return all;
}

std::string add_column_of(const Dialect& dialect, const Table& table, const Column& column, const IdTypes& ids) {
    return "alter table " + quoted(table.name) + " add column " +
           column_definition(dialect, table, column, ids, Unique::by_its_index);
}

}    // namespace

bool is_id(const Table& table, const Column& column) {
    return !column.references.empty() ||
           (column.name.value == "id" && table.text_order == TextOrder::of_database && column.type.value == Type::text);
}

std::string_view postgres_type_name(Type type) { return postgres.type_names[static_cast<std::size_t>(type)]; }

std::string index_name(const Table& table, const Column& column) {
    return std::string{*table.name} + "_" + std::string{*column.name} + (column.unique ? "_uidx" : "_idx");
}

std::string index_text(const Table& table, const Column& column, IndexBuild build) {
    return std::string{"create "} + (column.unique ? "unique " : "") + "index " +
           (build == IndexBuild::beside_writers ? "concurrently " : "") + quoted(index_name(table, column)) + " on " +
           quoted(table.name) + " (" + quoted(column.name) + ")";
}

std::string rebuild_index_text(const Table& table, const Column& column) {
    return "reindex index concurrently " + quoted(index_name(table, column));
}

std::string repeated_values_text(const Table& table, const Column& column) {
    const std::string name = quoted(column.name);
    return "SELECT " + name + ", count(*) FROM " + quoted(table.name) + " WHERE " + name + " IS NOT NULL GROUP BY " +
           name + " HAVING count(*) > 1";
}

/// The fact of countersignMeta that holds the last number that was taken for a table.
std::string number_key(const Table& table) { return "number." + std::string{*table.name}; }

std::string sqlite_number_text(const Table& table, Sequence sequence) {
    const std::string name = quoted(table.name);
    std::string last = "coalesce((SELECT max(\"id\") FROM " + name +
                       "), 0), coalesce((SELECT CAST(\"value\" AS integer) FROM \"countersignMeta\" WHERE \"id\" = '" +
                       number_key(table) + "'), 0)";
    if (sequence == Sequence::kept)
        last += ", coalesce((SELECT seq FROM sqlite_sequence WHERE name = '" + std::string{*table.name} + "'), 0)";
    return "INSERT INTO \"countersignMeta\" (\"id\", \"value\") VALUES ('" + number_key(table) + "', CAST(1 + max(" +
           last + ") AS text)) ON CONFLICT (\"id\") DO UPDATE SET \"value\" = excluded.\"value\" RETURNING \"value\"";
}

std::string postgres_number_text(const Table& table) {
    return "SELECT nextval(pg_get_serial_sequence('" + quoted(table.name) + "', 'id'))::text";
}

std::string meta_text(std::string_view id, std::string_view value) {
    return "INSERT INTO \"countersignMeta\" (\"id\", \"value\") VALUES ('" + std::string{id} + "', '" +
           std::string{value} + "') ON CONFLICT (\"id\") DO UPDATE SET \"value\" = excluded.\"value\"";
}

std::span<const Column> Schema::extension_of(const Table& table) const {
    for (const Extension& extension : extensions) {
        if (extension.table.value == &table) return extension.columns;
    }
    return {};
}

std::string sqlite_text(const Statement& statement, const Schema& schema) {
    return Writer{sqlite, statement, schema}.text();
}
std::string postgres_text(const Statement& statement, const Schema& schema) {
    return Writer{postgres, statement, schema}.text();
}

std::vector<Type> types_of(const Statement& statement, const Schema& schema) {
    if (statement.op.value == Op::count) return {Type::big_integer};
    std::vector<Type> types;
    for (const Table* table : {statement.table.value, statement.join.table}) {
        if (table == nullptr) continue;
        for (const std::span<const Column> part : {table->columns.value, schema.extension_of(*table)}) {
            for (const Column& column : part) types.push_back(column.type);
        }
    }
    return types;
}

std::vector<const Column*> parameters_of(const Statement& statement, const Schema& schema) {
    std::vector<const Column*> all;
    const auto add = [&](std::span<const Column> columns) {
        for (const Column& column : columns) all.push_back(&column);
    };
    const Table& table = *statement.table.value;
    const bool creates = statement.op.value == Op::create;
    if (creates) add(*table.columns);
    if (statement.op.value == Op::increment_one) {
        all.push_back(nullptr);
    } else {
        for (const std::string_view name : statement.set) all.push_back(column_of(table, name));
    }
    if (creates || statement.sets_extension) add(schema.extension_of(table));
    for (const Where& where : statement.where) all.push_back(column_of(table, where.column));
    return all;
}

std::vector<std::string> sqlite_schema(const Table& table, std::span<const Column> extension, const IdTypes& ids) {
    return schema_of(sqlite, table, extension, ids);
}
std::vector<std::string> postgres_schema(const Table& table, std::span<const Column> extension, const IdTypes& ids) {
    return schema_of(postgres, table, extension, ids);
}

std::string sqlite_add_column(const Table& table, const Column& column, const IdTypes& ids) {
    return add_column_of(sqlite, table, column, ids);
}
std::string postgres_add_column(const Table& table, const Column& column, const IdTypes& ids) {
    return add_column_of(postgres, table, column, ids);
}

}    // namespace countersign::storage

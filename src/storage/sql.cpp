#include "storage/sql.hpp"

#include "base/assert.hpp"

namespace countersign::storage {
namespace {

std::string quoted(std::string_view name) { return "\"" + std::string{name} + "\""; }

std::string_view type_name(Type type) {
    switch (type) {
        case Type::text:
            return "text";
        case Type::integer:
            return "integer";
        case Type::big_integer:
            return "bigint";
        case Type::boolean:
            return "integer";
        case Type::date:
            return "date";
    }
    CS_ASSERT(false);
}

std::string_view operator_of(Match match) {
    switch (match) {
        case Match::equal:
            return " = ?";
        case Match::not_equal:
            return " <> ?";
        case Match::less:
            return " < ?";
        case Match::less_or_equal:
            return " <= ?";
        case Match::greater:
            return " > ?";
        case Match::greater_or_equal:
            return " >= ?";
    }
    CS_ASSERT(false);
}

std::string columns_of(const Table& table, const Schema& schema, std::string_view prefix) {
    std::string out;
    for (const std::span<const Column> part : {table.columns.value, schema.extension_of(table)}) {
        for (const Column& column : part) {
            if (!out.empty()) out += ", ";
            out += std::string{prefix} + quoted(column.name);
        }
    }
    return out;
}

std::string where_of(const Statement& statement, std::string_view prefix) {
    std::string out;
    for (const Where& where : statement.where) {
        out += out.empty() ? " WHERE " : " AND ";
        out += std::string{prefix} + quoted(where.column) + std::string{operator_of(where.match)};
    }
    return out;
}

std::string order_of(const Statement& statement, std::string_view prefix) {
    if (statement.order.column.empty()) return {};
    return " ORDER BY " + std::string{prefix} + quoted(statement.order.column) +
           (statement.order.direction == Direction::descending ? " DESC" : " ASC");
}

std::string select_of(const Statement& statement, const Schema& schema, std::string_view limit) {
    const Table& table = *statement.table;
    if (statement.join.table == nullptr) {
        return "SELECT " + columns_of(table, schema, "") + " FROM " + quoted(table.name) + where_of(statement, "") +
               order_of(statement, "") + std::string{limit};
    }
    const Table& other = *statement.join.table;
    return "SELECT " + columns_of(table, schema, "t.") + ", " + columns_of(other, schema, "j.") + " FROM " +
           quoted(table.name) + " t JOIN " + quoted(other.name) + " j ON j.\"id\" = t." + quoted(statement.join.on) +
           where_of(statement, "t.") + order_of(statement, "t.") + std::string{limit};
}

std::string insert_of(const Table& table, const Schema& schema) {
    std::string columns = columns_of(table, schema, ""), marks;
    for (const std::string_view column : schema.historic) columns += ", " + quoted(column);
    const std::size_t values = table.columns->size() + schema.extension_of(table).size() + schema.historic.size();
    for (std::size_t i = 0; i < values; ++i) marks += i == 0 ? "?" : ", ?";
    return "INSERT INTO " + quoted(table.name) + " (" + columns + ") VALUES (" + marks + ")";
}

/// The rowid of at most one row, so that an operation on one row can never touch two.
std::string one_row(const Statement& statement) {
    return " WHERE rowid = (SELECT rowid FROM " + quoted(statement.table->name) + where_of(statement, "") +
           order_of(statement, "") + " LIMIT 1)";
}

std::string set_of(const Statement& statement, const Schema& schema) {
    std::string out;
    const auto add = [&out](std::string_view column) {
        out += (out.empty() ? " SET " : ", ") + quoted(column) + " = ?";
    };
    for (const std::string_view column : statement.set) add(column);
    if (!statement.sets_extension) return out;
    for (const Column& column : schema.extension_of(*statement.table)) add(column.name);
    return out;
}

std::string increment_of(const Statement& statement, const Schema& schema) {
    CS_ASSERT(statement.set.size() == 1);
    const std::string column = quoted(statement.set.front());
    return "UPDATE " + quoted(statement.table->name) + " SET " + column + " = " + column + " + ?" + one_row(statement) +
           " RETURNING " + columns_of(*statement.table, schema, "");
}

std::string column_definition(const Column& column) {
    std::string out = quoted(column.name) + " " + std::string{type_name(column.type)};
    if (column.null.value == Null::never) out += " not null";
    if (column.name.value == "id") out += " primary key";
    if (column.unique) out += " unique";
    if (!column.references.empty()) out += " references " + quoted(column.references) + " (\"id\") on delete cascade";
    return out;
}

}    // namespace

std::span<const Column> Schema::extension_of(const Table& table) const {
    for (const Extension& extension : extensions) {
        if (extension.table.value == &table) return extension.columns;
    }
    return {};
}

std::string sqlite_text(const Statement& statement, const Schema& schema) {
    const std::string table = quoted(statement.table->name);
    switch (statement.op.value) {
        case Op::create:
            return insert_of(*statement.table, schema);
        case Op::find_one:
            return select_of(statement, schema, " LIMIT 1");
        case Op::find_many:
            return select_of(statement, schema, "");
        case Op::count:
            return "SELECT count(*) FROM " + table + where_of(statement, "");
        case Op::update:
            return "UPDATE " + table + set_of(statement, schema) + one_row(statement) + " RETURNING " +
                   columns_of(*statement.table, schema, "");
        case Op::update_many:
            return "UPDATE " + table + set_of(statement, schema) + where_of(statement, "");
        case Op::remove:
            return "DELETE FROM " + table + one_row(statement);
        case Op::remove_many:
            return "DELETE FROM " + table + where_of(statement, "");
        case Op::consume_one:
            return "DELETE FROM " + table + one_row(statement) + " RETURNING " +
                   columns_of(*statement.table, schema, "");
        case Op::increment_one:
            return increment_of(statement, schema);
    }
    assertion_failed("an operation of the enum", __FILE__, __LINE__);    // g++ does not see the end of a macro here
}

std::vector<std::string> sqlite_schema(const Table& table, std::span<const Column> extension) {
    std::string create = "create table " + quoted(table.name) + " (";
    std::vector<std::string> all{{}};
    for (const std::span<const Column> part : {table.columns.value, extension}) {
        for (const Column& column : part) {
            if (!create.ends_with('(')) create += ", ";
            create += column_definition(column);
            if (!column.indexed) continue;
            const std::string name = std::string{*table.name} + "_" + std::string{*column.name} + "_idx";
            all.push_back("create index " + quoted(name) + " on " + quoted(table.name) + " (" + quoted(column.name) +
                          ")");
        }
    }
    all.front() = create + ")";
    return all;
}

std::string sqlite_add_column(const Table& table, const Column& column) {
    return "alter table " + quoted(table.name) + " add column " + column_definition(column);
}

}    // namespace countersign::storage

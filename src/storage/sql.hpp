// SQL text derived from statement and table rows. Identifiers come from our tables, values only as parameters (INP-07).
#pragma once

#include "base/result.hpp"
#include "storage/statement.hpp"

namespace countersign::storage {

/// What this database has besides the tables of the rows.
struct Schema {
    std::span<const Extension> extensions = {};
    std::span<const std::string_view> historic = {};    // of the table that a create writes

    std::span<const Column> extension_of(const Table& table) const;
};

/// The text of one statement. A create also writes the historic columns; in PostgreSQL one that meets a unique value
/// makes no row, since an error would end the transaction.
std::string sqlite_text(const Statement& statement, const Schema& schema = {});
std::string postgres_text(const Statement& statement, const Schema& schema = {});
/// Types of the cells that a statement returns.
std::vector<Type> types_of(const Statement& statement, const Schema& schema);

/// `create table` and `create index` as the migrations of Better Auth 1.7.25 write them.
std::vector<std::string> sqlite_schema(const Table& table, std::span<const Column> extension = {});
std::vector<std::string> postgres_schema(const Table& table, std::span<const Column> extension = {});
/// `alter table ... add column` for a column that an existing table lacks.
std::string sqlite_add_column(const Table& table, const Column& column);
std::string postgres_add_column(const Table& table, const Column& column);

}    // namespace countersign::storage

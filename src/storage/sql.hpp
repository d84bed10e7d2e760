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

/// The columns whose values a statement takes, in their order; null for what is added to one.
std::vector<const Column*> parameters_of(const Statement& statement, const Schema& schema);
/// Whether a column holds the id of a row of Better Auth's tables, which an installation may have as a number.
bool is_id(const Table& table, const Column& column);

/// How the ids of this database are stored where they are no texts: what is made anew takes the same.
struct IdTypes {
    std::string_view own = {};          // of the `id` of a table of Better Auth, with its default
    std::string_view reference = {};    // of a column that names such a row
};

/// `create table` and `create index` as the migrations of Better Auth 1.7.25 write them.
std::vector<std::string> sqlite_schema(const Table& table, std::span<const Column> extension = {},
                                       const IdTypes& ids = {});
std::vector<std::string> postgres_schema(const Table& table, std::span<const Column> extension = {},
                                         const IdTypes& ids = {});
/// `alter table ... add column` for a column that an existing table lacks. What is unique gets its index behind it.
std::string sqlite_add_column(const Table& table, const Column& column, const IdTypes& ids = {});
std::string postgres_add_column(const Table& table, const Column& column, const IdTypes& ids = {});

/// The word of PostgreSQL for a type.
std::string_view postgres_type_name(Type type);

/// Whether the table can be written while its index is made; that takes a statement outside of any transaction.
enum class IndexBuild : std::uint8_t { at_once, beside_writers };
/// The index of a column that is indexed or unique, by the name that Better Auth gives it.
std::string index_name(const Table& table, const Column& column);
std::string index_text(const Table& table, const Column& column, IndexBuild build);
std::string rebuild_index_text(const Table& table, const Column& column);
/// The values that a unique index would refuse, each with how often it is there.
std::string repeated_values_text(const Table& table, const Column& column);
/// Takes the next number for a row of a table whose ids SQLite counts, and remembers that it is taken: SQLite itself
/// would give the number of a row again that is gone. `sequence`: whether some table of the file is AUTOINCREMENT.
enum class Sequence : std::uint8_t { none, kept };
std::string sqlite_number_text(const Table& table, Sequence sequence);
/// The same of PostgreSQL, from the sequence that belongs to the column.
std::string postgres_number_text(const Table& table);
/// Writes one fact about the database into countersignMeta. Both are of ours, and hold no quotes.
std::string meta_text(std::string_view id, std::string_view value);

}    // namespace countersign::storage

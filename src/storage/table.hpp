// Tables are rows: names, types and ownership as data. SQL of every dialect and the migrations derive from them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/given.hpp"
#include "base/time.hpp"

namespace countersign::storage {

enum class Engine : std::uint8_t { sqlite, postgres };

/// Encodings per dialect are those of Better Auth 1.7.25: in SQLite a date is text (ISO-8601 with milliseconds), a
/// boolean is 0 or 1; in PostgreSQL timestamptz and boolean.
enum class Type : std::uint8_t { text, integer, big_integer, boolean, date };
enum class Null : std::uint8_t { never, allowed };
/// `now`: PostgreSQL fills it in, as Better Auth's migration has it. Its SQLite tables have no defaults, and our own
/// writes give a value always.
enum class Fallback : std::uint8_t { none, now };
/// How PostgreSQL orders the texts of a table: by the rules of the database, or by their bytes, as SQLite does.
enum class TextOrder : std::uint8_t { of_database, bytes };

struct Column {
    Given<std::string_view> name;
    Given<Type> type;
    Given<Null> null;
    bool unique = false;
    bool indexed = false;
    std::string_view references = {};    // table; on delete cascade
    Fallback fallback = Fallback::none;
};

struct Table {
    Given<std::string_view> name;
    Given<std::span<const Column>> columns;    // the first one is `id`, text, primary key
    /// Column that names the user a row belongs to; empty for tables without owner. A statement over an owned table has
    /// the owner in WHERE or VALUES, or says why not.
    Given<std::string_view> owner;
    /// Text columns that some releases of Better Auth had and demanded: written where the database has them, never
    /// read.
    std::span<const std::string_view> historic = {};
    /// Of our own tables, whose ids are looked up in ranges: the index has the order that the statement asks for.
    TextOrder text_order = TextOrder::of_database;

    constexpr std::optional<std::size_t> index_of(std::string_view column) const {
        for (std::size_t i = 0; i < columns->size(); ++i) {
            if ((*columns)[i].name.value == column) return i;
        }
        return std::nullopt;
    }
};

/// Columns that a table has here besides its own: additional fields, what plugins put on it. They stand behind the
/// table's own in every row of it, and behind the own ones of a joined table.
struct Extension {
    Given<const Table*> table;
    std::vector<Column> columns;    // their names outlive the storage
};

/// One cell. monostate is NULL.
using Value = std::variant<std::monostate, std::int64_t, bool, Instant, std::string>;
/// Cells in the order of the table's columns (or of the joined tables', one after the other).
using Row = std::vector<Value>;

}    // namespace countersign::storage

// What a database lacks for the tables of this configuration: a pure function from what is wanted and what was found
// to steps that only add, or to all that stands in their way (docs/adr/0027-migrations.md). Start and `countersign
// migrate` have the same plan.
#pragma once

#include "base/random.hpp"
#include "storage/table.hpp"

namespace countersign::storage {

/// What schema a database has been expanded to, and the oldest program that may still run on it.
struct Versions {
    std::int64_t schema = 0;
    std::int64_t oldest = 0;
};
/// Of this program: raised together with a row of tables.hpp. `oldest` rises when a program relies on what the ones
/// before it did not write.
inline constexpr Versions own_versions{.schema = 1, .oldest = 0};

/// What the configured application needs, besides countersignMeta.
struct Wanted {
    std::vector<const Table*> tables;
    std::vector<Extension> extensions = {};
    std::optional<IdForm> ids = {};    // that it will write; absent: whatever the columns take
    Versions versions = own_versions;

    std::span<const Column> extension_of(const Table& table) const;
    /// The columns of the table here, its own and those of the extension.
    std::vector<Column> columns_of(const Table& table) const;
};

struct RowCount {
    std::int64_t number = 0;
    enum class Kind : std::uint8_t { exact, estimate, unknown } kind = Kind::unknown;
};

struct FoundColumn {
    std::string name;
    std::string type;    // as the database calls it, without a length
    Null null;
    enum class Demands : std::uint8_t { nothing, a_value } demands;    // of whoever writes a row and does not know it
    /// Whether the next number of it can be taken and then written. Always in SQLite.
    enum class Counter : std::uint8_t { open, none, denied, writes_itself } counter = Counter::open;
    std::string sequence = {};    // that counts it, quoted; empty: none, or another column
};
struct FoundIndex {
    std::string name;
    std::vector<std::string> columns;    // an expression is an empty name
    enum class Values : std::uint8_t { any, unique } values;
    enum class State : std::uint8_t { whole, partial, broken } state;    // broken: a build that was cut off
};
struct FoundTable {
    const Table* table;
    std::string other_kind = {};    // "a view": what has the name and is no table; empty for a table
    std::vector<FoundColumn> columns = {};
    std::vector<FoundIndex> indexes = {};
    std::string denied = {};    // what the role may not do with its rows: "INSERT, UPDATE"
    enum class Owned : std::uint8_t { no, yes } owned = Owned::yes;
    /// PostgreSQL builds no index beside writers over a table in partitions.
    enum class Made : std::uint8_t { whole, in_partitions } made = Made::whole;
    /// Counted only where something is lacking.
    RowCount rows = {};
    /// How many rows have a value of that column that another one has too.
    std::vector<std::pair<std::string, std::int64_t>> repeated = {};
};
struct Found {
    Engine engine;
    std::vector<FoundTable> tables = {};       // those that are wanted and there, and countersignMeta
    std::vector<std::string> names = {};       // of indexes that we would make, and that something else has
    std::vector<std::string> versions = {};    // schema, oldest: as they are written; empty texts: not there
    std::string denied = {};                   // what the role may not do in the schema: "CREATE"

    const FoundTable* find(const Table& table) const;
};

/// What a step holds while it runs, and what that stops.
enum class Lock : std::uint8_t { file, new_table, referenced_table, one_row, whole_table, writes, nothing };
struct LockRow {
    Lock lock;
    std::string_view name;
    std::string_view stops;
};
inline constexpr LockRow locks[]{
    {Lock::file, "the write lock of the file", "until COMMIT nobody else writes; reads go on"},
    {Lock::new_table, "only of the new table", "nothing"},
    {Lock::referenced_table, "SHARE ROW EXCLUSIVE on the table that it references",
     "until COMMIT writes of that one wait; reads go on"},
    {Lock::one_row, "one row of countersignMeta", "nothing"},
    {Lock::whole_table, "ACCESS EXCLUSIVE",
     "until COMMIT nobody reads or writes the table; only the catalogue changes, no row is rewritten"},
    {Lock::writes, "SHARE", "until COMMIT writes of the table wait; it has no rows, so that is short"},
    {Lock::nothing, "SHARE UPDATE EXCLUSIVE",
     "reads and writes go on; it waits for transactions that are open, and cannot be in one itself"},
};
const LockRow& row_of(Lock lock);

struct Step {
    std::string what;    // one sentence
    std::string sql;
    std::string table;
    RowCount rows = {};
    Lock lock;
    enum class Runs : std::uint8_t { in_transaction, alone } runs = Runs::in_transaction;
    /// Whether a server can do without it until somebody runs `countersign migrate`.
    enum class Need : std::uint8_t { to_start, later } need = Need::to_start;
};

enum class Obstacle : std::uint8_t {
    newer_database,
    unreadable_version,
    no_table,
    foreign_table,
    required_column,
    wrong_type,
    never_null,
    demanding_column,
    repeated_values,
    name_taken,
    missing_right,
    other_ids,
    no_counter,
    unfinished_index,
    no_key,
};
/// One thing that stands in the way, what to do about it, and a query that shows the rows in question, if there are
/// any.
struct Refusal {
    Obstacle obstacle;
    std::string where;    // "user.email"
    std::string what;
    std::string mend;
    std::string query = {};
};
/// As JSON and the error of a start have it: "required-column".
std::string_view name_of(Obstacle obstacle);

struct Plan {
    Engine engine;
    std::vector<Step> steps = {};
    std::vector<Refusal> refusals = {};    // if there is one, no step is to be run
};

Plan plan_of(const Wanted& wanted, const Found& found);
/// Columns and indexes of a table that is there: whether its rows have to be counted.
enum class Lacks : std::uint8_t { nothing, something };
Lacks lacks(const Wanted& wanted, const Found& found, const FoundTable& table);
/// The columns whose values have to be looked at before a unique index is made.
std::vector<Column> without_unique_index(const Wanted& wanted, const Found& found, const FoundTable& table);
/// Names of all indexes that the wanted tables may get.
std::vector<std::string> index_names(const Wanted& wanted);
/// Those of them that exist and are no index of the table that wants them.
std::vector<std::string> taken_names(const Wanted& wanted, const Found& found, std::vector<std::string> existing);
/// The wanted tables and countersignMeta.
std::vector<const Table*> all_tables(const Wanted& wanted);

/// Ids of the facts in countersignMeta.
inline constexpr std::string_view origin_key = "origin";
inline constexpr std::string_view made_by_countersign = "countersign", made_by_better_auth = "better-auth";
inline constexpr std::string_view schema_version_key = "schema.version";
inline constexpr std::string_view schema_oldest_key = "schema.oldest";

}    // namespace countersign::storage

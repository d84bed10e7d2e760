#include "storage/inspection.hpp"

#include <charconv>

#include "storage/sql.hpp"

namespace countersign::storage {
namespace {

/// A name out of the catalogue of the database itself, or one of ours.
std::string quoted(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + "\"";
}

/// `table, column, type, yes if it demands a value`.
constexpr std::string_view columns_of_sqlite =
    "SELECT m.name, c.name, lower(c.type), CASE WHEN c.\"notnull\" <> 0 AND c.dflt_value IS NULL AND c.pk = 0 THEN "
    "'yes' ELSE 'no' END FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT "
    "LIKE 'sqlite%' ORDER BY m.name, c.cid";
constexpr std::string_view columns_of_postgres =
    "SELECT c.relname::text, a.attname::text, lower(format_type(a.atttypid, NULL)), CASE WHEN a.attnotnull AND NOT "
    "a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' THEN 'yes' ELSE 'no' END FROM pg_attribute a JOIN "
    "pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND "
    "pg_table_is_visible(c.oid) AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND a.attnum > 0 AND NOT "
    "a.attisdropped ORDER BY c.relname::text COLLATE \"C\", a.attnum";

/// The form of Better Auth's dates as a pattern of GLOB.
constexpr std::string_view date_pattern =
    "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z";

/// What a cell of SQLite has to be, for the type that we read.
std::string well_formed(const Column& column) {
    const std::string name = quoted(*column.name);
    switch (*column.type) {
        case Type::text:
            return "typeof(" + name + ") = 'text'";
        case Type::integer:
        case Type::big_integer:
            return "typeof(" + name + ") = 'integer'";
        case Type::boolean:
            return "typeof(" + name + ") = 'integer' AND " + name + " IN (0, 1)";
        case Type::date:
            return "typeof(" + name + ") = 'text' AND " + name + " GLOB '" + std::string{date_pattern} + "'";
    }
    return "";
}

/// An id stands as its column says, as a text or as a number; all are texts above.
std::string well_formed_id(const Table& table, const Column& column) {
    return "typeof(" + quoted(*column.name) +
           ") = (SELECT CASE WHEN upper(type) LIKE '%INT%' THEN 'integer' ELSE 'text' END FROM pragma_table_info('" +
           std::string{*table.name} + "') WHERE name = '" + std::string{*column.name} + "' COLLATE NOCASE)";
}

}    // namespace

const ForeignColumn* ForeignTable::find(std::string_view column) const {
    const auto found = std::ranges::find(columns, column, &ForeignColumn::name);
    return found == columns.end() ? nullptr : &*found;
}

Result<std::vector<ForeignTable>> Inspection::tables() {
    std::vector<ForeignTable> found;
    const std::string text{engine() == Engine::sqlite ? columns_of_sqlite : columns_of_postgres};
    CS_CHECK(each(text, [&](const Cells& row) {
        if (found.empty() || found.back().name != row[0]) found.push_back({.name = row[0], .columns = {}});
        found.back().columns.push_back(
            {.name = row[1],
             .type = row[2],
             .demands = row[3] == "yes" ? ForeignColumn::Demands::a_value : ForeignColumn::Demands::nothing});
    }));
    return found;
}

Result<std::int64_t> Inspection::number_of(const std::string& text) {
    std::int64_t number = -1;
    CS_CHECK(each(text, [&](const Cells& row) {
        std::from_chars(row.front().data(), row.front().data() + row.front().size(), number);
    }));
    if (number < 0) return fail(Code::storage_corrupt, "a count");
    return number;
}

Result<std::int64_t> Inspection::count(std::string_view table) {
    return number_of("SELECT CAST(count(*) AS text) FROM " + quoted(table));
}

Result<std::int64_t> Inspection::count_malformed(const Table& table, const Column& column) {
    if (engine() == Engine::postgres) return std::int64_t{0};
    return number_of("SELECT CAST(count(*) AS text) FROM " + quoted(*table.name) + " WHERE " + quoted(*column.name) +
                     " IS NOT NULL AND NOT (" +
                     (is_id(table, column) ? well_formed_id(table, column) : well_formed(column)) + ")");
}

Result<void> Inspection::each_password(const TakeCells& take) {
    return each("SELECT CAST(\"providerId\" AS text), coalesce(CAST(\"password\" AS text), '') FROM \"account\"", take);
}

Result<void> Inspection::each_provider(const TakeCells& take) {
    return each(
        "SELECT CAST(a.\"providerId\" AS text), CAST(count(*) AS text), CAST(count(DISTINCT CASE WHEN NOT EXISTS "
        "(SELECT 1 FROM "
        "\"account\" b WHERE b.\"userId\" = a.\"userId\" AND b.\"providerId\" <> a.\"providerId\") THEN a.\"userId\" "
        "END) AS text) FROM \"account\" a GROUP BY a.\"providerId\" ORDER BY a.\"providerId\"",
        take);
}

Result<std::int64_t> Inspection::count_live_sessions(Instant now) {
    return number_of("SELECT CAST(count(*) AS text) FROM \"session\" WHERE \"expiresAt\" > '" + to_iso8601(now) + "'");
}

Result<Inspection::Emails> Inspection::emails() {
    Emails found;
    CS_TRY(found.with_capitals,
           number_of("SELECT CAST(count(*) AS text) FROM \"user\" WHERE \"email\" <> lower(\"email\")"));
    CS_TRY(found.shared, number_of("SELECT CAST(count(*) AS text) FROM (SELECT lower(\"email\") AS one FROM \"user\" "
                                   "GROUP BY lower(\"email\") HAVING count(*) > 1) AS shared"));
    return found;
}

Result<void> Inspection::each_identifier(std::size_t most, const TakeCells& take) {
    return each("SELECT CAST(\"identifier\" AS text) FROM \"verification\" ORDER BY \"createdAt\" DESC LIMIT " +
                    std::to_string(most),
                take);
}

Result<void> Inspection::each_key(const ForeignTable& jwks, const TakeCells& take) {
    std::string text = R"(SELECT CAST("id" AS text), CAST("publicKey" AS text), CAST("privateKey" AS text))";
    for (const std::string_view column : {"alg", "crv"})
        text += jwks.find(column) == nullptr ? ", ''" : ", coalesce(CAST(" + quoted(column) + " AS text), '')";
    return each(text + " FROM \"jwks\" ORDER BY \"createdAt\" DESC", take);
}

Result<void> Inspection::each_uncounted_id(std::span<const Table* const> tables,
                                           const std::function<void(const UncountedId&)>& take) {
    struct Reason {
        std::string_view found, what, mend;
    };
    constexpr Reason reasons[]{
        {"small", "are smallint, which is not written here", "TYPE integer"},
        {"nobody", "are numbers that no sequence of theirs counts",
         "ADD GENERATED BY DEFAULT AS IDENTITY, and set it behind the rows that are there (docs/guide/postgresql.md)"},
        {"always", "are GENERATED ALWAYS: nobody may write one", "SET GENERATED BY DEFAULT"},
    };
    if (engine() == Engine::sqlite) return {};
    std::string names;
    for (const Table* table : tables) names += (names.empty() ? "'" : ", '") + std::string{*table->name} + "'";
    const std::string text =
        "SELECT c.relname::text, CASE WHEN a.atttypid = 'int2'::regtype THEN 'small' WHEN s.name IS NULL THEN 'nobody' "
        "WHEN a.attidentity = 'a' THEN 'always' ELSE '' END FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "CROSS JOIN LATERAL (SELECT pg_get_serial_sequence(a.attrelid::regclass::text, a.attname::text) AS name) s "
        "WHERE c.relname IN (" +
        names +
        ") AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid) AND a.attname = 'id' AND a.atttypid IN "
        "('int2'::regtype, 'int4'::regtype, 'int8'::regtype) ORDER BY c.relname::text COLLATE \"C\"";
    return each(text, [&](const Cells& row) {
        const auto* const reason = std::ranges::find(reasons, std::string_view{row[1]}, &Reason::found);
        if (reason == std::end(reasons)) return;
        take({.table = row[0],
              .what = reason->what,
              .mend = "ALTER TABLE " + quoted(row[0]) + " ALTER COLUMN \"id\" " + std::string{reason->mend}});
    });
}

Result<void> Inspection::some_user_ids(std::size_t most, const TakeCells& take) {
    return each("SELECT CAST(\"id\" AS text) FROM \"user\" LIMIT " + std::to_string(most), take);
}

}    // namespace countersign::storage

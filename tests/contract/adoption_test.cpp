// The database is Better Auth's: ours are made as its migrations make them,
// its own are taken over as they are (DESIGN D6). schema.golden and schema.postgres.golden were recorded
// from Better Auth 1.7.25 by record_schema.mjs.
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "storage/statements.hpp"
#include "storage/storage.hpp"
#include "support/any_database.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::AnyDatabase;
using testing_support::Kind;
using testing_support::PlainDatabase;
constexpr const Table* tables[]{&user_table,         &session_table, &account_table,
                                &verification_table, &jwks_table,    &rate_limit_table};
const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");
std::string text_of(const std::string& name) {
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + "/tests/contract/" + name};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::string> lines_of(const std::string& name) {
    std::istringstream file{text_of(name)};
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

class AnyAdoption {
  protected:
    explicit AnyAdoption(Kind kind) : kind_{kind} { begin(); }
    /// An empty database.
    void begin() {
        storage_.reset();
        database_.emplace(kind_);
    }
    std::vector<std::string> recorded_schema() const {
        return lines_of(kind_ == Kind::file ? "schema.golden" : "schema.postgres.golden");
    }
    /// The database as Better Auth left it.
    void record() {
        if (kind_ == Kind::file) {
            for (const std::string& text : recorded_schema()) run(text);
        } else {    // that this is what was recorded is the first test
            for (const Table* table : tables) {
                for (const std::string& text : postgres_schema(*table)) run(text);
            }
        }
        run("insert into \"user\" values ('u', 'Ann', 'ann@x.co', " + std::string{database_->yes()} +
            ", NULL, '2026-11-24T12:00:00.000Z', '2026-11-24T12:00:00.000Z')");
    }
    void run(const std::string& text) const { database_->run(text); }
    Result<void> open_and_migrate() {
        CS_TRY(storage_, database_->open());
        return storage_->migrate(tables);
    }
    Result<std::optional<Row>> ann() {
        const Value email = std::string{"ann@x.co"};
        return storage_->reader().find_one(st::user_by_email, {&email, 1});
    }
    std::vector<std::string> schema() const {
        // Without the table that is ours alone.
        return database_->run(kind_ == Kind::file
                                  ? "select sql from sqlite_schema where sql is not null and tbl_name <> "
                                    "'countersignMeta' order by name"
                                  : text_of("schema.postgres.sql"));
    }

    Kind kind_;
    std::optional<AnyDatabase> database_;
    std::unique_ptr<Storage> storage_;
};

class Adoption : public testing::TestWithParam<Kind>, protected AnyAdoption {
  protected:
    Adoption() : AnyAdoption{GetParam()} {}
};
INSTANTIATE_TEST_SUITE_P(All, Adoption, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

/// What a cell may be where a column does not decide it.
class SqliteAdoption : public testing::Test, protected AnyAdoption {
  protected:
    SqliteAdoption() : AnyAdoption{Kind::file} {}
    mode_t mode_of(const std::string& path) {
        struct stat found{};
        EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
        return found.st_mode & 0777U;
    }
};

/// Columns of types that other tools than Better Auth's migration make.
class PostgresAdoption : public testing::Test, protected AnyAdoption {
  protected:
    PostgresAdoption() : AnyAdoption{Kind::postgres} {}
};

TEST_P(Adoption, a_new_database_has_the_schema_that_Better_Auth_makes) {
    ASSERT_TRUE(open_and_migrate().ok());
    EXPECT_EQ(schema(), recorded_schema());
}

TEST_P(Adoption, a_database_of_Better_Auth_is_taken_over_unchanged) {
    record();
    ASSERT_TRUE(open_and_migrate().ok());
    EXPECT_EQ(schema(), recorded_schema());
    const auto found = ann();
    ASSERT_TRUE(found.ok() && found->has_value());
    const Row expected{"u", "Ann", "ann@x.co", true, Value{}, noon, noon};
    EXPECT_EQ(**found, expected);
}

TEST_F(SqliteAdoption, our_rows_are_cells_as_Better_Auth_writes_them) {
    ASSERT_TRUE(open_and_migrate().ok());
    const auto made = storage_->transact(
        [](Tx& tx) { return tx.create(st::user_create, Row{"u", "Ann", "ann@x.co", true, Value{}, noon, noon}); });
    ASSERT_TRUE(made.ok());
    const auto cells = database_->run(
        "select \"emailVerified\", typeof(\"emailVerified\"), \"createdAt\", "
        "typeof(\"createdAt\"), \"image\" from "
        "\"user\"");
    EXPECT_EQ(cells, (std::vector<std::string>{"1", "integer", "2026-11-24T12:00:00.000Z", "text", "NULL"}));
}

TEST_P(Adoption, migrating_again_changes_nothing) {
    ASSERT_TRUE(open_and_migrate().ok());
    ASSERT_TRUE(storage_->migrate(tables).ok());
    storage_.reset();
    ASSERT_TRUE(open_and_migrate().ok());
    EXPECT_EQ(schema(), recorded_schema());
}

TEST_P(Adoption, columns_of_others_decide_whether_we_start) {
    struct Case {
        std::string_view name;
        std::string change;
        std::optional<Code> refused;
    };
    const Case cases[]{
        {"nullable", "alter table \"user\" add column \"username\" text", std::nullopt},
        {"not null with a default", "alter table \"user\" add column \"role\" text not null default 'user'",
         std::nullopt},
        {"account.issuer, nullable", "alter table \"account\" add column \"issuer\" text", std::nullopt},
        {"not null without a default",
         "drop table \"jwks\"; create table \"jwks\" (\"id\" text not null "
         "primary key, \"publicKey\" text not null, "
         "\"privateKey\" text not null, \"createdAt\" date not null, "
         "\"expiresAt\" date, \"alg\" text, \"crv\" text, \"tenant\" text not null)",
         Code::storage_unavailable},
        {"a nullable column of ours is missing", "alter table \"jwks\" drop column \"crv\"", std::nullopt},
        {"a required column of ours is missing, and there are rows", "alter table \"user\" drop column \"name\"",
         Code::storage_unavailable},
        {"a required column of an empty table is missing", "alter table \"verification\" drop column \"value\"",
         std::nullopt},
        {"a whole table is missing", "drop table \"rateLimit\"", std::nullopt},
    };
    for (const Case& c : cases) {
        begin();
        record();
        run(c.change);
        const auto started = open_and_migrate();
        EXPECT_EQ(started.ok() ? std::nullopt : std::optional{started.error().code()}, c.refused) << c.name;
        if (started.ok()) EXPECT_TRUE(ann().ok() && ann()->has_value()) << c.name;
        storage_.reset();
    }
}

TEST_P(Adoption, a_refused_migration_leaves_the_database_as_it_was) {
    record();
    run("drop table \"session\"; alter table \"user\" drop column \"name\"");
    const auto before = schema();
    ASSERT_FALSE(open_and_migrate().ok());
    EXPECT_EQ(schema(), before);
}

TEST_P(Adoption, a_missing_nullable_column_is_added_as_Better_Auth_declares_it) {
    record();
    run("alter table \"jwks\" drop column \"crv\"");
    ASSERT_TRUE(open_and_migrate().ok());
    EXPECT_EQ(schema(), recorded_schema());
}

TEST_F(SqliteAdoption, a_date_in_another_form_is_corrupt_and_never_a_date) {
    const std::string forms[]{"'yesterday'",   "'2026-11-24 12:00:00'",      "'2026-11-24T12:00:00Z'",
                              "1764000000000", "'2026-02-30T12:00:00.000Z'", "''",
                              "x'00'"};
    for (const std::string& form : forms) {
        begin();
        record();
        run("update \"user\" set \"createdAt\" = " + form);
        ASSERT_TRUE(open_and_migrate().ok());
        const auto found = ann();
        ASSERT_FALSE(found.ok()) << form;
        EXPECT_EQ(found.error().code(), Code::storage_corrupt) << form;
        storage_.reset();
    }
}

TEST_F(SqliteAdoption, a_cell_of_another_type_is_corrupt_and_never_converted) {
    const std::string changes[]{"\"emailVerified\" = 'true'", "\"emailVerified\" = 7", "\"emailVerified\" = 0.5",
                                "\"emailVerified\" = x'01'", "\"name\" = x'ff00'"};
    for (const std::string& change : changes) {
        begin();
        record();
        run("update \"user\" set " + change);
        ASSERT_TRUE(open_and_migrate().ok());
        const auto found = ann();
        ASSERT_FALSE(found.ok()) << change;
        EXPECT_EQ(found.error().code(), Code::storage_corrupt) << change;
        storage_.reset();
    }
}

TEST_F(SqliteAdoption, the_file_and_those_beside_it_are_for_the_owner_only) {
    ASSERT_TRUE(open_and_migrate().ok());
    std::ignore = ann();
    for (const std::string suffix : {"", "-wal", "-shm"})
        EXPECT_EQ(mode_of(database_->path() + suffix), 0600U) << suffix;
}

TEST_F(SqliteAdoption, a_file_that_is_no_database_is_an_error) {
    {
        std::ofstream{database_->path()} << "this is a text, and longer than the sixteen bytes "
                                            "that a database begins with";
    }
    EXPECT_FALSE(open_and_migrate().ok());
}

TEST_F(PostgresAdoption, our_rows_are_cells_as_Better_Auth_writes_them) {
    ASSERT_TRUE(open_and_migrate().ok());
    ASSERT_TRUE(storage_
                    ->transact([](Tx& tx) {
                        return tx.create(st::user_create,
                                         Row{"u", "Ann", "ann@x.co", true, Value{}, noon + Milliseconds{7}, noon});
                    })
                    .ok());
    EXPECT_EQ(database_->run("select \"emailVerified\", \"createdAt\" at time zone 'UTC', \"image\" from \"user\""),
              (std::vector<std::string>{"t", "2026-11-24 12:00:00.007", "NULL"}));
}

TEST_F(PostgresAdoption, what_is_finer_than_a_millisecond_is_cut_off) {
    const std::pair<std::string, std::string> cases[]{
        {"2026-11-24T12:00:00.123999Z", "2026-11-24T12:00:00.123Z"},
        {"2026-11-24 13:00:00.0005+01", "2026-11-24T12:00:00.000Z"},
        {"1999-12-31T23:59:59.999999Z", "1999-12-31T23:59:59.999Z"},
        {"1969-12-31T23:59:59.999900Z", "1969-12-31T23:59:59.999Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
    };
    record();
    ASSERT_TRUE(open_and_migrate().ok());
    for (const auto& [stored, read] : cases) {
        run("update \"user\" set \"createdAt\" = '" + stored + "'");
        const auto found = ann();
        ASSERT_TRUE(found.ok() && found->has_value()) << stored;
        EXPECT_EQ((**found)[5], Value{*parse_iso8601(read)}) << stored;
    }
}

TEST_F(PostgresAdoption, a_cell_that_no_answer_could_carry_is_corrupt) {
    const std::string changes[]{
        "update \"user\" set \"createdAt\" = 'infinity'",
        "update \"user\" set \"createdAt\" = '-infinity'",
        "update \"user\" set \"createdAt\" = '10000-01-01'",
        "update \"user\" set \"createdAt\" = '0044-03-15 BC'",
        "alter table \"user\" alter column \"createdAt\" drop default; alter table \"user\" alter column \"createdAt\" "
        "type text",
        "alter table \"user\" alter column \"emailVerified\" type integer using 1",
        "alter table \"user\" alter column \"name\" type bytea using 'x'"};
    for (const std::string& change : changes) {
        begin();
        record();
        ASSERT_TRUE(open_and_migrate().ok());
        ASSERT_TRUE(ann().ok()) << change;    // its plan is there, and is not the one that follows
        run(change);
        const auto found = ann();
        ASSERT_FALSE(found.ok()) << change;
        EXPECT_EQ(found.error().code(), Code::storage_corrupt) << change;
    }
}

TEST_F(PostgresAdoption, ids_may_be_uuid_or_serial_and_texts_of_a_length) {
    struct Case {
        std::string type, id, other, malformed;
    };
    const Case cases[]{
        {"uuid", "6f1d1c1e-4b3a-4c2d-9e8f-0a1b2c3d4e5f", "00000000-0000-4000-8000-000000000001", "no-uuid"},
        {"integer", "7", "8", "7x"},
        {"bigint", "9007199254740993", "1", "007"},
        {"varchar(64)", "short", "other", "\xFF"},
    };
    for (const Case& c : cases) {
        begin();
        run("create table \"user\" (\"id\" " + c.type +
            " primary key, \"name\" varchar(255) not null, \"email\" varchar(255) not null unique, \"emailVerified\" "
            "boolean not null, \"image\" text, \"createdAt\" timestamp(3) not null, \"updatedAt\" timestamp(3) not "
            "null)");
        for (const Table* table : {&session_table, &account_table}) {
            std::string text = postgres_schema(*table).front();
            text.replace(text.find("\"userId\" text"), 13, "\"userId\" " + c.type);
            run(text);
        }
        ASSERT_TRUE(open_and_migrate().ok()) << c.type;
        const Row user{c.id, "N", "e@x.co", false, Value{}, noon, noon + Milliseconds{5}};
        const Row session{"s", noon, "t", noon, noon, Value{}, Value{}, c.id};
        const auto made = storage_->transact([&](Tx& tx) -> Result<void> {
            CS_CHECK(tx.create(st::user_create, user));
            return tx.create(st::session_create, session);
        });
        ASSERT_TRUE(made.ok()) << c.type << made.error().detail();
        const Value token = "t";
        Row joined = session;
        joined.insert(joined.end(), user.begin(), user.end());
        const auto found = storage_->reader().find_one(st::session_by_token, {&token, 1});
        ASSERT_TRUE(found.ok() && found->has_value()) << c.type;
        EXPECT_EQ(**found, joined) << c.type;
        for (const std::string& id : {c.other, c.malformed}) {
            const Value key = id;
            const auto none = storage_->reader().find_one(st::user_by_id, {&key, 1});
            ASSERT_TRUE(none.ok()) << id;
            EXPECT_FALSE(none->has_value()) << id;
        }
        const auto bad = storage_->transact([&](Tx& tx) {
            return tx.create(st::user_create, Row{c.malformed, "N", "f@x.co", false, Value{}, noon, noon});
        });
        ASSERT_FALSE(bad.ok()) << c.type;
        EXPECT_EQ(bad.error().code(), Code::storage_value) << c.type;
    }
}

TEST_F(PostgresAdoption, a_table_that_changes_under_a_prepared_statement_is_read_anew) {
    record();
    ASSERT_TRUE(open_and_migrate().ok());
    const auto before = ann();
    ASSERT_TRUE(before.ok() && before->has_value());
    run("alter table \"user\" alter column \"name\" type varchar(100)");
    const auto after = ann();
    ASSERT_TRUE(after.ok()) << after.error().detail();
    EXPECT_EQ(*after, *before);
    run("alter table \"user\" alter column \"email\" type varchar(100)");
    const Value email = "ann@x.co", id = "u";
    const auto written = storage_->transact([&](Tx& tx) -> Result<void> {
        CS_TRY(const auto first, tx.find_one(st::user_by_email, {&email, 1}));
        CS_TRY(const auto second, tx.find_one(st::user_by_id, {&id, 1}));
        EXPECT_TRUE(first.has_value() && second.has_value());
        return {};
    });
    EXPECT_TRUE(written.ok());
}

TEST_F(PostgresAdoption, tables_are_found_where_the_search_path_finds_them) {
    run("create schema auth; alter database " + std::string{database_->one("select current_database()")} +
        " set search_path = auth, public");
    ASSERT_TRUE(open_and_migrate().ok());
    EXPECT_EQ(database_->one("select count(*) from pg_tables where schemaname = 'auth'"), "7");
    ASSERT_TRUE(storage_->migrate(tables).ok());
    EXPECT_EQ(database_->one("select count(*) from pg_tables where schemaname = 'public'"), "0");
}

}    // namespace
}    // namespace countersign::storage

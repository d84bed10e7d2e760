// The SQLite file is Better Auth's: ours are made as its migrations make them,
// its own are taken over as they are (DESIGN D6). schema.golden was recorded
// from Better Auth 1.7.25 by record_schema.mjs.
#include <sys/stat.h>

#include <fstream>

#include "storage/statements.hpp"
#include "storage/storage.hpp"
#include "support/database.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::PlainDatabase;
constexpr const Table* tables[]{&user_table,         &session_table, &account_table,
                                &verification_table, &jwks_table,    &rate_limit_table};
const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");
const std::string recorded_user =
    "insert into \"user\" values ('u', 'Ann', 'ann@x.co', 1, NULL, "
    "'2026-11-24T12:00:00.000Z', "
    "'2026-11-24T12:00:00.000Z')";

std::vector<std::string> recorded_schema() {
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + "/tests/contract/schema.golden"};
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

class Adoption : public testing::Test {
  protected:
    /// The file as Better Auth left it.
    void record() {
        PlainDatabase database{path_};
        for (const std::string& text : recorded_schema()) database.run(text);
        database.run(recorded_user);
    }
    Result<void> open_and_migrate() {
        CS_TRY(storage_, open_sqlite({.path = path_}));
        return storage_->migrate(tables);
    }
    Result<std::optional<Row>> ann() {
        const Value email = std::string{"ann@x.co"};
        return storage_->reader().find_one(st::user_by_email, {&email, 1});
    }
    std::vector<std::string> schema() {
        // Without the table that is ours alone.
        return PlainDatabase{path_}.run(
            "select sql from sqlite_schema where sql is not null and tbl_name <> 'countersignMeta' order by name");
    }
    mode_t mode_of(const std::string& path) {
        struct stat found{};
        EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
        return found.st_mode & 0777U;
    }

    testing_support::TemporaryFolder folder_;
    std::string path_ = folder_.file("test.db");
    std::unique_ptr<Storage> storage_;
};

TEST_F(Adoption, a_new_file_has_the_schema_that_Better_Auth_makes) {
    ASSERT_TRUE(open_and_migrate().ok());
    EXPECT_EQ(schema(), recorded_schema());
}

TEST_F(Adoption, a_file_of_Better_Auth_is_taken_over_unchanged) {
    record();
    ASSERT_TRUE(open_and_migrate().ok());
    EXPECT_EQ(schema(), recorded_schema());
    const auto found = ann();
    ASSERT_TRUE(found.ok() && found->has_value());
    const Row expected{"u", "Ann", "ann@x.co", true, Value{}, noon, noon};
    EXPECT_EQ(**found, expected);
}

TEST_F(Adoption, our_rows_are_cells_as_Better_Auth_writes_them) {
    ASSERT_TRUE(open_and_migrate().ok());
    const auto made = storage_->transact(
        [](Tx& tx) { return tx.create(st::user_create, Row{"u", "Ann", "ann@x.co", true, Value{}, noon, noon}); });
    ASSERT_TRUE(made.ok());
    const auto cells = PlainDatabase{path_}.run(
        "select \"emailVerified\", typeof(\"emailVerified\"), \"createdAt\", "
        "typeof(\"createdAt\"), \"image\" from "
        "\"user\"");
    EXPECT_EQ(cells, (std::vector<std::string>{"1", "integer", "2026-11-24T12:00:00.000Z", "text", "NULL"}));
}

TEST_F(Adoption, migrating_again_changes_nothing) {
    ASSERT_TRUE(open_and_migrate().ok());
    ASSERT_TRUE(storage_->migrate(tables).ok());
    storage_.reset();
    ASSERT_TRUE(open_and_migrate().ok());
    EXPECT_EQ(schema(), recorded_schema());
}

TEST_F(Adoption, columns_of_others_decide_whether_we_start) {
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
         "\"expiresAt\" date, \"alg\" text, \"crv\" text, "
         "\"tenant\" text not null)",
         Code::storage_unavailable},
        {"a nullable column of ours is missing", "alter table \"jwks\" drop column \"crv\"", std::nullopt},
        {"a required column of ours is missing", "alter table \"verification\" drop column \"value\"",
         Code::storage_unavailable},
        {"a whole table is missing", "drop table \"rateLimit\"", std::nullopt},
    };
    for (const Case& c : cases) {
        const testing_support::TemporaryFolder folder;
        path_ = folder.file("test.db");
        record();
        PlainDatabase{path_}.run(c.change);
        const auto started = open_and_migrate();
        EXPECT_EQ(started.ok() ? std::nullopt : std::optional{started.error().code()}, c.refused) << c.name;
        if (started.ok()) EXPECT_TRUE(ann().ok() && ann()->has_value()) << c.name;
        storage_.reset();
    }
}

TEST_F(Adoption, a_refused_migration_leaves_the_file_as_it_was) {
    record();
    PlainDatabase{path_}.run(
        "drop table \"session\"; alter table "
        "\"verification\" drop column \"value\"");
    const auto before = schema();
    ASSERT_FALSE(open_and_migrate().ok());
    EXPECT_EQ(schema(), before);
}

TEST_F(Adoption, a_missing_nullable_column_is_added_as_Better_Auth_declares_it) {
    record();
    PlainDatabase{path_}.run("alter table \"jwks\" drop column \"crv\"");
    ASSERT_TRUE(open_and_migrate().ok());
    EXPECT_EQ(schema(), recorded_schema());
}

TEST_F(Adoption, a_date_in_another_form_is_corrupt_and_never_a_date) {
    const std::string forms[]{"'yesterday'",   "'2026-11-24 12:00:00'",      "'2026-11-24T12:00:00Z'",
                              "1764000000000", "'2026-02-30T12:00:00.000Z'", "''",
                              "x'00'"};
    for (const std::string& form : forms) {
        const testing_support::TemporaryFolder folder;
        path_ = folder.file("test.db");
        record();
        PlainDatabase{path_}.run("update \"user\" set \"createdAt\" = " + form);
        ASSERT_TRUE(open_and_migrate().ok());
        const auto found = ann();
        ASSERT_FALSE(found.ok()) << form;
        EXPECT_EQ(found.error().code(), Code::storage_corrupt) << form;
        storage_.reset();
    }
}

TEST_F(Adoption, a_cell_of_another_type_is_corrupt_and_never_converted) {
    const std::string changes[]{"\"emailVerified\" = 'true'", "\"emailVerified\" = 7", "\"emailVerified\" = 0.5",
                                "\"emailVerified\" = x'01'", "\"name\" = x'ff00'"};
    for (const std::string& change : changes) {
        const testing_support::TemporaryFolder folder;
        path_ = folder.file("test.db");
        record();
        PlainDatabase{path_}.run("update \"user\" set " + change);
        ASSERT_TRUE(open_and_migrate().ok());
        const auto found = ann();
        ASSERT_FALSE(found.ok()) << change;
        EXPECT_EQ(found.error().code(), Code::storage_corrupt) << change;
        storage_.reset();
    }
}

TEST_F(Adoption, the_file_and_those_beside_it_are_for_the_owner_only) {
    ASSERT_TRUE(open_and_migrate().ok());
    std::ignore = ann();
    for (const std::string suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode_of(path_ + suffix), 0600U) << suffix;
}

TEST_F(Adoption, a_file_that_is_no_database_is_an_error) {
    {
        std::ofstream{path_} << "this is a text, and longer than the sixteen bytes "
                                "that a database begins with";
    }
    EXPECT_FALSE(open_and_migrate().ok());
}

}    // namespace
}    // namespace countersign::storage

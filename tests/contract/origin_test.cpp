// Who made the database is decided once, at our first migration of it, and outlives every restart (DESIGN D8).
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "storage/origin.hpp"
#include "storage/sql.hpp"
#include "storage/statements.hpp"
#include "support/any_database.hpp"

namespace countersign::storage {
namespace {

using testing_support::AnyDatabase;
using testing_support::Kind;
using testing_support::PlainDatabase;
using testing_support::TemporaryFolder;
constexpr const Table* core[]{&user_table, &session_table, &account_table, &verification_table};
constexpr const Table* with_jwks[]{&user_table, &session_table, &account_table, &verification_table, &jwks_table};

/// A database of Better Auth: its tables, and nothing of ours.
void make_as_better_auth(const std::string& path) {
    PlainDatabase database{path};
    for (const Table* table : core) {
        for (const std::string& text : sqlite_schema(*table)) database.run(text);
    }
}

Result<Origin> migrated(const std::string& path, std::span<const Table* const> tables = core) {
    CS_TRY(const std::unique_ptr<Storage> storage, open_sqlite({.path = path}));
    CS_CHECK(storage->migrate(tables));
    return origin_of(*storage);
}

Result<Origin> migrated(const AnyDatabase& database, std::span<const Table* const> tables = core) {
    CS_TRY(const std::unique_ptr<Storage> storage, database.open());
    CS_CHECK(storage->migrate(tables));
    return origin_of(*storage);
}

void make_as_better_auth(const AnyDatabase& database) {
    for (const Table* table : core) {
        for (const std::string& text : database.schema_of(*table)) database.run(text);
    }
}

class OriginOfAny : public testing::TestWithParam<Kind> {
  protected:
    std::vector<std::string> tables_in(const AnyDatabase& database) const {
        return database.run(GetParam() == Kind::file ? "select name from sqlite_schema where type = 'table'"
                                                     : "select tablename from pg_tables where schemaname = 'public'");
    }
};
INSTANTIATE_TEST_SUITE_P(All, OriginOfAny, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

TEST_P(OriginOfAny, is_decided_by_what_the_database_was_before_us) {
    struct Case {
        std::string_view name;
        std::function<void(const AnyDatabase&)> before;
        Origin expected;
    };
    const Case cases[]{
        {"nothing", [](const AnyDatabase&) {}, Origin::ours},
        {"tables of somebody else",
         [](const AnyDatabase& database) { database.run("create table \"todo\" (\"id\" text)"); }, Origin::ours},
        {"all tables of Better Auth", [](const AnyDatabase& database) { make_as_better_auth(database); },
         Origin::adopted},
        {"one table of Better Auth",
         [](const AnyDatabase& database) { database.run(database.schema_of(user_table).front()); }, Origin::adopted},
    };
    for (const Case& c : cases) {
        const AnyDatabase database{GetParam()};
        c.before(database);
        for (const std::string_view when : {"at first", "after a restart"}) {
            const auto found = migrated(database);
            ASSERT_TRUE(found.ok()) << c.name;
            EXPECT_EQ(*found, c.expected) << c.name << ", " << when;
        }
    }
}

TEST(Origin, of_a_file_is_found_however_SQLite_was_told) {
    struct Case {
        std::string_view name;
        std::string before;
        Origin expected;
    };
    std::string capitals = sqlite_schema(user_table).front();
    capitals.replace(capitals.find("\"user\""), 6, "\"USER\"");
    const Case cases[]{{"an empty database", "pragma user_version=1", Origin::ours},
                       {"tables of Better Auth, written in capitals", capitals, Origin::adopted}};
    for (const Case& c : cases) {
        const TemporaryFolder folder;
        const std::string path = folder.file("test.db");
        PlainDatabase{path}.run(c.before);
        EXPECT_EQ(*migrated(path), c.expected) << c.name;
        EXPECT_EQ(*migrated(path), c.expected) << c.name << ", after a restart";
    }
}

TEST_P(OriginOfAny, does_not_change_when_a_plugin_adds_a_table_later) {
    const AnyDatabase database{GetParam()};
    ASSERT_EQ(*migrated(database), Origin::ours);
    EXPECT_EQ(*migrated(database, with_jwks), Origin::ours);
    EXPECT_EQ(*migrated(database, with_jwks), Origin::ours);
}

TEST_P(OriginOfAny, of_a_database_that_does_not_say_is_adopted) {
    const AnyDatabase database{GetParam()};
    ASSERT_EQ(*migrated(database), Origin::ours);
    database.run("delete from \"countersignMeta\"");
    EXPECT_EQ(*migrated(database), Origin::adopted);
    database.run("drop table \"countersignMeta\"");
    EXPECT_EQ(*migrated(database), Origin::adopted);
}

TEST_P(OriginOfAny, a_migration_that_fails_leaves_neither_tables_nor_an_origin) {
    const AnyDatabase database{GetParam()};
    database.run("create table \"verification\" (\"name\" text)");    // of somebody else
    EXPECT_FALSE(migrated(database).ok());
    EXPECT_EQ(tables_in(database), std::vector<std::string>{"verification"});
    database.run("drop table \"verification\"");
    EXPECT_EQ(*migrated(database), Origin::ours);
}

TEST_P(OriginOfAny, is_the_same_for_all_who_start_at_once) {
    const AnyDatabase database{GetParam()};
    std::vector<std::thread> starting;
    std::array<std::optional<Result<Origin>>, 8> found;
    for (auto& one : found) starting.emplace_back([&] { one = migrated(database, with_jwks); });
    for (std::thread& one : starting) one.join();
    for (const auto& one : found) {
        ASSERT_TRUE(one->ok()) << one->error().detail();
        EXPECT_EQ(**one, Origin::ours);
    }
    EXPECT_EQ(tables_in(database).size(), 6U);
    EXPECT_EQ(database.run("select \"id\" from \"countersignMeta\" order by 1"),
              (std::vector<std::string>{"origin", "schema.version"}));
}

/// Runs the migration in a process that dies when SQLite has written the WAL for the `deadly`th time; true if it did.
enum class Ended : std::uint8_t { killed, done };
Ended migrate_until_write(const std::string& path, int deadly) {
    const pid_t child = ::fork();
    if (child == 0) {
        static int left = 0;
        left = deadly;
        // Every transaction of ours asks for the schema; the hook stands where a power cut would.
        sqlite3_auto_extension(reinterpret_cast<void (*)()>(+[](sqlite3* database, char**, const void*) {
            sqlite3_trace_v2(
                database, SQLITE_TRACE_STMT,
                [](unsigned, void*, void* statement, void*) {
                    const std::string_view text = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
                    if (text.starts_with("create") || text.starts_with("INSERT") || text.starts_with("COMMIT")) {
                        if (left-- == 0) std::raise(SIGKILL);
                    }
                    return 0;
                },
                nullptr);
            return SQLITE_OK;
        }));
        const bool fine = migrated(path).ok();
        ::_exit(fine ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) return Ended::killed;
    EXPECT_EQ(WEXITSTATUS(status), 0);
    return Ended::done;
}

TEST(Origin, is_the_same_wherever_the_first_migration_was_cut_off) {
    for (const Origin expected : {Origin::ours, Origin::adopted}) {
        int cuts = 0;
        for (Ended ended = Ended::killed; ended == Ended::killed; ++cuts) {
            const TemporaryFolder folder;
            const std::string path = folder.file("test.db");
            if (expected == Origin::adopted) make_as_better_auth(path);
            ended = migrate_until_write(path, cuts);
            const auto found = migrated(path);
            ASSERT_TRUE(found.ok()) << cuts;
            EXPECT_EQ(*found, expected) << "cut off at write " << cuts;
        }
        EXPECT_GT(cuts, 3);    // the table, its row and the commit at least
    }
}

}    // namespace
}    // namespace countersign::storage

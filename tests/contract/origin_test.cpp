// Who made the database is decided once, at our first migration of it, and outlives every restart (DESIGN D8).
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "storage/origin.hpp"
#include "storage/sql.hpp"
#include "storage/statements.hpp"
#include "support/database.hpp"

namespace countersign::storage {
namespace {

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

TEST(Origin, is_decided_by_what_the_file_was_before_us) {
    struct Case {
        std::string_view name;
        std::function<void(const std::string&)> before;
        Origin expected;
    };
    const Case cases[]{
        {"no file", [](const std::string&) {}, Origin::ours},
        {"an empty database", [](const std::string& path) { PlainDatabase{path}.run("pragma user_version=1"); },
         Origin::ours},
        {"tables of somebody else",
         [](const std::string& path) { PlainDatabase{path}.run("create table \"todo\" (\"id\" text)"); }, Origin::ours},
        {"all tables of Better Auth", make_as_better_auth, Origin::adopted},
        {"one table of Better Auth",
         [](const std::string& path) { PlainDatabase{path}.run(sqlite_schema(user_table).front()); }, Origin::adopted},
        {"tables of Better Auth, written in capitals",
         [](const std::string& path) {
             std::string text = sqlite_schema(user_table).front();
             text.replace(text.find("\"user\""), 6, "\"USER\"");
             PlainDatabase{path}.run(text);
         },
         Origin::adopted},
    };
    for (const Case& c : cases) {
        const TemporaryFolder folder;
        const std::string path = folder.file("test.db");
        c.before(path);
        for (const std::string_view when : {"at first", "after a restart"}) {
            const auto found = migrated(path);
            ASSERT_TRUE(found.ok()) << c.name;
            EXPECT_EQ(*found, c.expected) << c.name << ", " << when;
        }
    }
}

TEST(Origin, does_not_change_when_a_plugin_adds_a_table_later) {
    const TemporaryFolder folder;
    const std::string path = folder.file("test.db");
    ASSERT_EQ(*migrated(path), Origin::ours);
    EXPECT_EQ(*migrated(path, with_jwks), Origin::ours);
    EXPECT_EQ(*migrated(path, with_jwks), Origin::ours);
}

TEST(Origin, of_a_database_that_does_not_say_is_adopted) {
    const TemporaryFolder folder;
    const std::string path = folder.file("test.db");
    ASSERT_EQ(*migrated(path), Origin::ours);
    PlainDatabase{path}.run("delete from \"countersignMeta\"");
    EXPECT_EQ(*migrated(path), Origin::adopted);
    PlainDatabase{path}.run("drop table \"countersignMeta\"");
    EXPECT_EQ(*migrated(path), Origin::adopted);
}

TEST(Origin, a_migration_that_fails_leaves_neither_tables_nor_an_origin) {
    const TemporaryFolder folder;
    const std::string path = folder.file("test.db");
    PlainDatabase{path}.run("create table \"verification\" (\"id\" text primary key)");    // a column that must be set
    EXPECT_FALSE(migrated(path).ok());
    EXPECT_EQ(PlainDatabase{path}.run("select name from sqlite_schema where type = 'table'"),
              std::vector<std::string>{"verification"});
    PlainDatabase{path}.run("drop table \"verification\"");
    EXPECT_EQ(*migrated(path), Origin::ours);
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

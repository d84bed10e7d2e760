// One suite for every backend: what the eleven operations promise (DESIGN D5).
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/cells.hpp"
#include "storage/sql.hpp"
#include "storage/statements.hpp"
#include "storage/storage.hpp"
#include "support/any_database.hpp"
#include "support/gate.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::AnyDatabase;
using testing_support::Kind;
constexpr const Table* tables[]{&user_table,         &session_table, &account_table,
                                &verification_table, &jwks_table,    &rate_limit_table};
const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");

constexpr Where by_key[]{{.column = "key"}};
constexpr Where by_identifier[]{{.column = "identifier"}};
constexpr std::string_view count_column[]{"count"};
constexpr Unowned limit_create{.statement = {.id = "t.limit_create", .op = Op::create, .table = &rate_limit_table},
                               .reason = "test"};
constexpr Unowned limit_add{.statement = {.id = "t.limit_add",
                                          .op = Op::increment_one,
                                          .table = &rate_limit_table,
                                          .where = by_key,
                                          .set = count_column},
                            .reason = "test"};
constexpr Unowned note_create{.statement = {.id = "t.note_create", .op = Op::create, .table = &verification_table},
                              .reason = "test"};
constexpr Unowned note_take{.statement = {.id = "t.note_take",
                                          .op = Op::consume_one,
                                          .table = &verification_table,
                                          .where = by_identifier,
                                          .order = {.column = "createdAt", .direction = Direction::descending}},
                            .reason = "test"};
constexpr Unowned note_count{
    .statement = {.id = "t.note_count", .op = Op::count, .table = &verification_table, .where = by_identifier},
    .reason = "test"};
constexpr Unowned note_clear{
    .statement = {.id = "t.note_clear", .op = Op::remove_many, .table = &verification_table, .where = by_identifier},
    .reason = "test"};
constexpr Unowned users_count{.statement = {.id = "t.users_count", .op = Op::count, .table = &user_table},
                              .reason = "test"};
constexpr Owned session_insert{.statement = {.id = "t.session_insert", .op = Op::create, .table = &session_table}};

class Backend : public testing::TestWithParam<Kind> {
  protected:
    void SetUp() override {
        auto opened = database_.open();
        ASSERT_TRUE(opened.ok()) << opened.error().detail();
        storage_ = *std::move(opened);
        const Result<void> migrated = storage_->migrate(tables);
        ASSERT_TRUE(migrated.ok()) << migrated.error().detail();
    }
    Result<void> add_user(std::string_view id, std::string_view email) {
        return storage_->transact([&](Tx& tx) -> Result<void> {
            return tx.create(st::user_create, Row{std::string{id}, "N", std::string{email}, false, {}, noon, noon});
        });
    }
    static Row session_row(std::string_view id, std::string_view user) {
        return {std::string{id}, noon, "token-" + std::string{id}, noon, noon, "", "", std::string{user}};
    }
    std::int64_t users() {
        const auto found = storage_->reader().count(users_count, {});
        return found.ok() ? *found : -1;
    }

    AnyDatabase database_{GetParam()};
    std::unique_ptr<Storage> storage_;
};

INSTANTIATE_TEST_SUITE_P(All, Backend, testing::ValuesIn(testing_support::every_kind),
                         testing_support::name_of_parameter);

TEST_P(Backend, values_of_every_kind_survive) {
    const std::string odd = "'; DROP TABLE \"user\"; --\x01🔑";
    ASSERT_TRUE(storage_
                    ->transact([&](Tx& tx) {
                        return tx.create(st::user_create, Row{"u", odd, "e@x.co", true, {}, noon, noon});
                    })
                    .ok());
    const Value key = std::string{"e@x.co"};
    const auto found = storage_->reader().find_one(st::user_by_email, {&key, 1});
    ASSERT_TRUE(found.ok() && found->has_value());
    const Row expected{"u", odd, "e@x.co", true, {}, noon, noon};
    EXPECT_EQ(**found, expected);
}

TEST_P(Backend, INP_07_values_never_become_SQL) {
    ASSERT_TRUE(add_user("u", "a@x.co").ok());
    for (const std::string attack : {"' OR '1'='1", "a@x.co' --", "\"; DELETE FROM \"user\"; --", "a@x.co\0"}) {
        const Value key = attack + "x";
        const auto found = storage_->reader().find_one(st::user_by_email, {&key, 1});
        ASSERT_TRUE(found.ok());
        EXPECT_FALSE(found->has_value()) << attack;
    }
    EXPECT_EQ(users(), 1);
}

TEST_P(Backend, a_second_row_with_a_unique_value_is_a_conflict) {
    ASSERT_TRUE(add_user("u1", "a@x.co").ok());
    const auto again = add_user("u2", "a@x.co");
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code(), Code::storage_conflict);
    EXPECT_EQ(users(), 1);
}

TEST_P(Backend, an_error_rolls_back_and_a_refusal_that_marks_commits) {
    const auto failed = storage_->transact([&](Tx& tx) -> Result<void> {
        CS_CHECK(tx.create(st::user_create, Row{"u1", "N", "a@x.co", false, {}, noon, noon}));
        return fail(Code::login_password);
    });
    EXPECT_EQ(failed.error().code(), Code::login_password);
    EXPECT_EQ(users(), 0);
    const auto refused = storage_->transact([&](Tx& tx) -> Result<void> {
        CS_CHECK(tx.create(st::user_create, Row{"u1", "N", "a@x.co", false, {}, noon, noon}));
        return tx.refuse(AuthError{Code::login_password});
    });
    EXPECT_EQ(refused.error().code(), Code::login_password);
    EXPECT_EQ(users(), 1);
}

TEST_P(Backend, an_exception_in_a_transaction_harms_nobody_else) {
    const auto thrown = storage_->transact([&](Tx&) -> Result<void> { throw std::bad_alloc{}; });
    ASSERT_FALSE(thrown.ok());
    EXPECT_EQ(thrown.error().code(), Code::internal_fault);
    EXPECT_TRUE(add_user("u", "a@x.co").ok());
}

TEST_P(Backend, ISO_01_an_owner_reaches_own_rows_only) {
    ASSERT_TRUE(add_user("alice", "a@x.co").ok() && add_user("bob", "b@x.co").ok());
    const Actor alice = SessionGate::make("alice"), bob = SessionGate::make("bob");
    ASSERT_TRUE(
        storage_->transact([&](Tx& tx) { return tx.create(session_insert, alice, session_row("s1", "alice")); }).ok());
    const auto forged =
        storage_->transact([&](Tx& tx) { return tx.create(session_insert, bob, session_row("s2", "alice")); });
    ASSERT_FALSE(forged.ok());
    EXPECT_EQ(forged.error().code(), Code::isolation_user_id_mismatch);

    const Value id = std::string{"s1"};
    const Value times[]{noon, noon}, alive[]{id, noon - Seconds{1}};
    ASSERT_TRUE(storage_
                    ->transact([&](Tx& tx) -> Result<void> {
                        CS_TRY(const auto removed, tx.remove(st::session_remove, bob, {&id, 1}));
                        EXPECT_EQ(removed, 0);
                        CS_TRY(const auto touched, tx.update(st::session_refresh, bob, times, alive));
                        EXPECT_FALSE(touched.has_value());
                        return {};
                    })
                    .ok());
    const auto of_bob = storage_->reader().find_many(st::session_list, bob, {});
    const auto of_alice = storage_->reader().find_many(st::session_list, alice, {});
    ASSERT_TRUE(of_bob.ok() && of_alice.ok());
    EXPECT_EQ(of_bob->size(), 0U);
    EXPECT_EQ(of_alice->size(), 1U);
}

TEST_P(Backend, deleting_a_user_takes_its_sessions) {
    ASSERT_TRUE(add_user("alice", "a@x.co").ok());
    const auto orphan =
        storage_->transact([&](Tx& tx) { return tx.create(st::session_create, session_row("s", "nobody")); });
    EXPECT_FALSE(orphan.ok());    // foreign keys are on
}

TEST_P(Backend, INP_12_one_of_fifty_takes_a_single_use_row) {
    ASSERT_TRUE(
        storage_->transact([&](Tx& tx) { return tx.create(note_create, Row{"n", "reset", "v", noon, noon, noon}); })
            .ok());
    std::atomic<int> winners{0}, answers{0};
    std::vector<std::thread> racers;
    for (int i = 0; i < 50; ++i) {
        racers.emplace_back([&] {
            const Value key = std::string{"reset"};
            const auto done = storage_->transact([&](Tx& tx) -> Result<void> {
                CS_TRY(const auto row, tx.consume_one(note_take, {&key, 1}));
                if (row) ++winners;
                return {};
            });
            if (done.ok()) ++answers;
        });
    }
    for (std::thread& racer : racers) racer.join();
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(answers, 50);
}

TEST_P(Backend, consume_takes_the_newest_and_one_only) {
    ASSERT_TRUE(storage_
                    ->transact([&](Tx& tx) -> Result<void> {
                        CS_CHECK(tx.create(note_create, Row{"old", "k", "1", noon, noon, noon}));
                        return tx.create(note_create, Row{"new", "k", "2", noon, noon + Seconds{1}, noon});
                    })
                    .ok());
    const Value key = std::string{"k"};
    ASSERT_TRUE(storage_
                    ->transact([&](Tx& tx) -> Result<void> {
                        CS_TRY(const auto row, tx.consume_one(note_take, {&key, 1}));
                        EXPECT_EQ(row->front(), Value{std::string{"new"}});
                        CS_TRY(const auto left, tx.count(note_count, {&key, 1}));
                        EXPECT_EQ(left, 1);
                        CS_TRY(const auto cleared, tx.remove_many(note_clear, {&key, 1}));
                        EXPECT_EQ(cleared, 1);
                        return {};
                    })
                    .ok());
}

TEST_P(Backend, ENU_11_increments_are_exact_over_threads) {
    ASSERT_TRUE(storage_
                    ->transact([&](Tx& tx) {
                        return tx.create(limit_create, Row{"l", "ip|/x", std::int64_t{0}, std::int64_t{0}});
                    })
                    .ok());
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&] {
            const Value key = std::string{"ip|/x"};
            for (int k = 0; k < 25; ++k) {
                const auto done = storage_->transact([&](Tx& tx) -> Result<void> {
                    CS_TRY([[maybe_unused]] const auto row, tx.increment_one(limit_add, 1, {&key, 1}));
                    return {};
                });
                EXPECT_TRUE(done.ok());
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    const Value key = std::string{"ip|/x"};
    ASSERT_TRUE(storage_
                    ->transact([&](Tx& tx) -> Result<void> {
                        CS_TRY(const auto row, tx.increment_one(limit_add, 0, {&key, 1}));
                        EXPECT_EQ((*row)[2], Value{std::int64_t{400}});
                        return {};
                    })
                    .ok());
}

TEST_P(Backend, every_acknowledged_write_is_seen_by_a_turn_that_is_already_open) {
    // The commit number: a snapshot that is older than an acknowledged commit is not read from (DESIGN D7).
    storage_->begin_reads();
    EXPECT_EQ(users(), 0);
    for (int i = 0; i < 50; ++i) {
        std::thread writer{
            [&] { EXPECT_TRUE(add_user("u" + std::to_string(i), "u" + std::to_string(i) + "@x.co").ok()); }};
        writer.join();
        EXPECT_EQ(users(), i + 1);
    }
    storage_->end_reads();
}

TEST_P(Backend, sixty_four_writers_lose_nothing) {
    std::vector<std::thread> writers;
    for (int w = 0; w < 64; ++w) {
        writers.emplace_back([&, w] {
            for (int i = 0; i < 10; ++i) {
                const std::string id = std::to_string(w) + "-" + std::to_string(i);
                EXPECT_TRUE(add_user(id, id + "@x.co").ok());
                const Value key = id + "@x.co";
                const auto found = storage_->reader().find_one(st::user_by_email, {&key, 1});
                EXPECT_TRUE(found.ok() && found->has_value()) << id;
            }
        });
    }
    for (std::thread& writer : writers) writer.join();
    EXPECT_EQ(users(), 640);
}

TEST(Sqlite, a_file_is_private_and_its_rows_survive) {
    const auto folder = std::filesystem::temp_directory_path() / ("countersign-file-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::string path = (folder / "x.db").string();
    for (int round = 0; round < 2; ++round) {
        auto opened = open_sqlite({.path = path});
        ASSERT_TRUE(opened.ok());
        ASSERT_TRUE((*opened)->migrate(tables).ok());
        const std::string id = std::to_string(round);
        ASSERT_TRUE((*opened)
                        ->transact([&](Tx& tx) {
                            return tx.create(st::user_create, Row{id, "N", id + "@x.co", false, {}, noon, noon});
                        })
                        .ok());
        const auto count = (*opened)->reader().count(users_count, {});
        EXPECT_EQ(*count, round + 1);
    }
    struct stat found{};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
    std::filesystem::remove_all(folder);
}

TEST(Sqlite, a_path_that_cannot_be_opened_is_an_error) {
    EXPECT_FALSE(open_sqlite({.path = "/nonexistent/x.db"}).ok());
}

TEST(Schema, is_that_of_Better_Auth_migrations) {
    EXPECT_EQ(sqlite_schema(session_table).front(),
              "create table \"session\" (\"id\" text not null primary key, \"expiresAt\" date not null, \"token\" text "
              "not null unique, "
              "\"createdAt\" date not null, \"updatedAt\" date not null, \"ipAddress\" text, \"userAgent\" text, "
              "\"userId\" text not null references \"user\" (\"id\") on delete cascade)");
    EXPECT_EQ(sqlite_schema(session_table).back(), "create index \"session_userId_idx\" on \"session\" (\"userId\")");
}

TEST(Statements, ISO_01_the_list_of_unowned_ones_is_the_reviewed_one) {
    std::string found;
    for (const Unowned* row : st::all_unowned())
        found += std::string{*row->statement.id} + ": " + std::string{*row->reason} + "\n";
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + "/tests/contract/unowned.golden"};
    const std::string golden{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_EQ(found, golden);
}

}    // namespace
}    // namespace countersign::storage

// What follows a transaction outside of the database, and what is taken back with it.
#include "storage/statements.hpp"
#include "storage/storage.hpp"
#include "support/database.hpp"

namespace countersign::storage {
namespace {

constexpr const Table* tables[]{&user_table, &session_table};
const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");
constexpr Unowned users_count{.statement = {.id = "t.users", .op = Op::count, .table = &user_table}, .reason = "test"};

Result<void> create_user(Tx& tx, const std::string& id) {
    return tx.create(statements::user_create, Row{id, "N", id + "@x.co", false, {}, noon, noon});
}

class Deeds : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override {
        auto opened = open_sqlite({.path = GetParam() == "memory" ? ":memory:" : folder_.file("test.db")});
        ASSERT_TRUE(opened.ok());
        storage_ = *std::move(opened);
        ASSERT_TRUE(storage_->migrate(tables).ok());
    }
    std::int64_t users() { return storage_->reader().count(users_count, {}).value_or(-1); }
    /// Writes `name` down when it runs, with the number of users that it sees.
    Deed noted(std::string name, Result<void> answer = {}) {
        return [this, name = std::move(name), answer = std::move(answer)] {
            done_.push_back(name + std::to_string(users()));
            return answer;
        };
    }
    void plan(Tx& tx) {
        tx.after_commit(noted("follow"));
        tx.after_rollback(noted("undo"));
        tx.after_commit(noted("then"));
        tx.after_rollback(noted("undo first"));
    }
    using Done = std::vector<std::string>;

    testing_support::TemporaryFolder folder_;
    std::unique_ptr<Storage> storage_;
    Done done_;
};

INSTANTIATE_TEST_SUITE_P(All, Deeds, testing::Values("memory", "file"),
                         [](const auto& backend) { return backend.param; });

TEST_P(Deeds, follow_a_commit_that_they_see) {
    ASSERT_TRUE(storage_
                    ->transact([&](Tx& tx) -> Result<void> {
                        plan(tx);
                        return create_user(tx, "u");
                    })
                    .ok());
    EXPECT_EQ(done_, (Done{"follow1", "then1"}));
}

TEST_P(Deeds, are_taken_back_with_a_transaction_that_fails_the_latest_first) {
    const auto answer = storage_->transact([&](Tx& tx) -> Result<void> {
        plan(tx);
        CS_CHECK(create_user(tx, "u"));
        return fail(Code::login_password);
    });
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code(), Code::login_password);
    EXPECT_EQ(done_, (Done{"undo first0", "undo0"}));
}

TEST_P(Deeds, are_taken_back_when_memory_runs_out_in_the_transaction) {
    EXPECT_FALSE(storage_
                     ->transact([&](Tx& tx) -> Result<void> {
                         plan(tx);
                         throw std::bad_alloc{};
                     })
                     .ok());
    EXPECT_EQ(done_, (Done{"undo first0", "undo0"}));
}

TEST_P(Deeds, follow_a_refusal_that_leaves_its_mark) {
    const auto answer = storage_->transact([&](Tx& tx) -> Result<void> {
        plan(tx);
        CS_CHECK(create_user(tx, "u"));
        return tx.refuse(AuthError{Code::login_unverified});
    });
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code(), Code::login_unverified);
    EXPECT_EQ(done_, (Done{"follow1", "then1"}));
    EXPECT_EQ(users(), 1);
}

TEST_P(Deeds, that_fail_are_told_and_neither_the_commit_nor_the_others_are_lost) {
    const auto answer = storage_->transact([&](Tx& tx) -> Result<void> {
        tx.after_commit(noted("full", fail(Code::storage_unavailable)));
        tx.after_commit(noted("corrupt", fail(Code::storage_corrupt)));
        tx.after_commit(noted("last"));
        return create_user(tx, "u");
    });
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code(), Code::storage_unavailable) << "the first";
    EXPECT_EQ(done_, (Done{"full1", "corrupt1", "last1"}));
    EXPECT_EQ(users(), 1);
}

TEST_P(Deeds, may_write_to_the_database_themselves) {
    ASSERT_TRUE(storage_
                    ->transact([&](Tx& tx) -> Result<void> {
                        tx.after_commit(
                            [&] { return storage_->transact([](Tx& next) { return create_user(next, "second"); }); });
                        return create_user(tx, "first");
                    })
                    .ok());
    EXPECT_EQ(users(), 2);
}

TEST(DeedsOfAFailedCommit, are_taken_back) {
    testing_support::TemporaryFolder folder;
    // A foreign key that is checked at COMMIT only: every statement succeeds, the COMMIT does not.
    testing_support::PlainDatabase{folder.file("test.db")}.run(
        "create table \"session\" (\"id\" text not null primary key, \"expiresAt\" date not null, \"token\" text not "
        "null unique, \"createdAt\" date not null, \"updatedAt\" date not null, \"ipAddress\" text, \"userAgent\" "
        "text, \"userId\" text not null references \"user\" (\"id\") on delete cascade deferrable initially deferred)");
    auto storage = open_sqlite({.path = folder.file("test.db")});
    ASSERT_TRUE(storage.ok() && (*storage)->migrate(tables).ok());
    std::vector<std::string> done;
    const auto answer = (*storage)->transact([&](Tx& tx) -> Result<void> {
        tx.after_commit([&]() -> Result<void> {
            done.emplace_back("follow");
            return {};
        });
        tx.after_rollback([&]() -> Result<void> {
            done.emplace_back("undo");
            return {};
        });
        return tx.create(statements::session_create, Row{"s", noon, "t", noon, noon, Value{}, Value{}, "nobody"});
    });
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code(), Code::storage_unavailable);
    EXPECT_EQ(done, std::vector<std::string>{"undo"});
}

}    // namespace
}    // namespace countersign::storage

// Group commit (DESIGN D7): many transactions share one COMMIT, and none of
// them pays for another.
#include <fcntl.h>
#include <sys/resource.h>

#include <latch>
#include <thread>

#include "storage/statements.hpp"
#include "storage/storage.hpp"
#include "support/any_database.hpp"
#include "support/gate.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::AnyDatabase;
using testing_support::Kind;
constexpr const Table* tables[]{&user_table, &session_table, &account_table};
const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");
constexpr std::size_t ample = 1024;    // nobody is turned away
constexpr std::size_t waiting = 8;     // transactions that wait while the writer is held

constexpr Unowned users_count{.statement = {.id = "t.users", .op = Op::count, .table = &user_table}, .reason = "test"};

Result<void> create_user(Tx& tx, const std::string& id) {
    return tx.create(st::user_create, Row{id, "N", id + "@x.co", false, {}, noon, noon});
}

class GroupCommit : public testing::TestWithParam<Kind> {
  protected:
    void open(std::size_t queue_limit = waiting) {
        auto opened = database_.open({.queue_limit = queue_limit});
        ASSERT_TRUE(opened.ok()) << opened.error().detail();
        storage_ = *std::move(opened);
        ASSERT_TRUE(storage_->migrate(tables).ok());
    }
    /// Holds the writer inside a transaction until `waiting` others stand in the
    /// queue, so that they form one group. One more than that is sent: the queue
    /// is full exactly when one of them has been turned away.
    std::vector<Result<void>> run_as_one_group(const std::function<Result<void>(Tx&, std::size_t)>& work) {
        std::latch held{1}, full{1};
        std::thread holder{[&] {
            EXPECT_TRUE(storage_
                            ->transact([&](Tx&) -> Result<void> {
                                held.count_down();
                                full.wait();
                                return {};
                            })
                            .ok());
        }};
        held.wait();
        std::vector<Result<void>> answers(waiting + 1);
        std::atomic<std::size_t> run{0};
        std::atomic<bool> released{false};
        std::vector<std::thread> senders;
        for (Result<void>& answer : answers) {
            senders.emplace_back([&] {
                bool ran = false;
                answer = storage_->transact([&](Tx& tx) {
                    ran = true;
                    return work(tx, run++);
                });
                if (!ran && !released.exchange(true)) full.count_down();
            });
        }
        for (std::thread& sender : senders) sender.join();
        holder.join();
        run_ = run;
        return answers;
    }
    std::size_t refused_with(const std::vector<Result<void>>& answers, Code code) {
        return static_cast<std::size_t>(std::ranges::count_if(
            answers, [&](const Result<void>& answer) { return !answer.ok() && answer.error().code() == code; }));
    }
    std::int64_t users() {
        const auto found = storage_->reader().count(users_count, {});
        return found.ok() ? *found : -1;
    }

    AnyDatabase database_{GetParam()};
    std::unique_ptr<Storage> storage_;
    std::size_t run_ = 0;    // members of the group that were begun
};
INSTANTIATE_TEST_SUITE_P(All, GroupCommit, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

TEST_P(GroupCommit, a_full_queue_turns_away_and_loses_nothing) {
    open();
    const auto answers = run_as_one_group([](Tx& tx, std::size_t i) { return create_user(tx, std::to_string(i)); });
    EXPECT_EQ(run_, waiting);
    EXPECT_EQ(refused_with(answers, Code::storage_unavailable), 1U);
    EXPECT_EQ(users(), static_cast<std::int64_t>(waiting));
}

TEST_P(GroupCommit, is_one_commit_for_all_that_wait) {
    open();
    const std::uint64_t before = storage_->commit_number();
    std::ignore = run_as_one_group([](Tx& tx, std::size_t i) { return create_user(tx, std::to_string(i)); });
    EXPECT_EQ(storage_->commit_number() - before,
              2U);    // the holder, and the group
}

TEST_P(GroupCommit, a_member_that_fails_fails_alone) {
    open();
    const auto answers = run_as_one_group([](Tx& tx, std::size_t i) -> Result<void> {
        CS_CHECK(create_user(tx, std::to_string(i)));
        if (i % 2 == 0) return fail(Code::login_password);
        return {};
    });
    EXPECT_EQ(refused_with(answers, Code::login_password), waiting / 2);
    EXPECT_EQ(users(), static_cast<std::int64_t>(waiting / 2));
}

TEST_P(GroupCommit, when_COMMIT_fails_nobody_is_told_otherwise) {
    // A foreign key that is checked at COMMIT only: every statement succeeds, the
    // COMMIT does not.
    const std::string date{database_.date()};
    if (GetParam() == Kind::postgres) database_.run(postgres_schema(user_table).front());
    database_.run("create table \"session\" (\"id\" text not null primary key, \"expiresAt\" " + date +
                  " not null, \"token\" text not null unique, \"createdAt\" " + date + " not null, \"updatedAt\" " +
                  date +
                  " not null, \"ipAddress\" text, \"userAgent\" text, \"userId\" text not null references \"user\" "
                  "(\"id\") on delete cascade deferrable initially deferred)");
    open();
    const std::uint64_t before = storage_->commit_number();
    const auto answers = run_as_one_group([](Tx& tx, std::size_t i) -> Result<void> {
        CS_CHECK(create_user(tx, std::to_string(i)));
        if (i != 3) return {};
        return tx.create(st::session_create, Row{"s", noon, "t", noon, noon, Value{}, Value{}, "nobody"});
    });
    EXPECT_EQ(run_, waiting);
    EXPECT_EQ(refused_with(answers, Code::storage_unavailable), waiting + 1);
    EXPECT_EQ(users(), 0);
    EXPECT_EQ(storage_->commit_number() - before, 1U);    // the holder's
    EXPECT_TRUE(storage_->transact([](Tx& tx) { return create_user(tx, "after"); }).ok());
    EXPECT_EQ(users(), 1);
}

TEST_P(GroupCommit, when_the_database_takes_the_transaction_back_nothing_of_the_group_is_kept) {
    // As a full disk does in the middle of a group: whoever is answered with an
    // error must not be in the file.
    open();
    if (GetParam() == Kind::file) {
        database_.run(
            "create trigger \"full\" before insert on \"user\" when new.\"id\" = '3' begin select raise(rollback, "
            "'full'); "
            "end");
    } else {    // the server ends the connection in the middle of it
        database_.run(
            "create function cut() returns trigger language plpgsql as $$ begin perform "
            "pg_terminate_backend(pg_backend_pid()); return new; end $$; create trigger \"full\" before insert on "
            "\"user\" for each row when (new.\"id\" = '3') execute function cut()");
    }
    const auto answers = run_as_one_group([](Tx& tx, std::size_t i) { return create_user(tx, std::to_string(i)); });
    EXPECT_EQ(run_, 4U);
    EXPECT_EQ(refused_with(answers, Code::storage_unavailable), waiting + 1);
    EXPECT_EQ(users(), 0);
    EXPECT_TRUE(storage_->transact([](Tx& tx) { return create_user(tx, "after"); }).ok());
}

TEST_P(GroupCommit, a_turn_that_is_begun_twice_is_one_turn) {
    open();
    storage_->begin_reads();
    EXPECT_EQ(users(), 0);
    storage_->begin_reads();
    EXPECT_EQ(users(), 0);
    storage_->end_reads();
    EXPECT_EQ(users(), 0);
}

TEST_P(GroupCommit, a_reader_that_could_not_be_opened_is_tried_again) {
    open();
    rlimit usual{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(next, 0);
    ::close(next);
    const rlimit none_left{static_cast<rlim_t>(next), usual.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
    const std::int64_t without = users();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
    EXPECT_EQ(without, -1);
    EXPECT_TRUE(testing_support::eventually([&] { return users() == 0; }));
}

TEST_P(GroupCommit, sixty_four_threads_see_every_acknowledged_write_in_an_open_turn) {
    open(ample);
    std::vector<std::thread> threads;
    for (int t = 0; t < 64; ++t) {
        threads.emplace_back([&, t] {
            storage_->begin_reads();
            std::int64_t seen = 0;
            for (int i = 0; i < 50; ++i) {
                const std::string id = std::to_string(t) + "-" + std::to_string(i);
                EXPECT_TRUE(storage_->transact([&](Tx& tx) { return create_user(tx, id); }).ok());
                const Value email = id + "@x.co";
                const auto found = storage_->reader().find_one(st::user_by_email, {&email, 1});
                EXPECT_TRUE(found.ok() && found->has_value()) << id;
                const std::int64_t now = users();
                EXPECT_GE(now, seen);    // time does not run backwards for a reader
                seen = now;
            }
            storage_->end_reads();
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(users(), 64 * 50);
}

TEST_P(GroupCommit, INP_12_of_fifty_sign_ups_with_one_address_one_is_made) {
    open(ample);
    std::vector<Result<void>> answers(50);
    std::vector<std::thread> racers;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        racers.emplace_back([&, i] {
            answers[i] = storage_->transact([&](Tx& tx) {
                return tx.create(st::user_create, Row{std::to_string(i), "N", "one@x.co", false, {}, noon, noon});
            });
        });
    }
    for (std::thread& racer : racers) racer.join();
    EXPECT_EQ(refused_with(answers, Code::storage_conflict), answers.size() - 1);
    EXPECT_EQ(users(), 1);
}

TEST_P(GroupCommit, what_is_not_committed_is_not_read) {
    open();
    const auto done = storage_->transact([&](Tx& tx) -> Result<void> {
        CS_CHECK(create_user(tx, "u"));
        EXPECT_EQ(users(), 0);    // a reader beside the writer
        return {};
    });
    EXPECT_TRUE(done.ok());
    EXPECT_EQ(users(), 1);
}

TEST_P(GroupCommit, an_acknowledged_write_is_in_the_file) {
    open();
    ASSERT_TRUE(storage_->transact([](Tx& tx) { return create_user(tx, "u"); }).ok());
    // Another process finds the same: the storage is still open.
    EXPECT_EQ(database_.one("select count(*) from \"user\""), "1");
    if (GetParam() == Kind::file) EXPECT_EQ(database_.one("pragma journal_mode"), "wal");
}

}    // namespace
}    // namespace countersign::storage

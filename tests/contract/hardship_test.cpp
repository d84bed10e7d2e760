// What the disk, the neighbours and the kernel can do to us: an acknowledged row is there afterwards, and whatever is
// not there is an error and never "no such row".
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <latch>
#include <thread>

#include "storage/cells.hpp"
#include "storage/statements.hpp"
#include "storage/storage.hpp"
#include "support/any_database.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::AnyDatabase;
using testing_support::Kind;
using testing_support::PlainDatabase;
constexpr const Table* tables[]{&user_table, &session_table, &account_table, &rate_limit_table};
const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");

constexpr Unowned users_count{.statement = {.id = "t.users", .op = Op::count, .table = &user_table}, .reason = "test"};
constexpr Where by_key[]{{.column = "key"}};
constexpr std::string_view count_column[]{"count"};
constexpr Unowned counter_create{.statement = {.id = "t.counter_create", .op = Op::create, .table = &rate_limit_table},
                                 .reason = "test"};
constexpr Unowned counter_add{.statement = {.id = "t.counter_add",
                                            .op = Op::increment_one,
                                            .table = &rate_limit_table,
                                            .where = by_key,
                                            .set = count_column},
                              .reason = "test"};
constexpr Unowned counter_set{.statement = {.id = "t.counter_set",
                                            .op = Op::update,
                                            .table = &rate_limit_table,
                                            .where = by_key,
                                            .set = count_column},
                              .reason = "test"};
constexpr Unowned counter_read{
    .statement = {.id = "t.counter_read", .op = Op::find_one, .table = &rate_limit_table, .where = by_key},
    .reason = "test"};

Result<void> add_user(Storage& storage, const std::string& id) {
    return storage.transact([&](Tx& tx) {
        return tx.create(st::user_create, Row{id, std::string(100, 'n'), id + "@x.co", false, Value{}, noon, noon});
    });
}

Result<std::unique_ptr<Storage>> open_migrated(const SqliteOptions& options) {
    CS_TRY(std::unique_ptr<Storage> storage, open_sqlite(options));
    CS_CHECK(storage->migrate(tables));
    return storage;
}

class Hardship : public testing::Test {
  protected:
    void open(SqliteOptions options = {}) {
        storage_.reset();
        options.path = path_;
        auto opened = open_migrated(options);
        ASSERT_TRUE(opened.ok()) << opened.error().detail();
        storage_ = *std::move(opened);
    }
    /// How many there are; -1 if the question had no answer.
    std::int64_t users() {
        const auto found = storage_->reader().count(users_count, {});
        return found.ok() ? *found : -1;
    }
    static Code code_of(const Result<void>& done) { return done.ok() ? Code::count_ : done.error().code(); }

    testing_support::TemporaryFolder folder_;
    std::string path_ = folder_.file("test.db");
    std::unique_ptr<Storage> storage_;
};

TEST_F(Hardship, a_file_that_may_not_grow_refuses_writes_and_keeps_what_it_has) {
    open();
    ASSERT_TRUE(add_user(*storage_, "before").ok());
    rlimit usual{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &usual), 0);
    const auto usual_signal = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{std::filesystem::file_size(path_ + "-wal"), usual.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
    const Code during = code_of(add_user(*storage_, "during"));
    const std::int64_t seen = users();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &usual), 0);
    std::signal(SIGXFSZ, usual_signal);
    EXPECT_EQ(during, Code::storage_unavailable);
    EXPECT_EQ(seen, 1);
    EXPECT_TRUE(add_user(*storage_, "after").ok());
    EXPECT_EQ(users(), 2);
    open();
    EXPECT_EQ(users(), 2);
}

TEST_F(Hardship, a_file_that_may_only_be_read_is_refused_at_start) {
    open();
    storage_.reset();
    std::filesystem::permissions(folder_.file(""), std::filesystem::perms{0755});
    std::filesystem::permissions(path_, std::filesystem::perms{0444});
    const pid_t child = ::fork();
    if (child == 0) {
        constexpr uid_t nobody = 65534;    // root may write every file
        if (::geteuid() == 0 && ::setuid(nobody) != 0) ::_exit(2);
        const auto opened = open_sqlite({.path = path_});
        ::_exit(!opened.ok() && opened.error().code() == Code::storage_unavailable ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(Hardship, damaged_pages_are_an_error_and_never_an_absent_row) {
    open();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(add_user(*storage_, std::to_string(i)).ok());
    storage_.reset();    // the last connection moves the WAL into the file
    constexpr std::streamoff page = 4096;
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path_));
    ASSERT_GT(size, 2 * page);
    {
        std::fstream file{path_, std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(page);    // the first one holds the schema
        file << std::string(static_cast<std::size_t>(size - page), '\xEE');
    }
    auto opened = open_sqlite({.path = path_});
    ASSERT_TRUE(opened.ok());
    const Value email = "7@x.co";
    const auto found = (*opened)->reader().find_one(st::user_by_email, {&email, 1});
    EXPECT_FALSE(found.ok());
    EXPECT_FALSE(add_user(**opened, "new").ok());
}

TEST_F(Hardship, nothing_is_acknowledged_into_a_file_that_was_deleted_or_moved) {
    struct Case {
        std::string_view name;
        std::function<void(const std::string&)> happens;
    };
    const Case cases[]{
        {"deleted", [](const std::string& path) { std::filesystem::remove(path); }},
        {"moved", [](const std::string& path) { std::filesystem::rename(path, path + ".old"); }},
        {"another in its place",
         [](const std::string& path) {
             std::filesystem::rename(path, path + ".older");
             std::ofstream{path}.flush();
         }},
    };
    for (const Case& c : cases) {
        for (const std::string suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
        open();
        ASSERT_TRUE(add_user(*storage_, "before").ok());
        c.happens(path_);
        EXPECT_EQ(code_of(add_user(*storage_, "lost")), Code::storage_unavailable) << c.name;
        // A thread that never read before opens its connection now: an empty database would say "no such user".
        Result<std::optional<Row>> found{std::optional<Row>{}};
        std::thread{[&] {
            const Value email = "before@x.co";
            found = storage_->reader().find_one(st::user_by_email, {&email, 1});
        }}.join();
        EXPECT_FALSE(found.ok() && !found->has_value()) << c.name;
        storage_.reset();
    }
}

class AnyHardship : public testing::TestWithParam<Kind> {
  protected:
    void open(const testing_support::Wishes& wishes = {}) {
        storage_.reset();
        auto opened = database_.open(wishes);
        ASSERT_TRUE(opened.ok()) << opened.error().detail();
        storage_ = *std::move(opened);
        ASSERT_TRUE(storage_->migrate(tables).ok());
    }
    std::int64_t users() {
        const auto found = storage_->reader().count(users_count, {});
        return found.ok() ? *found : -1;
    }
    static Code code_of(const Result<void>& done) { return done.ok() ? Code::count_ : done.error().code(); }
    /// A row as a neighbour writes it.
    std::string insert_of(const std::string& id) const {
        return "insert into \"user\" values ('" + id + "', 'T', '" + id + "@x.co', " + std::string{database_.yes()} +
               ", NULL, '2026-11-24T12:00:00.000Z', '2026-11-24T12:00:00.000Z')";
    }

    AnyDatabase database_{GetParam()};
    std::unique_ptr<Storage> storage_;
};
INSTANTIATE_TEST_SUITE_P(All, AnyHardship, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

TEST_P(AnyHardship, a_lock_that_is_never_given_back_is_unavailable_and_reads_go_on) {
    open({.lock_wait = Milliseconds{1}});
    ASSERT_TRUE(add_user(*storage_, "before").ok());
    testing_support::Neighbour neighbour = database_.neighbour();
    neighbour.run(GetParam() == Kind::file ? "begin immediate" : "begin; lock table \"user\" in exclusive mode");
    EXPECT_EQ(code_of(add_user(*storage_, "during")), Code::storage_unavailable);
    EXPECT_EQ(users(), 1);
    neighbour.run("rollback");
    EXPECT_TRUE(add_user(*storage_, "after").ok());
    EXPECT_EQ(users(), 2);
}

TEST_P(AnyHardship, two_processes_write_beside_each_other_and_lose_nothing) {
    constexpr int each = 200;
    open();
    storage_.reset();    // no thread of ours at the fork
    const pid_t child = ::fork();
    if (child == 0) {
        testing_support::Neighbour neighbour = database_.neighbour();
        for (int i = 0; i < each; ++i) neighbour.run(insert_of("theirs-" + std::to_string(i)));
        ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    open({.lock_wait = Seconds{60}});
    for (int i = 0; i < each; ++i) EXPECT_TRUE(add_user(*storage_, "ours-" + std::to_string(i)).ok());
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_EQ(users(), 2 * each);
}

TEST_P(AnyHardship, what_a_neighbour_committed_is_read_in_the_next_turn) {
    open();
    storage_->begin_reads();
    EXPECT_EQ(users(), 0);
    database_.run(insert_of("t"));
    storage_->end_reads();
    storage_->begin_reads();
    EXPECT_EQ(users(), 1);
    storage_->end_reads();
}

/// Adds users one by one and reports each that was acknowledged, until it is killed.
[[noreturn]] void write_until_killed(const AnyDatabase& database, int report) {
    auto opened = database.open();
    for (int i = 0; opened.ok(); ++i) {
        if (!add_user(**opened, std::to_string(i)).ok()) break;
        const char mark = '.';
        if (::write(report, &mark, 1) != 1) break;
    }
    ::_exit(1);
}

TEST_P(AnyHardship, every_acknowledged_row_is_there_after_kill_9) {
    for (const int enough : {1, 7, 150}) {
        open();
        ASSERT_TRUE(storage_->migrate(tables).ok());
        storage_.reset();
        database_.run("delete from \"user\"");
        int channel[2];
        ASSERT_EQ(::pipe(channel), 0);
        const pid_t child = ::fork();
        if (child == 0) write_until_killed(database_, channel[1]);
        ::close(channel[1]);
        std::int64_t acknowledged = 0;
        char mark = 0;
        while (acknowledged < enough && ::read(channel[0], &mark, 1) == 1) ++acknowledged;
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        while (::read(channel[0], &mark, 1) == 1) ++acknowledged;    // what it said before it died
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFSIGNALED(status));
        ::close(channel[0]);
        EXPECT_GE(acknowledged, enough);

        open();
        EXPECT_GE(users(), acknowledged);
        EXPECT_LE(users(), acknowledged + 1);    // committed, and killed before it could say so
        if (GetParam() == Kind::file) EXPECT_EQ(database_.one("pragma integrity_check"), "ok");
    }
}

TEST_P(AnyHardship, two_servers_of_one_database_read_what_the_other_acknowledged_and_count_exactly) {
    constexpr int threads = 8, rounds = 40;
    open();
    auto second = database_.open();
    ASSERT_TRUE(second.ok());
    Storage* const servers[]{storage_.get(), second->get()};
    const Value key = "one";
    ASSERT_TRUE(storage_
                    ->transact([&](Tx& tx) {
                        return tx.create(counter_create, Row{"one", "one", std::int64_t{0}, std::int64_t{0}});
                    })
                    .ok());
    std::atomic<std::int64_t> acknowledged{0};
    std::atomic<int> older{0}, refused{0};
    std::vector<std::thread> working;
    for (int t = 0; t < threads; ++t) {
        working.emplace_back([&, t] {
            for (int i = 0; i < rounds; ++i) {
                Storage& mine = *servers[t % 2];
                Storage& other = *servers[(t + 1) % 2];
                const auto done = mine.transact([&](Tx& tx) -> Result<void> {
                    // Read, decide, write: what no single statement could do.
                    CS_TRY(const auto row, tx.find_one(counter_read, {&key, 1}));
                    CS_TRY(const std::int64_t now, cell<std::int64_t>(*row, 2));
                    const Value next = now + 1;
                    CS_TRY([[maybe_unused]] const auto written, tx.update(counter_set, {&next, 1}, {&key, 1}));
                    return {};
                });
                if (!done.ok()) {
                    ++refused;
                    continue;
                }
                const std::int64_t known = ++acknowledged;
                const auto seen = other.reader().find_one(counter_read, {&key, 1});
                if (!seen.ok() || !seen->has_value() || std::get<std::int64_t>((**seen)[2]) < known) ++older;
            }
        });
    }
    for (std::thread& one : working) one.join();
    EXPECT_EQ(older, 0);
    EXPECT_EQ(refused, 0);
    const auto last = storage_->reader().find_one(counter_read, {&key, 1});
    ASSERT_TRUE(last.ok() && last->has_value());
    EXPECT_EQ((**last)[2], Value{std::int64_t{threads * rounds}});
}

TEST_P(AnyHardship, ten_thousand_alternations_never_show_the_older_state) {
    constexpr std::size_t threads = 25;
    constexpr std::int64_t rounds = 400;
    open();
    std::array<std::atomic<std::int64_t>, threads> acknowledged{};
    for (std::size_t t = 0; t < threads; ++t) {
        ASSERT_TRUE(storage_
                        ->transact([&](Tx& tx) {
                            const std::string id = std::to_string(t);
                            return tx.create(counter_create, Row{id, id, std::int64_t{0}, std::int64_t{0}});
                        })
                        .ok());
    }
    std::atomic<std::int64_t> older{0}, reads{0};
    std::vector<std::thread> running;
    for (std::size_t t = 0; t < threads; ++t) {
        running.emplace_back([&, t] {
            const Value own = std::to_string(t);
            for (std::int64_t i = 1; i <= rounds; ++i) {
                storage_->begin_reads();    // a snapshot that is older than what follows
                const std::size_t other = (t + static_cast<std::size_t>(i)) % threads;
                const Value key = std::to_string(other);
                std::ignore = storage_->reader().find_one(counter_read, {&key, 1});
                const auto done = storage_->transact([&](Tx& tx) -> Result<void> {
                    CS_TRY([[maybe_unused]] const auto row, tx.increment_one(counter_add, 1, {&own, 1}));
                    return {};
                });
                if (done.ok()) acknowledged[t].store(i);
                const std::int64_t known = acknowledged[other].load();
                const auto row = storage_->reader().find_one(counter_read, {&key, 1});
                storage_->end_reads();
                if (!row.ok() || !row->has_value() || std::get<std::int64_t>((**row)[2]) < known) ++older;
                ++reads;
            }
        });
    }
    for (std::thread& thread : running) thread.join();
    EXPECT_EQ(reads, 10'000);
    EXPECT_EQ(older, 0);
    for (const auto& last : acknowledged) EXPECT_EQ(last.load(), rounds);
}

}    // namespace
}    // namespace countersign::storage

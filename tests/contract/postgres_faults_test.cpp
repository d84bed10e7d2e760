// What a server that is elsewhere can do to us: gone, back, read-only, full, cut off, in the hands of a pooler. Nothing
// acknowledged is lost, nothing is redeemed twice, and nobody has to start us again.
#include <csignal>
#include <thread>

#include "storage/cells.hpp"
#include "storage/statements.hpp"
#include "storage/storage.hpp"
#include "support/any_database.hpp"
#include "support/pooler.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::eventually;
using testing_support::PlainPostgres;
using testing_support::PostgresDatabase;
using testing_support::PostgresServer;
constexpr const Table* tables[]{&user_table, &session_table, &account_table, &verification_table};
const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");

constexpr Unowned users_count{.statement = {.id = "t.users", .op = Op::count, .table = &user_table}, .reason = "test"};

Result<void> add_user(Storage& storage, const std::string& id) {
    return storage.transact(
        [&](Tx& tx) { return tx.create(st::user_create, Row{id, "N", id + "@x.co", false, Value{}, noon, noon}); });
}
Code code_of(const Result<void>& done) { return done.ok() ? Code::count_ : done.error().code(); }
std::int64_t users(Storage& storage) {
    const auto found = storage.reader().count(users_count, {});
    return found.ok() ? *found : -1;
}

class PostgresFaults : public testing::Test {
  protected:
    void open(PostgresOptions options = {}) {
        options.url = database_.url();
        auto opened = open_postgres(options);
        ASSERT_TRUE(opened.ok()) << opened.error().detail();
        storage_ = *std::move(opened);
        ASSERT_TRUE(storage_->migrate(tables).ok());
    }
    /// Ends every connection of ours to the database.
    void cut_all() {
        PlainPostgres{database_.url()}.run(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign' and datname "
            "= "
            "current_database()");
    }

    PostgresDatabase database_;
    std::unique_ptr<Storage> storage_;
};

TEST_F(PostgresFaults, connections_that_ended_while_nobody_looked_cost_no_request) {
    open();
    ASSERT_TRUE(add_user(*storage_, "before").ok());
    std::vector<std::thread> readers;    // several connections of readers
    for (int i = 0; i < 8; ++i) readers.emplace_back([&] { EXPECT_EQ(users(*storage_), 1); });
    for (std::thread& reader : readers) reader.join();
    for (int round = 0; round < 5; ++round) {
        cut_all();
        EXPECT_EQ(users(*storage_), 1 + round);
        cut_all();
        EXPECT_TRUE(add_user(*storage_, std::to_string(round)).ok());
    }
}

TEST_F(PostgresFaults, INP_12_what_is_cut_in_the_middle_is_not_done_and_is_said_so) {
    open();
    ASSERT_TRUE(add_user(*storage_, "before").ok());
    const auto cut = storage_->transact([&](Tx& tx) -> Result<void> {
        CS_CHECK(tx.create(st::user_create, Row{"lost", "N", "lost@x.co", false, Value{}, noon, noon}));
        cut_all();
        return tx.create(st::user_create, Row{"also", "N", "also@x.co", false, Value{}, noon, noon});
    });
    EXPECT_EQ(code_of(cut), Code::storage_unavailable);
    const auto late = storage_->transact([&](Tx& tx) -> Result<void> {
        CS_CHECK(tx.create(st::user_create, Row{"late", "N", "late@x.co", false, Value{}, noon, noon}));
        cut_all();    // COMMIT has nobody to ask
        return {};
    });
    EXPECT_EQ(code_of(late), Code::storage_unavailable);
    EXPECT_EQ(users(*storage_), 1);
    EXPECT_TRUE(add_user(*storage_, "after").ok());
}

TEST_F(PostgresFaults, INP_12_under_cuts_no_token_is_redeemed_twice_and_no_acknowledged_row_is_lost) {
    constexpr int threads = 8, rounds = 60;
    open();
    constexpr int between_cuts = 12;    // acknowledged rows
    std::atomic<int> redeemed_twice{0}, added{0}, cuts{0};
    std::atomic<bool> done{false};
    std::thread cutter{[&] {
        while (!done) {
            if (added < cuts * between_cuts) {
                std::this_thread::yield();
                continue;
            }
            cut_all();
            ++cuts;
        }
    }};
    std::vector<std::thread> working;
    std::array<std::vector<std::string>, threads> acknowledged;
    for (std::size_t t = 0; t < threads; ++t) {
        working.emplace_back([&, t] {
            for (int i = 0; i < rounds; ++i) {
                while (added > (cuts + 2) * between_cuts) std::this_thread::yield();    // a slow cutter is waited for
                const std::string id = std::to_string(t) + "-" + std::to_string(i);
                Code last = Code::storage_unavailable;
                EXPECT_TRUE(eventually([&] {
                    last = code_of(add_user(*storage_, id));
                    return last != Code::storage_unavailable;
                }));
                ++added;
                // There already: the answer to an earlier try was lost, and nobody was told that it is there.
                if (last == Code::count_) acknowledged[t].push_back(id);
                const auto issued = storage_->transact([&](Tx& tx) {
                    return tx.create(st::verification_create, Row{id, "reset:" + id, "v", noon, noon, noon});
                });
                if (!issued.ok()) continue;
                int winners = 0;
                for (int k = 0; k < 3; ++k) {
                    bool taken = false;
                    const auto redeemed = storage_->transact([&](Tx& tx) -> Result<void> {
                        const Value key[]{"reset:" + id, noon - Seconds{1}};
                        CS_TRY(const auto row, tx.consume_one(st::verification_take, key));
                        taken = row.has_value();
                        return {};
                    });
                    if (redeemed.ok() && taken) ++winners;
                }
                if (winners > 1) ++redeemed_twice;
            }
        });
    }
    for (std::thread& one : working) one.join();
    done = true;
    cutter.join();
    EXPECT_EQ(redeemed_twice, 0);
    PlainPostgres plain{database_.url()};
    std::size_t kept = 0;
    for (const auto& ids : acknowledged) {
        for (const std::string& id : ids)
            kept += plain.one("select count(*) from \"user\" where id = '" + id + "'") == "1" ? 1U : 0U;
    }
    std::size_t all = 0;
    for (const auto& ids : acknowledged) all += ids.size();
    EXPECT_EQ(kept, all);
    EXPECT_GT(all, 0U);
    EXPECT_GT(cuts, threads * rounds / between_cuts / 2);
    EXPECT_TRUE(eventually([&] { return add_user(*storage_, "after").ok(); }));
}

TEST_F(PostgresFaults, a_read_only_database_refuses_writes_and_answers_reads) {
    open();
    ASSERT_TRUE(add_user(*storage_, "before").ok());
    PlainPostgres{database_.url()}.run("alter database " + database_.name() +
                                       " set default_transaction_read_only = on");
    cut_all();
    EXPECT_EQ(code_of(add_user(*storage_, "during")), Code::storage_unavailable);
    EXPECT_EQ(users(*storage_), 1);
    PlainPostgres plain{database_.url()};
    plain.run("set transaction_read_only = off; set default_transaction_read_only = off");
    plain.run("alter database " + database_.name() + " set default_transaction_read_only = off");
    EXPECT_TRUE(add_user(*storage_, "after").ok());    // the connection that was refused is not kept
    EXPECT_EQ(users(*storage_), 2);
}

TEST_F(PostgresFaults, without_a_free_connection_requests_are_refused_and_the_next_are_not) {
    open();
    const std::string administrator = "postgres://owner@/postgres?host=" + PostgresServer::shared().folder();
    PlainPostgres{administrator}.run("create role guest login");
    PlainPostgres{administrator}.run("alter database " + database_.name() + " connection limit 1");
    auto guest = open_postgres({.url = database_.url("guest")});
    ASSERT_FALSE(guest.ok());    // ours is the one
    EXPECT_TRUE(guest.error().found().text().contains("too many connections")) << guest.error().detail();
    PlainPostgres{administrator}.run("alter database " + database_.name() + " connection limit -1");
    EXPECT_TRUE(open_postgres({.url = database_.url("guest")}).ok());
    PlainPostgres{administrator}.run("drop role guest");
}

TEST_F(PostgresFaults, a_statement_that_takes_too_long_is_given_up_by_the_server) {
    open({.statement_wait = Milliseconds{300}, .lock_wait = Milliseconds{60'000}});
    PlainPostgres neighbour{database_.url()};
    neighbour.run("begin; lock table \"user\" in access exclusive mode");
    EXPECT_EQ(users(*storage_), -1);
    EXPECT_EQ(code_of(add_user(*storage_, "during")), Code::storage_unavailable);
    neighbour.run("rollback");
    EXPECT_EQ(users(*storage_), 0);
    EXPECT_TRUE(add_user(*storage_, "after").ok());
}

TEST_F(PostgresFaults, a_deadlock_with_a_neighbour_is_one_answer_and_not_the_end) {
    open({.lock_wait = Milliseconds{60'000}});
    for (const std::string id : {"a", "b"}) ASSERT_TRUE(add_user(*storage_, id).ok());
    PlainPostgres neighbour{database_.url()};
    neighbour.run("set deadlock_timeout = '60s'; begin; update \"user\" set \"name\" = 'T' where id = 'b'");
    constexpr static Where by_id[]{{.column = "id"}};
    constexpr static std::string_view name[]{"name"};
    constexpr static Unowned rename{
        .statement = {.id = "t.rename", .op = Op::update, .table = &user_table, .where = by_id, .set = name},
        .reason = "test"};
    std::thread crossing;
    const auto done = storage_->transact([&](Tx& tx) -> Result<void> {
        const Value ours = "N2", a = "a", b = "b";
        CS_TRY([[maybe_unused]] const auto first, tx.update(rename, {&ours, 1}, {&a, 1}));
        crossing = std::thread{[&] { neighbour.run("update \"user\" set \"name\" = 'T' where id = 'a'; commit"); }};
        // Until it waits for us; then we wait for it, and the server gives up the one of us that asks first: us.
        EXPECT_TRUE(eventually([&] {
            return PlainPostgres{database_.url()}.one(
                       "select count(*) from pg_locks where not granted and database = (select oid from pg_database "
                       "where "
                       "datname = current_database()) or locktype = 'transactionid' and not granted") != "0";
        }));
        CS_TRY([[maybe_unused]] const auto second, tx.update(rename, {&ours, 1}, {&b, 1}));
        return {};
    });
    crossing.join();
    EXPECT_EQ(code_of(done), Code::storage_unavailable);
    EXPECT_EQ(PlainPostgres{database_.url()}.one("select string_agg(name, ',' order by id) from \"user\""), "T,T");
    EXPECT_TRUE(add_user(*storage_, "after").ok());
}

/// With a server of their own, which they may end.
class PostgresServerFaults : public testing::Test {
  protected:
    void open(Milliseconds statement_wait = Milliseconds{5000}) {
        auto opened = open_postgres({.url = server_.url("postgres"), .statement_wait = statement_wait});
        ASSERT_TRUE(opened.ok()) << opened.error().detail();
        storage_ = *std::move(opened);
        ASSERT_TRUE(storage_->migrate(tables).ok());
    }
    PostgresServer server_;
    std::unique_ptr<Storage> storage_;
};

TEST_F(PostgresServerFaults, a_server_that_stops_and_starts_again_is_used_again) {
    open();
    ASSERT_TRUE(add_user(*storage_, "before").ok());
    EXPECT_EQ(users(*storage_), 1);
    for (const std::string how : {"-m fast", "-m immediate"}) {
        server_.control(how + " stop");
        EXPECT_EQ(code_of(add_user(*storage_, "during")), Code::storage_unavailable) << how;
        EXPECT_EQ(users(*storage_), -1) << how;
        server_.control("start");
        EXPECT_TRUE(eventually([&] { return users(*storage_) == 1; })) << how;
        EXPECT_TRUE(eventually([&] { return add_user(*storage_, "after").ok(); })) << how;
        PlainPostgres{server_.url("postgres")}.run("delete from \"user\" where id = 'after'");
    }
}

TEST_F(PostgresServerFaults, a_server_that_says_nothing_any_more_is_not_waited_for_for_ever) {
    open(Milliseconds{200});
    ASSERT_TRUE(add_user(*storage_, "before").ok());
    EXPECT_EQ(users(*storage_), 1);
    PlainPostgres plain{server_.url("postgres")};
    std::vector<pid_t> frozen;
    const auto freeze = [&] {
        for (const std::string& pid :
             plain.run("select pid from pg_stat_activity where application_name = 'countersign'")) {
            frozen.push_back(std::stoi(pid));
            ::kill(frozen.back(), SIGSTOP);
        }
    };
    const auto during = storage_->transact([&](Tx& tx) -> Result<void> {
        CS_CHECK(tx.create(st::user_create, Row{"lost", "N", "lost@x.co", false, Value{}, noon, noon}));
        freeze();
        return tx.create(st::user_create, Row{"also", "N", "also@x.co", false, Value{}, noon, noon});
    });
    EXPECT_EQ(code_of(during), Code::storage_unavailable);
    EXPECT_EQ(users(*storage_), 1);    // asked again of another connection
    EXPECT_EQ(code_of(add_user(*storage_, "locked out")), Code::storage_unavailable);    // by whom nobody hears from
    for (const pid_t pid : frozen) ::kill(pid, SIGCONT);
    EXPECT_TRUE(eventually([&] { return add_user(*storage_, "after").ok(); }));
    EXPECT_EQ(users(*storage_), 2);
}

TEST(PostgresOpening, says_what_is_wrong_and_never_the_password) {
    const PostgresDatabase database;
    const std::string folder = PostgresServer::shared().folder();
    PlainPostgres administrator{PostgresServer::shared().url("postgres")};
    administrator.run("create role poor login");
    administrator.run("create database latin encoding 'LATIN1' template template0 locale 'C' locale_provider libc");
    struct Case {
        std::string name, url, expected;
        Code code = Code::storage_unavailable;
    };
    const Case cases[]{
        {"no such database", "postgres://owner:hunter2@/nowhere?host=" + folder, "a database that exists: createdb"},
        {"no such role", "postgres://nobody_known:hunter2@/postgres?host=" + folder, "a role that exists: createuser"},
        {"no server", "postgres://owner:hunter2@/postgres?host=/nowhere/at/all",
         "a server at this socket, or a host in storage.url"},
        {"nobody listens", "postgres://owner:hunter2@127.0.0.1:1/postgres",
         "a server that listens at the host and port of storage.url"},
        {"no such host", "postgres://owner:hunter2@no-such-host.invalid/postgres",
         "a host that has an address, in storage.url"},
        {"another encoding", "postgres://owner:hunter2@/latin?host=" + folder, "a database with ENCODING 'UTF8'"},
        {"a sign of the password that is not encoded", "postgres://owner:hun@ter2@db/postgres",
         "signs of user and password percent-encoded", Code::config_invalid},
        {"a slash in the password", "postgres://owner:hun/ter2@db/postgres",
         "signs of user and password percent-encoded", Code::config_invalid},
        {"digits and a slash", "postgres://owner:123/hunter2@db/postgres", "signs of user and password percent-encoded",
         Code::config_invalid},
        {"a parameter of another library", "postgres://owner:hunter2@db/postgres?pgbouncer=true",
         "postgres://USER:PASSWORD@HOST/DATABASE, signs percent-encoded", Code::config_invalid},
    };
    for (const Case& c : cases) {
        const auto opened = open_postgres({.url = c.url});
        ASSERT_FALSE(opened.ok()) << c.name;
        EXPECT_EQ(opened.error().code(), c.code) << c.name;
        EXPECT_EQ(opened.error().expected().text(), c.expected) << c.name << ": " << opened.error().detail();
        for (const std::string_view piece : {"hunter2", "ter2", "hun@", "hun/"})
            EXPECT_FALSE(opened.error().detail().contains(piece)) << c.name << ": " << opened.error().detail();
    }
    const auto poor = open_postgres({.url = database.url("poor")});
    ASSERT_TRUE(poor.ok());
    const auto refused = (*poor)->migrate(tables);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().found().text(), "missing-right schema");
    administrator.run("drop database latin");
    administrator.run("drop role poor");
}

TEST(PostgresOpening, a_log_sees_where_and_never_the_password) {
    const std::pair<std::string, std::string> cases[]{
        {"postgres://app:hunter2@db.internal:5433/auth?sslmode=verify-full", "postgres://app@db.internal:5433/auth"},
        {"postgresql://app:hunter2@a,b/auth?target_session_attrs=read-write", "postgres://app@a,b/auth"},
        {"postgres:///auth?host=/run/postgresql&password=hunter2", "postgres:///run/postgresql/auth"},
    };
    for (const auto& [url, shown] : cases) {
        const auto place = postgres_place(url);
        ASSERT_TRUE(place.ok()) << shown;
        EXPECT_EQ(*place, shown);
    }
    EXPECT_FALSE(postgres_place("postgres://app:hun@ter2@db/auth").ok());
}

TEST_F(PostgresFaults, what_the_role_or_the_database_limits_stays_and_what_loses_commits_does_not) {
    PlainPostgres{database_.url()}.run("alter database " + database_.name() +
                                       " set synchronous_commit = off; alter database " + database_.name() +
                                       " set statement_timeout = '1234ms'");
    open({.lock_wait = Milliseconds{777}});
    ASSERT_TRUE(storage_
                    ->transact([&](Tx& tx) -> Result<void> {
                        CS_CHECK(tx.create(st::user_create, Row{"u", "N", "u@x.co", false, Value{}, noon, noon}));
                        return {};
                    })
                    .ok());
    // What a session has set is seen in it alone: a trigger of the table writes it down.
    PlainPostgres plain{database_.url()};
    plain.run(
        "create table seen (setting text); create function look() returns trigger language plpgsql as $$ begin insert "
        "into "
        "seen values (current_setting('synchronous_commit') || ' ' || current_setting('statement_timeout') || ' ' || "
        "current_setting('lock_timeout')); return new; end $$; create trigger look before insert on \"user\" for each "
        "row "
        "execute function look()");
    ASSERT_TRUE(add_user(*storage_, "seen").ok());
    EXPECT_EQ(plain.one("select setting from seen"), "on 1234ms 777ms");
}

TEST_F(PostgresFaults, behind_a_pooler_no_statement_has_a_name_and_limits_hold_for_each_transaction) {
    testing_support::Pooler pooler{PostgresServer::shared()};
    PostgresOptions options{.url = pooler.url(database_.name()), .lock_wait = Milliseconds{300}};
    auto opened = open_postgres(options);
    ASSERT_TRUE(opened.ok()) << opened.error().detail();
    storage_ = *std::move(opened);
    ASSERT_TRUE(storage_->migrate(tables).ok());
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(add_user(*storage_, std::to_string(i)).ok());
        EXPECT_EQ(users(*storage_), i + 1);
    }
    const Value email = "1@x.co", odd = std::string{"1\0", 2};
    const std::vector<Row> each{{email}, {odd}};
    storage_->ask_ahead(st::user_by_email, each);
    const auto found = storage_->reader().find_one(st::user_by_email, {&email, 1});
    storage_->forget_ahead();
    EXPECT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ(code_of(storage_->transact([&](Tx& tx) {
                  return tx.create(st::user_create, Row{"x", "N", "1@x.co", false, Value{}, noon, noon});
              })),
              Code::storage_conflict);
    PlainPostgres neighbour{database_.url()};
    neighbour.run("begin; lock table \"user\" in exclusive mode");
    EXPECT_EQ(code_of(add_user(*storage_, "during")), Code::storage_unavailable);    // lock_timeout, of a transaction
    neighbour.run("rollback");
    EXPECT_TRUE(add_user(*storage_, "after").ok());
    EXPECT_EQ(pooler.named(), 0);
    EXPECT_GT(pooler.unnamed(), 10);
    storage_.reset();    // before the pooler, which waits for everybody to have gone
}

}    // namespace
}    // namespace countersign::storage

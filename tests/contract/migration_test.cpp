// `countersign migrate` on databases as others left them: those of Better Auth are recorded (databases/), those of ours
// are made and taken apart.
#include "storage/migration.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/statements.hpp"
#include "support/any_database.hpp"
#include "support/pooler.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::AnyDatabase;
using testing_support::Kind;
using testing_support::PostgresServer;

const Wanted wanted{.tables = {&user_table, &session_table, &account_table, &verification_table, &jwks_table,
                               &rate_limit_table, &outbox_table, &audit_event_table}};
const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");
const Watch unwatched = [](const Progress&) {};

Result<std::unique_ptr<Site>> site_of(const AnyDatabase& database, Use use, Milliseconds lock_wait = Seconds{5}) {
    if (database.kind() == Kind::file) return open_sqlite_site({.path = database.path()}, use);
    return open_postgres_site({.url = database.url(), .lock_wait = lock_wait});
}

Result<Plan> planned(const AnyDatabase& database, const Wanted& what = wanted) {
    CS_TRY(const auto site, site_of(database, Use::look));
    return plan(*site, what);
}
Result<Plan> rehearsed(const AnyDatabase& database, const Watch& watch = unwatched) {
    CS_TRY(const auto site, site_of(database, Use::rehearse));
    return rehearse(*site, wanted, watch);
}
Result<Plan> applied(const AnyDatabase& database, const Watch& watch = unwatched) {
    CS_TRY(const auto site, site_of(database, Use::apply));
    return apply(*site, wanted, watch);
}
/// How many steps; -1: refused, -2: an error.
int steps_of(const Result<Plan>& plan) {
    if (!plan.ok()) {
        ADD_FAILURE() << plan.error().detail();
        return -2;
    }
    for (const Refusal& one : plan->refusals) ADD_FAILURE() << one.what;
    return plan->refusals.empty() ? static_cast<int>(plan->steps.size()) : -1;
}
std::vector<std::string> obstacles(const Result<Plan>& plan) {
    if (!plan.ok()) return {plan.error().detail()};
    std::vector<std::string> out;
    for (const Refusal& one : plan->refusals) out.push_back(std::string{name_of(one.obstacle)} + " " + one.where);
    return out;
}

/// Tables, columns and indexes, in an order that does not depend on when they came.
std::vector<std::string> schema_of(const AnyDatabase& database) {
    if (database.kind() == Kind::file)
        return database.run(
            "select m.name || ': ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || coalesce(c.dflt_value, '') "
            "from sqlite_schema m, pragma_table_info(m.name) c where m.type = 'table' union all select name || ' on ' "
            "|| tbl_name from sqlite_schema where type = 'index' order by 1");
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + "/tests/contract/schema.postgres.sql"};
    std::vector<std::string> lines = database.run({std::istreambuf_iterator<char>{file}, {}});
    for (std::string& line : lines) {
        if (!line.starts_with("table ")) continue;
        std::vector<std::string> columns;
        std::istringstream parts{line.substr(line.find(": ") + 2)};
        for (std::string part; std::getline(parts, part, ',');)
            columns.push_back(part.substr(part.find_first_not_of(' ')));
        std::ranges::sort(columns);
        line.resize(line.find(": "));
        for (const std::string& column : columns) line += "|" + column;
    }
    return lines;
}

class Migration : public testing::TestWithParam<Kind> {
  protected:
    bool on_postgres() const { return GetParam() == Kind::postgres; }
    void run(const std::string& text) const { database_->run(text); }
    void begin() { database_.emplace(GetParam()); }
    /// A database of ours as it is now, with a row in each of Better Auth's own tables.
    void make_own() {
        begin();
        ASSERT_EQ(steps_of(applied(*database_)), 14);
        const std::string at = "'2026-11-24T12:00:00.000Z'";
        run("insert into \"user\" (\"id\", \"name\", \"email\", \"emailVerified\", \"createdAt\", \"updatedAt\") "
            "values "
            "('u', 'Ann', 'ann@x.co', " +
            std::string{database_->yes()} + ", " + at + ", " + at + ")");
        run("insert into \"session\" (\"id\", \"expiresAt\", \"token\", \"createdAt\", \"updatedAt\", \"userId\") "
            "values "
            "('s', " +
            at + ", 't', " + at + ", " + at + ", 'u')");
        run("insert into \"jwks\" (\"id\", \"publicKey\", \"privateKey\", \"createdAt\") values ('k', 'p', 'q', " + at +
            ")");
        run("insert into \"verification\" (\"id\", \"identifier\", \"value\", \"expiresAt\", \"createdAt\", "
            "\"updatedAt\") values ('v', 'i', 'v', " +
            at + ", " + at + ", " + at + ")");
    }

    std::optional<AnyDatabase> database_;
};
INSTANTIATE_TEST_SUITE_P(All, Migration, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

struct Recorded {
    std::string release, ids;    // ids: of PostgreSQL
    std::string change = {};     // behind what is recorded
    int lacking = 0;             // columns of jwks and facts, tables of ours not counted
};
std::vector<Recorded> recorded_for(Kind kind) {
    std::vector<Recorded> all;
    for (const std::string ids : {"text", "uuid", "serial"}) {
        if (kind == Kind::file && ids != "text") continue;
        all.push_back({"1.4.22", ids, "", 2});
        all.push_back({"1.6.34", ids, "", 2});
        all.push_back({"1.7.2", ids, "", 0});    // issuer NOT NULL, unique with accountId
        all.push_back({"1.7.2", ids,
                       kind == Kind::file
                           ? "drop index \"account_issuer_accountId_uidx\"; alter table \"account\" drop "
                             "column \"issuer\"; alter table \"account\" add column \"issuer\" text"
                           : "alter table \"account\" alter column \"issuer\" drop not null",
                       0});
        all.push_back({"1.7.25", ids, "", 0});
    }
    return all;
}

std::string recorded_sql(const Recorded& one, Kind kind) {
    const std::string engine = kind == Kind::file ? "sqlite" : "postgres-" + one.ids;
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + "/tests/contract/databases/better-auth-" + one.release +
                       "." + engine + ".sql"};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_FALSE(text.empty()) << one.release << " " << engine;
    return text + one.change;
}

/// An id of the form that the database has.
std::string id_of(const std::string& ids, int number) {
    if (ids == "uuid") return "00000000-0000-4000-8000-00000000000" + std::to_string(number);
    return ids == "serial" ? std::to_string(number + 1000) : "id" + std::to_string(number);
}

Result<void> sign_up(Storage& storage, const std::string& ids) {
    const Value none;
    const std::string user = id_of(ids, 1);
    return storage.transact([&](Tx& tx) -> Result<void> {
        CS_CHECK(tx.create(st::user_create, Row{user, "N", "n@x.co", false, none, noon, noon}));
        CS_CHECK(tx.create(st::account_create, Row{id_of(ids, 2), user, "credential", user, none, none, none, none,
                                                   none, none, "hash", noon, noon}));
        return tx.create(st::session_create, Row{id_of(ids, 3), noon, "token", noon, noon, none, none, user});
    });
}

TEST_P(Migration, a_database_of_Better_Auth_gets_what_it_lacks_and_keeps_what_it_has) {
    for (const Recorded& one : recorded_for(GetParam())) {
        const std::string name = one.release + " " + one.ids + " " + one.change;
        begin();
        run(recorded_sql(one, GetParam()));
        const auto before = schema_of(*database_);
        // auditEvent, countersignOutbox, countersignMeta and two facts.
        EXPECT_EQ(steps_of(planned(*database_)), 5 + one.lacking) << name;
        EXPECT_EQ(steps_of(rehearsed(*database_)), 5 + one.lacking) << name;
        EXPECT_EQ(schema_of(*database_), before) << name;
        EXPECT_EQ(steps_of(applied(*database_)), 5 + one.lacking) << name;
        EXPECT_EQ(steps_of(planned(*database_)), 0) << name;
        EXPECT_EQ(steps_of(applied(*database_)), 0) << name;
        EXPECT_EQ(database_->one("select \"value\" from \"countersignMeta\" where \"id\" = 'origin'"), "better-auth");
        const auto opened = database_->open();
        ASSERT_TRUE(opened.ok()) << name;
        const auto left = (*opened)->complete(wanted);
        ASSERT_TRUE(left.ok()) << name << left.error().detail();
        const auto made = sign_up(**opened, one.ids);
        ASSERT_TRUE(made.ok()) << name << made.error().detail();
        const Value token = "token";
        const auto session = (*opened)->reader().find_one(st::session_by_token, {&token, 1});
        EXPECT_TRUE(session.ok() && session->has_value()) << name;
    }
}

TEST_P(Migration, what_one_of_ours_lost_comes_back) {
    const std::string drops[]{
        "alter table \"user\" drop column \"image\"",
        "alter table \"jwks\" drop column \"crv\"; alter table \"jwks\" drop column \"alg\"",
        "alter table \"account\" drop column \"scope\"",
        "drop index \"session_userId_idx\"",
        "drop index \"verification_identifier_idx\"; drop index \"account_userId_idx\"",
        "drop table \"auditEvent\"",
        "drop table \"session\"",
        "drop table \"rateLimit\"; drop table \"countersignOutbox\"; drop index \"session_userId_idx\"",
        "alter table \"rateLimit\" drop column \"lastRequest\"",    // it has no rows
        "delete from \"countersignMeta\" where \"id\" = 'schema.version'",
    };
    for (const std::string& drop : drops) {
        make_own();
        const auto whole = schema_of(*database_);
        run(drop);
        EXPECT_GT(steps_of(planned(*database_)), 0) << drop;
        EXPECT_GT(steps_of(applied(*database_)), 0) << drop;
        EXPECT_EQ(schema_of(*database_), whole) << drop;
        EXPECT_EQ(steps_of(planned(*database_)), 0) << drop;
        EXPECT_EQ(database_->one("select \"value\" from \"countersignMeta\" where \"id\" = 'origin'"), "countersign");
    }
}

TEST_P(Migration, who_only_looks_changes_nothing) {
    begin();
    EXPECT_EQ(steps_of(planned(*database_)), 14);
    int run_steps = 0;
    EXPECT_EQ(steps_of(rehearsed(*database_,
                                 [&](const Progress& one) { run_steps += one.now == Progress::Now::done ? 1 : 0; })),
              14);
    EXPECT_EQ(run_steps, 14);
    if (on_postgres()) {
        EXPECT_EQ(database_->one("select count(*) from pg_tables where schemaname = 'public'"), "0");
    } else {
        EXPECT_FALSE(std::filesystem::exists(database_->path()));
    }
}

TEST_P(Migration, all_that_stands_in_the_way_is_said_at_once_and_nothing_is_changed) {
    make_own();
    run("alter table \"user\" drop column \"name\"; alter table \"user\" drop column \"image\"; alter table \"jwks\" "
        "drop "
        "column \"publicKey\"; drop table \"auditEvent\"; create view \"auditEvent\" as select 1 as one; drop table "
        "\"rateLimit\"; create table \"rateLimit\" (\"sid\" text); alter table \"verification\" add column \"tenant\" "
        "text not null default 'x'; insert into \"countersignMeta\" values ('schema.oldest', '99')");
    const auto before = schema_of(*database_);
    const std::vector<std::string> expected{"newer-database countersignMeta", "required-column user.name",
                                            "required-column jwks.publicKey", "foreign-table rateLimit",
                                            "no-table auditEvent"};
    EXPECT_EQ(obstacles(planned(*database_)), expected);
    EXPECT_EQ(obstacles(rehearsed(*database_)), expected);
    EXPECT_EQ(obstacles(applied(*database_)), expected);
    const auto opened = database_->open();
    ASSERT_TRUE(opened.ok());
    const auto started = (*opened)->complete(wanted);
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error().found().text(), "newer-database countersignMeta +4");
    EXPECT_EQ(schema_of(*database_), before);
}

TEST_P(Migration, rows_that_a_unique_index_would_refuse_are_counted_and_listed) {
    make_own();
    run(on_postgres()
            ? "alter table \"session\" drop constraint \"session_token_key\""
            : "create table \"copy\" (\"id\" text not null primary key, \"expiresAt\" date not null, \"token\" "
              "text not null, \"createdAt\" date not null, \"updatedAt\" date not null, \"ipAddress\" text, "
              "\"userAgent\" text, \"userId\" text not null); insert into \"copy\" select * from \"session\"; "
              "drop table \"session\"; alter table \"copy\" rename to \"session\"; create index "
              "\"session_userId_idx\" on \"session\" (\"userId\")");
    for (const std::string id : {"a", "b", "c", "d"})
        run("insert into \"session\" (\"id\", \"expiresAt\", \"token\", \"createdAt\", \"updatedAt\", \"userId\") "
            "values "
            "('" +
            id + "', '2026-11-24T12:00:00.000Z', '" + (id == "d" ? "other" : "same") +
            "', '2026-11-24T12:00:00.000Z', '2026-11-24T12:00:00.000Z', 'u')");
    const auto refused = planned(*database_);
    ASSERT_EQ(obstacles(refused), (std::vector<std::string>{"repeated-values session.token"}));
    EXPECT_TRUE(refused->refusals.front().what.starts_with("3 rows")) << refused->refusals.front().what;
    EXPECT_EQ(database_->run(refused->refusals.front().query), (std::vector<std::string>{"same", "3"}));
    run("delete from \"session\" where \"id\" in ('a', 'b')");
    EXPECT_EQ(steps_of(applied(*database_)), 1);
    EXPECT_EQ(steps_of(planned(*database_)), 0);
}

TEST_P(Migration, of_several_at_once_one_does_it_and_the_others_find_nothing_to_do) {
    make_own();
    run("drop index \"session_userId_idx\"; drop table \"auditEvent\"; alter table \"user\" drop column \"image\"");
    std::vector<std::thread> at_work;
    std::array<int, 5> steps{};
    for (int& one : steps) at_work.emplace_back([&] { one = steps_of(applied(*database_)); });
    for (std::thread& one : at_work) one.join();
    std::ranges::sort(steps);
    EXPECT_EQ(steps, (std::array<int, 5>{0, 0, 0, 0, 3}));
    EXPECT_EQ(steps_of(planned(*database_)), 0);
}

/// Runs the migration in a process that dies when it has been told the `deadly`th time what happens.
enum class Ended : std::uint8_t { killed, done };
Ended apply_until(const AnyDatabase& database, int deadly) {
    const pid_t child = ::fork();
    if (child == 0) {
        int left = deadly;
        const auto done = applied(database, [&](const Progress&) {
            if (left-- == 0) std::raise(SIGKILL);
        });
        ::_exit(done.ok() && done->refusals.empty() ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) return Ended::killed;
    EXPECT_EQ(WEXITSTATUS(status), 0);
    return Ended::done;
}

TEST_P(Migration, whoever_is_killed_in_it_leaves_the_rest_to_the_next) {
    int cuts = 0;
    for (Ended ended = Ended::killed; ended == Ended::killed; ++cuts) {
        make_own();
        const auto whole = schema_of(*database_);
        run("drop index \"session_userId_idx\"; drop index \"verification_identifier_idx\"; drop table \"auditEvent\"; "
            "alter table \"user\" drop column \"image\"");
        ended = apply_until(*database_, cuts);
        // A server of PostgreSQL hears of the end of its client a little later, and has the lock until then.
        EXPECT_EQ(steps_of(applied(*database_)) == 0, ended == Ended::done || (on_postgres() && cuts == 7)) << cuts;
        EXPECT_EQ(schema_of(*database_), whole) << "cut off at " << cuts;
    }
    EXPECT_EQ(cuts, 9);    // four steps, each told of twice
}

TEST_P(Migration, a_program_runs_on_a_newer_database_that_takes_it_and_leaves_its_version) {
    make_own();
    run("update \"countersignMeta\" set \"value\" = '7' where \"id\" = 'schema.version'; alter table \"user\" add "
        "column "
        "\"later\" text; insert into \"countersignMeta\" values ('schema.oldest', '1')");
    EXPECT_EQ(steps_of(applied(*database_)), 0);
    const auto opened = database_->open();
    ASSERT_TRUE(opened.ok());
    EXPECT_TRUE((*opened)->complete(wanted).ok());
    EXPECT_EQ(database_->one("select \"value\" from \"countersignMeta\" where \"id\" = 'schema.version'"), "7");
    run("update \"countersignMeta\" set \"value\" = '2' where \"id\" = 'schema.oldest'");
    EXPECT_FALSE((*opened)->complete(wanted).ok());
    EXPECT_EQ(obstacles(planned(*database_)), (std::vector<std::string>{"newer-database countersignMeta"}));
}

TEST_P(Migration, a_program_that_others_must_not_run_beside_says_so_in_the_database) {
    make_own();
    Wanted next = wanted;
    next.versions = {.schema = 3, .oldest = 2};
    {
        const auto site = site_of(*database_, Use::apply);
        ASSERT_TRUE(site.ok());
        ASSERT_EQ(steps_of(apply(**site, next, unwatched)), 2);
    }
    EXPECT_EQ(obstacles(planned(*database_)), (std::vector<std::string>{"newer-database countersignMeta"}));
    next.versions = {.schema = 2, .oldest = 0};
    EXPECT_EQ(steps_of(planned(*database_, next)), 0);
}

TEST_P(Migration, rows_of_the_tables_concerned_are_counted) {
    make_own();
    run("drop index \"session_userId_idx\"; alter table \"account\" drop column \"scope\"");
    const auto found = planned(*database_);
    ASSERT_EQ(steps_of(found), 2);
    for (const Step& step : found->steps) {
        EXPECT_EQ(step.rows.kind, RowCount::Kind::exact) << step.table;
        EXPECT_EQ(step.rows.number, step.table == "session" ? 1 : 0) << step.table;
    }
}

class PostgresMigration : public testing::Test {
  protected:
    PostgresMigration() { EXPECT_EQ(steps_of(applied(database_)), 14); }
    AnyDatabase database_{Kind::postgres};
    const std::string user_ =
        "insert into \"user\" (\"id\", \"name\", \"email\", \"emailVerified\") values ('u', 'N', 'n@x.co', true)";
};

TEST_F(PostgresMigration, many_rows_are_an_estimate_and_it_says_so) {
    database_.run(
        "insert into \"verification\" (\"id\", \"identifier\", \"value\", \"expiresAt\") select n::text, 'i', 'v', "
        "now() "
        "from generate_series(1, 100001) n; drop index \"verification_identifier_idx\"; analyze \"verification\"");
    const auto found = planned(database_);
    ASSERT_EQ(steps_of(found), 1);
    EXPECT_EQ(found->steps.front().rows.kind, RowCount::Kind::estimate);
    EXPECT_GE(found->steps.front().rows.number, 100001);
}

TEST_F(PostgresMigration, a_server_starts_without_an_index_and_not_without_a_unique_one) {
    database_.run(user_ +
                  "; insert into \"verification\" (\"id\", \"identifier\", \"value\", \"expiresAt\") values ('v', "
                  "'i', 'v', now()); drop index \"verification_identifier_idx\"; drop index "
                  "\"session_userId_idx\"");
    const auto opened = database_.open();
    ASSERT_TRUE(opened.ok());
    const auto left = (*opened)->complete(wanted);
    ASSERT_TRUE(left.ok()) << left.error().detail();
    ASSERT_EQ(left->size(), 1U) << "that of the empty table is made";
    EXPECT_EQ(left->front().sql,
              R"(create index concurrently "verification_identifier_idx" on "verification" ("identifier"))");
    database_.run("alter table \"user\" drop constraint \"user_email_key\"");
    const auto refused = (*opened)->complete(wanted);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().found().text(), "unfinished-index user");
    EXPECT_EQ(steps_of(applied(database_)), 2);
    EXPECT_TRUE((*opened)->complete(wanted).ok());
}

TEST_F(PostgresMigration, an_index_that_could_not_be_finished_is_built_again) {
    database_.run(user_ + "; alter table \"user\" drop constraint \"user_email_key\"");
    const auto ended = applied(database_, [&](const Progress& progress) {
        // Between the look and the build somebody signs up twice.
        if (progress.now == Progress::Now::begins)
            database_.run(
                "insert into \"user\" (\"id\", \"name\", \"email\", \"emailVerified\") values ('w', 'N', "
                "'n@x.co', true)");
    });
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(obstacles(planned(database_)), (std::vector<std::string>{"repeated-values user.email"}));
    database_.run("delete from \"user\" where \"id\" = 'w'");
    const auto again = planned(database_);
    ASSERT_EQ(steps_of(again), 1);
    EXPECT_EQ(again->steps.front().sql, R"(reindex index concurrently "user_email_uidx")");
    EXPECT_EQ(steps_of(applied(database_)), 1);
    EXPECT_EQ(database_.one("select indisvalid from pg_index where indexrelid = '\"user_email_uidx\"'::regclass"), "t");
    EXPECT_EQ(steps_of(planned(database_)), 0);
}

TEST_F(PostgresMigration, an_index_is_built_while_others_write) {
    database_.run(user_ +
                  "; insert into \"session\" (\"id\", \"expiresAt\", \"token\", \"updatedAt\", \"userId\") values "
                  "('s', now(), 't', now(), 'u'); drop index \"session_userId_idx\"");
    const auto opened = database_.open();
    ASSERT_TRUE(opened.ok() && (*opened)->complete(wanted).ok());
    int written = 0;
    const auto done = applied(database_, [&](const Progress&) {
        const std::string id = "s" + std::to_string(written++);
        const auto made = (*opened)->transact([&](Tx& tx) {
            return tx.create(st::session_create, Row{id, noon, id, noon, noon, Value{}, Value{}, "u"});
        });
        EXPECT_TRUE(made.ok()) << "the lock of writers is free, and the table too";
    });
    EXPECT_EQ(steps_of(done), 1);
    EXPECT_EQ(written, 2);
}

/// After this there is a user, and `account` is in one partition, `part`, without its index.
constexpr std::string_view in_partitions =
    "; alter table \"account\" rename to \"whole\"; create table \"account\" (like \"whole\" including defaults, "
    "primary "
    "key (\"id\")) partition by hash (\"id\"); create table \"part\" partition of \"account\" for values with (modulus "
    "1, remainder 0); drop table \"whole\"; insert into \"account\" (\"id\", \"accountId\", \"providerId\", "
    "\"userId\", "
    "\"updatedAt\") values ('a', 'u', 'p', 'u', now())";

TEST_F(PostgresMigration, over_partitions_an_index_is_built_at_once) {
    database_.run(user_ + std::string{in_partitions});
    const auto done = applied(database_);
    ASSERT_EQ(steps_of(done), 1);
    EXPECT_EQ(done->steps.front().lock, Lock::writes);
    EXPECT_EQ(steps_of(planned(database_)), 0);
}

TEST_F(PostgresMigration, an_index_without_a_part_in_each_partition_is_said_with_what_to_do) {
    database_.run(user_ + std::string{in_partitions} +
                  "; create index \"account_userId_idx\" on only \"account\" (\"userId\")");
    const auto found = planned(database_);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(obstacles(found), std::vector<std::string>{"unfinished-index account.userId"});
    database_.run(
        "create index \"part_userId\" on \"part\" (\"userId\"); alter index \"account_userId_idx\" attach "
        "partition \"part_userId\"");
    EXPECT_EQ(steps_of(planned(database_)), 0);
}

TEST_F(PostgresMigration, through_a_pooler_nothing_is_begun_that_needs_one_connection_to_the_end) {
    const std::string verification =
        "; insert into \"verification\" (\"id\", \"identifier\", \"value\", \"expiresAt\") values ('v', 'i', 'v', "
        "now()); alter table \"jwks\" drop column \"alg\"";
    testing_support::Pooler pooler{PostgresServer::shared()};
    const auto applied_through = [&]() -> Result<Plan> {
        CS_TRY(const auto site, open_postgres_site({.url = pooler.url(database_.one("select current_database()"))}));
        return apply(*site, wanted, unwatched);
    };
    database_.run(user_ + verification + "; drop index \"verification_identifier_idx\"");
    const auto before = schema_of(database_);
    const auto refused = applied_through();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().expected().text(), "the server's own address: a pooler is between");
    EXPECT_EQ(schema_of(database_), before);
    EXPECT_EQ(steps_of(applied(database_)), 2);
    database_.run("alter table \"jwks\" drop column \"alg\"");
    EXPECT_EQ(steps_of(applied_through()), 1) << "what is done in one transaction";
}

TEST_F(PostgresMigration, a_table_in_use_is_waited_for_a_little_and_everything_is_taken_back) {
    database_.run("alter table \"jwks\" drop column \"alg\"; alter table \"user\" drop column \"image\"");
    const auto before = schema_of(database_);
    auto neighbour = database_.neighbour();
    neighbour.run("begin; select count(*) from \"jwks\"");
    {
        const auto site = site_of(database_, Use::apply, Milliseconds{100});
        ASSERT_TRUE(site.ok());
        const auto refused = apply(**site, wanted, unwatched);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().expected().text(), "55P03");
    }
    EXPECT_EQ(schema_of(database_), before);
    neighbour.run("commit");
    EXPECT_EQ(steps_of(applied(database_)), 2);
}

TEST_F(PostgresMigration, what_the_role_may_not_is_said_for_every_table) {
    const std::string role = "narrow_" + database_.one("select current_database()");
    database_.run("create role " + role + " login; grant select, insert, delete on all tables in schema public to " +
                  role + "; revoke select on \"jwks\" from " + role +
                  "; drop table \"rateLimit\"; alter table \"account\" drop column \"scope\"");
    std::string url = database_.url();
    url.replace(url.find("owner@"), 6, role + "@");
    {
        const auto site = open_postgres_site({.url = url});
        ASSERT_TRUE(site.ok());
        const std::vector<std::string> expected{
            "missing-right user", "missing-right session", "missing-right account", "missing-right verification",
            "missing-right jwks", "missing-right schema",  "missing-right account"};
        EXPECT_EQ(obstacles(plan(**site, wanted)), expected);
    }
    database_.run("drop owned by " + role + "; drop role " + role);
}

}    // namespace
}    // namespace countersign::storage

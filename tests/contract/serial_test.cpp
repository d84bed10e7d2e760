// Ids that the database counts (advanced.database.generateId = "serial"), also beside Better Auth, which leaves the
// counting to it.
#include <fstream>
#include <sstream>

#include "storage/migration.hpp"
#include "storage/row_ids.hpp"
#include "storage/statements.hpp"
#include "support/any_database.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::AnyDatabase;
using testing_support::Kind;
const Wanted wanted{
    .tables = {&user_table, &session_table, &account_table, &verification_table, &jwks_table, &rate_limit_table},
    .ids = IdForm::serial};
const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");

std::string text_of(const std::string& name) {
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + "/tests/contract/" + name};
    return {std::istreambuf_iterator<char>{file}, {}};
}

class SerialIds : public testing::TestWithParam<Kind> {
  protected:
    bool on_postgres() const { return GetParam() == Kind::postgres; }
    /// As Better Auth 1.7.25 made it.
    void record(const AnyDatabase& database) const {
        database.run(text_of("databases/better-auth-1.7.25." + std::string{on_postgres() ? "postgres" : "sqlite"} +
                             "-serial.sql"));
    }
    void open() {
        auto opened = database_.open();
        ASSERT_TRUE(opened.ok()) << opened.error().detail();
        storage_ = *std::move(opened);
        const auto left = storage_->complete(wanted);
        ASSERT_TRUE(left.ok()) << left.error().detail();
    }
    /// What Better Auth writes: all but the id, which it hears.
    std::string theirs(const std::string& email) const {
        return "insert into \"user\" (\"name\", \"email\", \"emailVerified\", \"createdAt\", \"updatedAt\") values "
               "('N', '" +
               email + "', " + std::string{database_.yes()} +
               ", '2026-11-24T12:00:00.000Z', '2026-11-24T12:00:00.000Z') returning \"id\"";
    }
    Row user_row(const std::string& id, const std::string& email) const {
        return {id, "N", email, true, Value{}, noon, noon};
    }
    std::string ours(const std::string& email) {
        std::string id;
        const auto made = storage_->transact([&](Tx& tx) -> Result<void> {
            CS_TRY(id, row_id(tx, user_table, random_, IdForm::serial));
            return tx.create(st::user_create, user_row(id, email));
        });
        EXPECT_TRUE(made.ok()) << made.error().detail();
        return id;
    }
    /// Of a row that is not made.
    std::string taken() {
        std::string id;
        const auto done = storage_->transact([&](Tx& tx) -> Result<void> {
            CS_TRY(id, row_id(tx, user_table, random_, IdForm::serial));
            return {};
        });
        EXPECT_TRUE(done.ok()) << done.error().detail();
        return id;
    }
    std::vector<std::string> schema(const AnyDatabase& database) const {
        return database.run(on_postgres() ? text_of("schema.postgres.sql")
                                          : "select sql from sqlite_schema where sql is not null and tbl_name <> "
                                            "'countersignMeta' order by name");
    }

    AnyDatabase database_{GetParam()};
    SystemRandom random_;
    std::unique_ptr<Storage> storage_;
};
INSTANTIATE_TEST_SUITE_P(All, SerialIds, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

TEST_P(SerialIds, a_new_database_is_the_one_that_Better_Auth_makes) {
    open();
    const AnyDatabase recorded{GetParam()};
    record(recorded);
    EXPECT_EQ(schema(database_), schema(recorded));
}

TEST_P(SerialIds, we_and_Better_Auth_count_on_where_the_other_stopped) {
    record(database_);
    open();
    for (int i = 0; i < 5; ++i) {
        const std::string number = std::to_string(i);
        const std::string mine = ours("ours" + number + "@x.co"), other = database_.one(theirs("b" + number + "@x.co"));
        EXPECT_EQ(mine, std::to_string(2 * i + 1));
        EXPECT_EQ(other, std::to_string(2 * i + 2));
    }
}

TEST_P(SerialIds, at_the_same_time_no_number_is_given_twice) {
    record(database_);
    open();
    constexpr int each = 40;
    std::vector<std::string> of_theirs;
    std::thread other{[&] {
        auto neighbour = database_.neighbour();
        if (!on_postgres()) neighbour.run("PRAGMA busy_timeout=10000");
        for (int i = 0; i < each; ++i) of_theirs.push_back(neighbour.one(theirs("b" + std::to_string(i) + "@x.co")));
    }};
    std::vector<std::string> all;
    for (int i = 0; i < each; ++i) all.push_back(ours("ours" + std::to_string(i) + "@x.co"));
    other.join();
    all.insert(all.end(), of_theirs.begin(), of_theirs.end());
    std::ranges::sort(all);
    EXPECT_EQ(std::ranges::unique(all).begin(), all.end());
    EXPECT_EQ(database_.one("select count(*) from \"user\""), std::to_string(2 * each));
}

TEST_P(SerialIds, ENU_03_a_number_that_was_taken_is_never_given_again) {
    open();
    EXPECT_EQ(taken(), "1");
    EXPECT_EQ(ours("a@x.co"), "2");
    database_.run("delete from \"user\"");
    EXPECT_EQ(ours("b@x.co"), "3") << "a token of the one who is gone would be theirs";
    storage_.reset();
    open();
    EXPECT_EQ(taken(), "4");
}

TEST_P(SerialIds, each_table_has_its_own_count) {
    open();
    EXPECT_EQ(ours("a@x.co"), "1");
    const auto done = storage_->transact([&](Tx& tx) -> Result<void> {
        for (const Table* table :
             {&session_table, &account_table, &verification_table, &jwks_table, &rate_limit_table}) {
            CS_TRY(const std::int64_t first, tx.next_number(*table));
            CS_TRY(const std::int64_t second, tx.next_number(*table));
            EXPECT_EQ(first, 1) << *table->name;
            EXPECT_EQ(second, 2) << *table->name;
        }
        return {};
    });
    EXPECT_TRUE(done.ok()) << done.error().detail();
}

TEST_P(SerialIds, rows_are_read_and_joined_with_their_ids_as_texts) {
    open();
    const std::string id = ours("a@x.co");
    const Row user = user_row(id, "a@x.co"), session{"9007199", noon, "t", noon, noon, Value{}, Value{}, id};
    ASSERT_TRUE(storage_->transact([&](Tx& tx) { return tx.create(st::session_create, session); }).ok());
    const Value token = "t";
    Row joined = session;
    joined.insert(joined.end(), user.begin(), user.end());
    const auto found = storage_->reader().find_one(st::session_by_token, {&token, 1});
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ(**found, joined);
    EXPECT_EQ(database_.one("select \"userId\" + 0 from \"session\""), id);
    const auto gone = storage_->transact([&](Tx& tx) -> Result<void> {
        const Value key = "t";
        CS_TRY(const std::int64_t removed, tx.remove(st::session_remove_by_token, {&key, 1}));
        EXPECT_EQ(removed, 1);
        return {};
    });
    EXPECT_TRUE(gone.ok());
}

TEST_P(SerialIds, what_is_not_written_as_the_number_is_the_id_of_nobody) {
    open();
    for (int i = 1; i <= 7; ++i) EXPECT_EQ(ours("a" + std::to_string(i) + "@x.co"), std::to_string(i));
    const Value seven = "7";
    const auto found = storage_->reader().find_one(st::user_by_id, {&seven, 1});
    ASSERT_TRUE(found.ok() && found->has_value());
    for (const std::string id : {"07", "7.0", "7e0", " 7", "7 ", "+7", "7x", "-7", "0x7", "", "8",
                                 "999999999999999999999", "9223372036854775807", "9223372036854775808"}) {
        const Value key = id;
        const auto none = storage_->reader().find_one(st::user_by_id, {&key, 1});
        ASSERT_TRUE(none.ok()) << id << none.error().detail();
        EXPECT_FALSE(none->has_value()) << id;
    }
    for (const std::string id : {"07", "7x", "", "999999999999999999999"}) {
        const auto made =
            storage_->transact([&](Tx& tx) { return tx.create(st::user_create, user_row(id, "c@x.co")); });
        ASSERT_FALSE(made.ok()) << id;
        EXPECT_EQ(made.error().code(), Code::storage_value) << id;
    }
}

TEST_P(SerialIds, where_nothing_counts_no_number_is_taken) {
    if (!on_postgres()) {    // a table that counts itself is counted on
        record(database_);
        database_.run(
            "drop table \"rateLimit\"; create table \"rateLimit\" (\"id\" integer not null primary key "
            "autoincrement, \"key\" text not null unique, \"count\" integer not null, \"lastRequest\" bigint "
            "not null); insert into \"rateLimit\" values (41, 'k', 1, 1); delete from \"rateLimit\"");
        open();
        const auto done = storage_->transact([&](Tx& tx) -> Result<void> {
            CS_TRY(const std::int64_t number, tx.next_number(rate_limit_table));
            EXPECT_EQ(number, 42);
            return {};
        });
        EXPECT_TRUE(done.ok()) << done.error().detail();
        return;
    }
    struct Case {
        std::string change;
        std::string_view refused;
    };
    const Case cases[]{
        {"alter table \"user\" alter column \"id\" drop identity", "no-counter user.id"},
        {"alter table \"jwks\" alter column \"id\" set generated always", "no-counter jwks.id"},
        {"alter table \"user\" alter column \"id\" drop identity; create sequence own owned by \"user\".\"id\"; alter "
         "table \"user\" alter column \"id\" set default nextval('own')",
         ""},    // serial
    };
    for (const Case& c : cases) {
        const AnyDatabase database{Kind::postgres};
        record(database);
        database.run(c.change);
        const auto opened = database.open();
        ASSERT_TRUE(opened.ok());
        const auto left = (*opened)->complete(wanted);
        EXPECT_EQ(left.ok() ? "" : left.error().found().text(), c.refused) << c.change;
    }
}

TEST_P(SerialIds, a_sequence_that_the_role_may_not_use_is_named) {
    if (!on_postgres()) return;
    record(database_);
    const std::string role = "uncounted_" + database_.one("select current_database()");
    database_.run("create role " + role + " login; grant all on all tables in schema public to " + role);
    std::string url = database_.url();
    url.replace(url.find("owner@"), 6, role + "@");
    {
        const auto site = open_postgres_site({.url = url});
        ASSERT_TRUE(site.ok());
        const auto made = plan(**site, wanted);
        ASSERT_TRUE(made.ok() && !made->refusals.empty());
        EXPECT_EQ(made->refusals.front().where, "user.id");
        EXPECT_EQ(made->refusals.front().mend, "GRANT USAGE ON SEQUENCE public.user_id_seq TO it");
    }
    database_.run("drop owned by " + role + "; drop role " + role);
}

TEST_P(SerialIds, a_database_of_texts_has_no_numbers) {
    if (!on_postgres()) return;    // where max() of texts decides; no server starts there (plan_test)
    const auto opened = database_.open();
    ASSERT_TRUE(opened.ok());
    ASSERT_TRUE((*opened)->migrate(wanted.tables).ok());
    const auto none = (*opened)->transact([](Tx& tx) -> Result<void> {
        CS_TRY([[maybe_unused]] const std::int64_t number, tx.next_number(user_table));
        return {};
    });
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().code(), Code::storage_corrupt);
}

}    // namespace
}    // namespace countersign::storage

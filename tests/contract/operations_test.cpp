// What each operation promises about the rows that it is not to touch, over every backend.
#include "storage/cells.hpp"
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

constexpr Where by_identifier[]{{.column = "identifier"}};
constexpr Where by_name[]{{.column = "name"}};
constexpr Where expired[]{{.column = "expiresAt", .match = Match::less_or_equal}};
constexpr Where not_expired[]{{.column = "expiresAt", .match = Match::greater}};
constexpr Where other_value[]{{.column = "identifier"}, {.column = "value", .match = Match::not_equal}};
constexpr std::string_view value_column[]{"value"};
constexpr std::string_view count_column[]{"count"};
constexpr Where by_key[]{{.column = "key"}};
constexpr Order newest{.column = "createdAt", .direction = Direction::descending};

constexpr Unowned unowned(Statement statement) { return {.statement = statement, .reason = "test"}; }
constexpr Unowned note_create = unowned({.id = "t.create", .op = Op::create, .table = &verification_table});
constexpr Unowned note_newest = unowned(
    {.id = "t.newest", .op = Op::find_one, .table = &verification_table, .where = by_identifier, .order = newest});
constexpr Unowned note_set = unowned({.id = "t.set",
                                      .op = Op::update,
                                      .table = &verification_table,
                                      .where = by_identifier,
                                      .set = value_column,
                                      .order = newest});
constexpr Unowned note_set_all = unowned({.id = "t.set_all",
                                          .op = Op::update_many,
                                          .table = &verification_table,
                                          .where = by_identifier,
                                          .set = value_column});
constexpr Unowned note_remove = unowned(
    {.id = "t.remove", .op = Op::remove, .table = &verification_table, .where = by_identifier, .order = newest});
constexpr Unowned note_purge =
    unowned({.id = "t.purge", .op = Op::remove_many, .table = &verification_table, .where = expired});
constexpr Unowned note_take =
    unowned({.id = "t.take", .op = Op::consume_one, .table = &verification_table, .where = by_identifier});
constexpr Unowned note_count =
    unowned({.id = "t.count", .op = Op::count, .table = &verification_table, .where = by_identifier});
constexpr Unowned note_alive =
    unowned({.id = "t.alive", .op = Op::count, .table = &verification_table, .where = not_expired});
constexpr Unowned note_others =
    unowned({.id = "t.others", .op = Op::find_many, .table = &verification_table, .where = other_value});
constexpr Unowned limit_add =
    unowned({.id = "t.add", .op = Op::increment_one, .table = &rate_limit_table, .where = by_key, .set = count_column});
constexpr Unowned user_remove =
    unowned({.id = "t.user_remove", .op = Op::remove, .table = &user_table, .where = st::by_id});
constexpr Unowned user_by_name =
    unowned({.id = "t.user_by_name", .op = Op::find_one, .table = &user_table, .where = by_name});
constexpr Owned session_count{
    .statement = {.id = "t.sessions", .op = Op::count, .table = &session_table, .where = st::by_user}};
constexpr Owned session_clear{
    .statement = {.id = "t.clear", .op = Op::remove_many, .table = &session_table, .where = st::by_user}};
constexpr Owned session_touch_all{.statement = {.id = "t.touch",
                                                .op = Op::update_many,
                                                .table = &session_table,
                                                .where = st::by_user,
                                                .set = st::session_times}};
constexpr Owned session_take{
    .statement = {.id = "t.session_take", .op = Op::consume_one, .table = &session_table, .where = st::by_user_and_id}};
constexpr Owned session_one{
    .statement = {.id = "t.session_one", .op = Op::find_one, .table = &session_table, .where = st::by_user_and_id}};

class Operations : public testing::TestWithParam<Kind> {
  protected:
    void SetUp() override {
        auto opened = database_.open();
        ASSERT_TRUE(opened.ok()) << opened.error().detail();
        storage_ = *std::move(opened);
        ASSERT_TRUE(storage_->migrate(tables).ok());
    }
    /// Runs `work` in a transaction that must succeed.
    void must(const std::function<Result<void>(Tx&)>& work) {
        const auto done = storage_->transact(work);
        ASSERT_TRUE(done.ok()) << done.error().label() << ": " << done.error().detail();
    }
    void add_note(std::string id, std::string identifier, std::string value, Milliseconds after = {}) {
        must([&](Tx& tx) {
            return tx.create(note_create, Row{id, identifier, value, noon + after, noon + after, noon});
        });
    }
    void add_user(std::string id) {
        must([&](Tx& tx) { return tx.create(st::user_create, Row{id, "N", id + "@x.co", false, {}, noon, noon}); });
    }
    void add_session(std::string id, std::string user, Milliseconds after = {}) {
        must([&](Tx& tx) {
            return tx.create(st::session_create,
                             Row{id, noon, "token-" + id, noon + after, noon, Value{}, Value{}, user});
        });
    }
    std::string newest_value(const std::string& identifier) {
        const Value key = identifier;
        const auto found = storage_->reader().find_one(note_newest, {&key, 1});
        return found.ok() && found->has_value() ? *cell<std::string>(**found, 2) : "absent";
    }
    std::int64_t counted(const Unowned& statement, Value key) {
        const auto found = storage_->reader().count(statement, {&key, 1});
        return found.ok() ? *found : -1;
    }
    std::int64_t sessions_of(const Actor& who) {
        const auto found = storage_->reader().count(session_count, who, {});
        return found.ok() ? *found : -1;
    }

    AnyDatabase database_{GetParam()};
    std::unique_ptr<Storage> storage_;
};

INSTANTIATE_TEST_SUITE_P(All, Operations, testing::ValuesIn(testing_support::every_kind),
                         testing_support::name_of_parameter);

TEST_P(Operations, an_absent_row_is_absent_for_each_of_them) {
    const Value key = std::string{"nothing"};
    const Value set[]{std::string{"v"}};
    must([&](Tx& tx) -> Result<void> {
        CS_TRY(const auto found, tx.find_one(note_newest, {&key, 1}));
        CS_TRY(const auto listed, tx.find_many(note_others, Row{key, key}));
        CS_TRY(const auto number, tx.count(note_count, {&key, 1}));
        CS_TRY(const auto updated, tx.update(note_set, set, {&key, 1}));
        CS_TRY(const auto updated_all, tx.update_many(note_set_all, set, {&key, 1}));
        CS_TRY(const auto removed, tx.remove(note_remove, {&key, 1}));
        CS_TRY(const auto taken, tx.consume_one(note_take, {&key, 1}));
        CS_TRY(const auto added, tx.increment_one(limit_add, 1, {&key, 1}));
        EXPECT_FALSE(found.has_value() || updated.has_value() || taken.has_value() || added.has_value());
        EXPECT_TRUE(listed.empty());
        EXPECT_EQ(number + updated_all + removed, 0);
        return {};
    });
}

TEST_P(Operations, find_one_takes_the_first_in_its_order) {
    add_note("a", "k", "old");
    add_note("b", "k", "new", Seconds{2});
    add_note("c", "k", "middle", Seconds{1});
    EXPECT_EQ(newest_value("k"), "new");
}

TEST_P(Operations, find_many_lists_in_its_order) {
    add_user("u");
    add_session("second", "u", Seconds{1});
    add_session("third", "u", Seconds{2});
    add_session("first", "u");
    const auto found = storage_->reader().find_many(st::session_list, SessionGate::make("u"), {});
    ASSERT_TRUE(found.ok());
    std::vector<std::string> ids;
    for (const Row& row : *found) ids.push_back(*cell<std::string>(row, 0));
    EXPECT_EQ(ids, (std::vector<std::string>{"first", "second", "third"}));
}

TEST_P(Operations, every_match_means_what_it_says) {
    add_note("a", "k", "1");
    add_note("b", "k", "2", Milliseconds{1});
    add_note("c", "k", "3", Milliseconds{2});
    EXPECT_EQ(counted(note_alive, noon), 2);
    EXPECT_EQ(counted(note_alive, noon + Milliseconds{2}), 0);
    const auto others = storage_->reader().find_many(note_others, Row{std::string{"k"}, std::string{"2"}});
    ASSERT_TRUE(others.ok());
    EXPECT_EQ(others->size(), 2U);
    const Value at = noon + Milliseconds{1};
    must([&](Tx& tx) -> Result<void> {
        CS_TRY(const auto purged, tx.remove_many(note_purge, {&at, 1}));
        EXPECT_EQ(purged, 2);
        return {};
    });
    EXPECT_EQ(newest_value("k"), "3");
}

TEST_P(Operations, update_changes_one_row_and_returns_it_changed) {
    add_note("a", "k", "1");
    add_note("b", "k", "2", Seconds{1});
    const Value key = std::string{"k"};
    const Value set[]{std::string{"changed"}};
    must([&](Tx& tx) -> Result<void> {
        CS_TRY(const auto row, tx.update(note_set, set, {&key, 1}));
        const Row expected{"b", "k", "changed", noon + Seconds{1}, noon + Seconds{1}, noon};
        EXPECT_EQ(row, std::optional{expected});
        return {};
    });
    const auto untouched = storage_->reader().find_many(note_others, Row{std::string{"k"}, std::string{"changed"}});
    ASSERT_TRUE(untouched.ok());
    ASSERT_EQ(untouched->size(), 1U);
    EXPECT_EQ(untouched->front()[2], Value{std::string{"1"}});
}

TEST_P(Operations, update_many_and_remove_touch_what_they_count) {
    add_note("a", "k", "1");
    add_note("b", "k", "2", Seconds{1});
    add_note("c", "other", "3");
    const Value key = std::string{"k"};
    const Value set[]{std::string{"v"}};
    must([&](Tx& tx) -> Result<void> {
        CS_TRY(const auto updated, tx.update_many(note_set_all, set, {&key, 1}));
        EXPECT_EQ(updated, 2);
        CS_TRY(const auto removed, tx.remove(note_remove, {&key, 1}));
        EXPECT_EQ(removed, 1);
        return {};
    });
    EXPECT_EQ(counted(note_count, "k"), 1);
    EXPECT_EQ(newest_value("other"), "3");
}

TEST_P(Operations, a_session_comes_with_its_user) {
    add_user("u");
    add_session("s", "u");
    const Value token = std::string{"token-s"};
    const auto found = storage_->reader().find_one(st::session_by_token, {&token, 1});
    ASSERT_TRUE(found.ok() && found->has_value());
    const Row expected{"s", noon, "token-s", noon,  noon,    Value{}, Value{}, "u",
                       "u", "N",  "u@x.co",  false, Value{}, noon,    noon};
    EXPECT_EQ(**found, expected);
}

TEST_P(Operations, what_is_asked_ahead_is_the_same_and_is_forgotten) {
    add_user("u");
    for (const std::string id : {"a", "b"}) add_session(id, "u");
    const auto session_of = [&](const std::string& token) {
        const Value key = token;
        const auto found = storage_->reader().find_one(st::session_by_token, {&key, 1});
        return found.ok() && found->has_value() ? *cell<std::string>(**found, 0) : "absent";
    };
    const std::vector<Row> each{{"token-a"}, {"token-b"}, {"token-a"}, {"nothing"}, {std::string{"token-a\0", 8}}};
    for (const bool cut : {false, true}) {
        storage_->ask_ahead(st::session_by_token, each);
        if (cut) {    // written by somebody else meanwhile: what was asked before may still be what it was
            must([&](Tx& tx) -> Result<void> {
                const Value id = std::string{"token-b"};
                CS_TRY([[maybe_unused]] const auto gone, tx.remove(st::session_remove_by_token, {&id, 1}));
                return {};
            });
            storage_->forget_ahead();
        }
        EXPECT_EQ(session_of("token-a"), "a");
        EXPECT_EQ(session_of("token-b"), cut ? "absent" : "b");
        EXPECT_EQ(session_of("token-a"), "a");
        EXPECT_EQ(session_of("token-a"), "a");    // more often than asked for
        EXPECT_EQ(session_of("nothing"), "absent");
        EXPECT_EQ(session_of(std::string{"token-a\0", 8}), "absent");
        storage_->forget_ahead();
    }
}

TEST_P(Operations, removing_a_user_takes_its_sessions_and_no_others) {
    add_user("alice");
    add_user("bob");
    add_session("a", "alice");
    add_session("b", "bob");
    const Value id = std::string{"alice"};
    must([&](Tx& tx) -> Result<void> {
        CS_TRY(const auto removed, tx.remove(user_remove, {&id, 1}));
        EXPECT_EQ(removed, 1);
        return {};
    });
    EXPECT_EQ(sessions_of(SessionGate::make("alice")), 0);
    EXPECT_EQ(sessions_of(SessionGate::make("bob")), 1);
}

TEST_P(Operations, ISO_01_no_operation_of_one_user_reaches_a_row_of_another) {
    add_user("alice");
    add_user("bob");
    add_session("a", "alice");
    const Actor bob = SessionGate::make("bob");
    const Value id = std::string{"a"};
    const Value times[]{noon + Seconds{9}, noon + Seconds{9}}, alive[]{id, noon - Seconds{1}};
    must([&](Tx& tx) -> Result<void> {
        CS_TRY(const auto found, tx.find_one(session_one, bob, {&id, 1}));
        CS_TRY(const auto listed, tx.find_many(st::session_list, bob, {}));
        CS_TRY(const auto number, tx.count(session_count, bob, {}));
        CS_TRY(const auto updated, tx.update(st::session_refresh, bob, times, alive));
        CS_TRY(const auto updated_all, tx.update_many(session_touch_all, bob, times, {}));
        CS_TRY(const auto removed, tx.remove(st::session_remove, bob, {&id, 1}));
        CS_TRY(const auto cleared, tx.remove_many(session_clear, bob, {}));
        CS_TRY(const auto taken, tx.consume_one(session_take, bob, {&id, 1}));
        EXPECT_FALSE(found.has_value() || updated.has_value() || taken.has_value());
        EXPECT_TRUE(listed.empty());
        EXPECT_EQ(number + updated_all + removed + cleared, 0);
        return {};
    });
    const auto kept = storage_->reader().find_one(session_one, SessionGate::make("alice"), {&id, 1});
    ASSERT_TRUE(kept.ok() && kept->has_value());
    EXPECT_EQ((**kept)[1], Value{noon});
}

TEST_P(Operations, INP_07_no_value_is_read_as_SQL) {
    const std::string attacks[]{"' OR '1'='1",
                                "\" OR \"1\"=\"1",
                                "'; DROP TABLE \"user\"; --",
                                "%",
                                "_",
                                "?",
                                "?1",
                                ":a",
                                "x'; COMMIT; --",
                                "\\'",
                                "u@x.co\" --",
                                "\xF0\x9F\x94\x91"};
    add_user("u");
    for (const std::string& attack : attacks) {
        const Value key = attack;
        const auto none = storage_->reader().find_one(user_by_name, {&key, 1});
        ASSERT_TRUE(none.ok()) << attack;
        EXPECT_FALSE(none->has_value()) << attack;
        add_note(attack, attack, attack);
        const auto found = storage_->reader().find_one(note_newest, {&key, 1});
        ASSERT_TRUE(found.ok() && found->has_value()) << attack;
        EXPECT_EQ((**found)[0], key) << attack;
        EXPECT_EQ((**found)[2], key) << attack;
    }
}

TEST_P(Operations, a_text_that_is_no_text_is_kept_whole_or_refused_and_never_cut) {
    const std::string odd[]{std::string{"u\0x", 3}, std::string{"\0", 1}, "\xFF\xFE", "\xED\xA0\x80"};
    for (const std::string& text : odd) {
        const Value key = text;
        const auto none = storage_->reader().find_one(note_newest, {&key, 1});
        ASSERT_TRUE(none.ok()) << text;
        EXPECT_FALSE(none->has_value()) << text;
        EXPECT_EQ(counted(note_count, key), 0) << text;
        const auto made =
            storage_->transact([&](Tx& tx) { return tx.create(note_create, Row{"id", text, "v", noon, noon, noon}); });
        if (GetParam() == Kind::postgres) {
            ASSERT_FALSE(made.ok()) << text;
            EXPECT_EQ(made.error().code(), Code::storage_value) << text;
            EXPECT_EQ(counted(note_count, "u"), 0) << text;
            continue;
        }
        ASSERT_TRUE(made.ok());
        must([&](Tx& tx) -> Result<void> {
            CS_TRY(const auto row, tx.consume_one(note_take, {&key, 1}));
            EXPECT_EQ(row && (*row)[1] == key, true) << text;
            return {};
        });
    }
}

TEST_P(Operations, texts_are_ordered_by_their_bytes) {
    // In most languages a < B: a range of ids would have other ids in it.
    for (const std::string id : {"B", "a", "C", "_", "aé", "a b"}) add_note(id, "k", id);
    static constexpr Where whole[]{{.column = "id", .match = Match::greater_or_equal}};
    static constexpr Unowned all = unowned(
        {.id = "t.all", .op = Op::find_many, .table = &verification_table, .where = whole, .order = {.column = "id"}});
    const auto ids_from = [&](const std::string& from) {
        const Value key = from;
        const auto found = storage_->reader().find_many(all, {&key, 1});
        std::vector<std::string> ids;
        if (!found.ok()) return ids;
        for (const Row& row : *found) ids.push_back(*cell<std::string>(row, 0));
        return ids;
    };
    EXPECT_EQ(ids_from("A"), (std::vector<std::string>{"B", "C", "_", "a", "a b", "aé"}));
    EXPECT_EQ(ids_from("D"), (std::vector<std::string>{"_", "a", "a b", "aé"}));
    EXPECT_EQ(ids_from("a "), (std::vector<std::string>{"a b", "aé"}));
}

TEST_P(Operations, a_unique_value_that_is_written_later_is_a_conflict_too) {
    add_user("u");
    add_user("v");
    static constexpr std::string_view email_column[]{"email"};
    static constexpr Unowned set_email =
        unowned({.id = "t.set_email", .op = Op::update, .table = &user_table, .where = st::by_id, .set = email_column});
    const Value id = "v", taken = "u@x.co", free = "w@x.co";
    must([&](Tx& tx) -> Result<void> {
        const auto refused = tx.update(set_email, {&taken, 1}, {&id, 1});
        EXPECT_EQ(refused.error().code(), Code::storage_conflict);
        CS_TRY(const auto changed, tx.update(set_email, {&free, 1}, {&id, 1}));    // the transaction goes on
        EXPECT_TRUE(changed.has_value());
        return {};
    });
    const auto found = storage_->reader().find_one(st::user_by_email, {&free, 1});
    EXPECT_TRUE(found.ok() && found->has_value());
}

TEST_P(Operations, an_error_that_is_passed_over_takes_nothing_else_with_it) {
    add_user("before");
    must([&](Tx& tx) -> Result<void> {
        CS_CHECK(tx.create(st::user_create, Row{"first", "N", "first@x.co", false, {}, noon, noon}));
        EXPECT_FALSE(tx.create(st::user_create, Row{"bad", Value{}, "bad@x.co", false, {}, noon, noon}).ok());
        return tx.create(st::user_create, Row{"last", "N", "last@x.co", false, {}, noon, noon});
    });
    for (const std::string id : {"before", "first", "last"}) {
        const Value email = id + "@x.co";
        const auto found = storage_->reader().find_one(st::user_by_email, {&email, 1});
        EXPECT_TRUE(found.ok() && found->has_value()) << id;
    }
}

TEST_P(Operations, a_conflict_ends_its_statement_and_not_the_transaction) {
    add_user("u");
    must([&](Tx& tx) -> Result<void> {
        const auto taken = tx.create(st::user_create, Row{"v", "N", "u@x.co", false, {}, noon, noon});
        EXPECT_EQ(taken.error().code(), Code::storage_conflict);
        return tx.create(st::user_create, Row{"v", "N", "v@x.co", false, {}, noon, noon});
    });
    const Value email = std::string{"v@x.co"};
    const auto found = storage_->reader().find_one(st::user_by_email, {&email, 1});
    EXPECT_TRUE(found.ok() && found->has_value());
}

TEST_P(Operations, a_value_that_must_be_there_is_asked_for) {
    const auto done = storage_->transact(
        [&](Tx& tx) { return tx.create(st::user_create, Row{"u", Value{}, "u@x.co", false, {}, noon, noon}); });
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code(), Code::storage_unavailable);
}

TEST_P(Operations, a_transaction_reads_what_it_wrote) {
    const Value key = std::string{"k"};
    must([&](Tx& tx) -> Result<void> {
        CS_CHECK(tx.create(note_create, Row{"a", "k", "v", noon, noon, noon}));
        CS_TRY(const auto number, tx.count(note_count, {&key, 1}));
        EXPECT_EQ(number, 1);
        return {};
    });
    EXPECT_EQ(counted(note_count, "k"), 1);
}

TEST_P(Operations, a_reader_writes_nothing) {
    auto rows = storage_->reader();
    const auto done = rows.create(note_create, Row{"a", "k", "v", noon, noon, noon});
    EXPECT_FALSE(done.ok());
    EXPECT_EQ(counted(note_count, "k"), 0);
}

}    // namespace
}    // namespace countersign::storage

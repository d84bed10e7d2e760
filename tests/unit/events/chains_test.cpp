// Several processes that write events to one database: each has a chain of its own, and whatever is done to one of them
// is found as it is in one alone.
#include <gmock/gmock.h>

#include <barrier>

#include "events/timeline.hpp"
#include "storage/statements.hpp"
#include "support/any_database.hpp"
#include "unit/events/rig.hpp"

namespace countersign::events {
namespace {

using testing_support::AnyDatabase;
using testing_support::Kind;

/// One process: its own connections and its own chain.
struct Node {
    Node(const AnyDatabase& database, std::span<const EventKeys> keys, const Clock& clock, ChainOptions options)
        : chain{keys, clock, random, options, Begin::own_segment} {
        auto opened = database.open();
        EXPECT_TRUE(opened.ok());
        storage = *std::move(opened);
        constexpr const storage::Table* tables[]{&storage::audit_event_table};
        EXPECT_TRUE(storage->migrate(tables).ok());
    }
    Position append(const Event& event) {
        Position at;
        const Result<void> done = storage->transact([&](storage::Tx& tx) -> Result<void> {
            CS_TRY(at, chain.append(tx, event));
            return {};
        });
        EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().detail());
        return at;
    }
    std::int64_t trim() {
        std::int64_t removed = 0;
        const Result<void> done = storage->transact([&](storage::Tx& tx) -> Result<void> {
            CS_TRY(removed, chain.trim(tx));
            return {};
        });
        EXPECT_TRUE(done.ok());
        return removed;
    }

    SystemRandom random;
    std::unique_ptr<storage::Storage> storage;
    Chain chain;
};

class ChainsOf : public testing::TestWithParam<testing_support::Kind> {
  protected:
    std::unique_ptr<Node> node(ChainOptions options = {}) {
        options.others = ChainOptions::Others::possible;
        return std::make_unique<Node>(database, keys, clock, options);
    }
    Event event(std::string user) {
        clock.advance(Seconds{1});
        return {.kind = events::Kind::sign_in, .at = clock.now(), .user = std::move(user), .session = "0badcafe"};
    }
    Faults faults() { return faults_of(verify(reader->storage->reader(), keys, {}), segments); }
    void name_segments() { segments = database.run("SELECT DISTINCT segment FROM auditEvent ORDER BY segment"); }
    std::string count(const std::string& where) {
        return database.one("SELECT count(*) FROM auditEvent WHERE " + where);
    }
    /// Chains A and B grow at the same time; C begins when they are gone.
    void fill() {
        const auto one = node(), other = node();
        for (const char* user : {"a1", "b1", "a2", "b2", "a3", "b3"})
            (*user == 'a' ? *one : *other).append(event(user));
        node()->append(event("c1"));
        name_segments();
    }

    AnyDatabase database{GetParam()};
    FixedClock clock{start};
    std::vector<EventKeys> keys = event_keys(crypto::Keyring{Secret::from_text(test_secret)});
    std::unique_ptr<Node> reader = node();
    std::vector<std::string> segments;
};
INSTANTIATE_TEST_SUITE_P(Databases, ChainsOf, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

TEST_P(ChainsOf, ERR_05_of_processes_that_write_at_once_are_whole) {
    fill();
    EXPECT_EQ(segments.size(), 3U);
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(count("segment='" + segments[0] + "'"), "4");
    EXPECT_EQ(count("segment='" + segments[1] + "'"), "4");
}

TEST_P(ChainsOf, ERR_05_are_whole_whatever_the_threads_of_two_processes_do) {
    constexpr int each = 40;
    const auto one = node({.segment_rows = 9}), other = node({.segment_rows = 7});
    const Event same = event("u");
    std::barrier ready{4};
    {
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                ready.arrive_and_wait();
                for (int n = 0; n < each; ++n) (i % 2 == 0 ? *one : *other).append(same);
            });
        }
    }
    EXPECT_EQ(count("kind='sign_in.ok'"), std::to_string(4 * each));
    EXPECT_EQ(count("detail='first'"), "1");
    EXPECT_EQ(count("detail LIKE 'beside=%'"), "1");
    EXPECT_EQ(faults(), Faults{});
}

TEST_P(ChainsOf, ERR_05_tampering_with_any_of_them_is_found) {
    struct Tampering {
        std::string_view name, sql;
        Faults found;
    };
    const Tampering table[]{
        {"a row of the first is altered", "UPDATE auditEvent SET session='' WHERE userId='a2'", {"row.altered A:2"}},
        {"a row of the second is altered", "UPDATE auditEvent SET session='' WHERE userId='b2'", {"row.altered B:2"}},
        {"a row of the first is removed", "DELETE FROM auditEvent WHERE userId='a2'", {"row.missing A:2"}},
        {"a row of the second is removed", "DELETE FROM auditEvent WHERE userId='b2'", {"row.missing B:2"}},
        {"the first loses its end", "DELETE FROM auditEvent WHERE userId='a3'", {"segment.cut_off A:3"}},
        {"the second loses its end", "DELETE FROM auditEvent WHERE userId IN ('b2','b3')", {"segment.cut_off B:2-3"}},
        {"the last row of the first is another",
         "UPDATE auditEvent SET link=(SELECT link FROM auditEvent WHERE userId='a2') WHERE userId='a3'",
         {"row.altered A:3"}},
        {"the first is removed",
         "DELETE FROM auditEvent WHERE segment=(SELECT min(segment) FROM auditEvent)",
         {"segment.missing A"}},
        {"the second is removed",
         "DELETE FROM auditEvent WHERE segment=(SELECT segment FROM auditEvent WHERE userId='b1')",
         {"segment.missing B"}},
        {"two rows change their chains",
         "UPDATE auditEvent SET userId=CASE userId WHEN 'a2' THEN 'b2' ELSE 'a2' END WHERE userId IN ('a2','b2')",
         {"row.altered A:2", "row.altered B:2"}},
        {"the end of one is put behind the other",
         "UPDATE auditEvent SET id=(SELECT segment FROM auditEvent WHERE userId='b1')||'0000000000000004', sequence=4, "
         "segment=(SELECT segment FROM auditEvent WHERE userId='b1') WHERE userId='a3'",
         {"row.altered B:4", "segment.cut_off A:3"}},
        {"who named them is removed with one of them",
         "DELETE FROM auditEvent WHERE kind='events.seen'; DELETE FROM auditEvent WHERE userId='a3'",
         {"row.missing C:1"}},
    };
    for (const Tampering& one : table) {
        SCOPED_TRACE(one.name);
        database.run("DELETE FROM auditEvent");
        fill();
        ASSERT_EQ(faults(), Faults{});
        database.run(std::string{one.sql});
        EXPECT_EQ(faults(), one.found);
    }
}

TEST_P(ChainsOf, ERR_05_whoever_begins_names_each_end_that_nobody_has_named) {
    fill();
    EXPECT_EQ(count("kind='events.seen'"), "1") << "A's; B's stands in the row that opens C";
    node()->append(event("d1"));
    node()->append(event("e1"));
    EXPECT_EQ(count("kind='events.seen'"), "1") << "all others are named";
    EXPECT_EQ(faults(), Faults{});
}

/// Those whose process is gone: many in one connection.
class ManySegments : public ChainsOf {
  protected:
    Chain& begin() {
        return *chains.emplace_back(std::make_unique<Chain>(
            keys, clock, random, ChainOptions{.others = ChainOptions::Others::possible}, Begin::own_segment));
    }
    void append(Chain& chain) {
        const Event next = event("u");
        const Result<void> done = reader->storage->transact([&](storage::Tx& tx) -> Result<void> {
            CS_CHECK(chain.append(tx, next));
            return {};
        });
        EXPECT_TRUE(done.ok());
    }
    int seen() { return std::stoi(count("kind='events.seen'")); }
    /// How many ends the next one that begins names, besides that of its opening.
    int named_by_the_next() {
        const int before = seen();
        append(begin());
        return seen() - before;
    }

    SystemRandom random;
    std::vector<std::unique_ptr<Chain>> chains;
};
INSTANTIATE_TEST_SUITE_P(Databases, ManySegments, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

TEST_P(ManySegments, are_named_64_at_a_time_and_the_others_by_who_begins_then) {
    for (int i = 0; i < 70; ++i) append(begin());
    for (const auto& chain : chains) append(*chain);
    EXPECT_EQ(named_by_the_next(), 64);
    EXPECT_EQ(named_by_the_next(), 5) << "one stands in the row that opens the first of both";
    EXPECT_EQ(named_by_the_next(), 0);
    EXPECT_EQ(faults(), Faults{});
}

TEST_P(ManySegments, are_looked_at_up_to_256_of_them) {
    Chain& oldest = begin();
    append(oldest);
    for (int i = 0; i < 255; ++i) append(begin());
    append(oldest);
    EXPECT_EQ(named_by_the_next(), 1);
    append(oldest);
    EXPECT_EQ(named_by_the_next(), 0) << "257 back";
}

TEST_P(ChainsOf, ERR_05_a_process_that_goes_on_names_the_end_of_one_that_is_gone) {
    const auto one = node({.segment_rows = 3}), other = node();
    other->append(event("b1"));
    one->append(event("a1"));
    other->append(event("b2"));
    for (const char* user : {"a2", "a3"}) one->append(event(user));    // a second segment begins
    name_segments();
    EXPECT_EQ(faults(), Faults{});
    database.run("DELETE FROM auditEvent WHERE userId='b2'");
    EXPECT_EQ(faults(), Faults{"segment.cut_off A:2"});
}

TEST_P(ChainsOf, ERR_05_what_somebody_who_does_not_know_the_secret_writes_names_nothing) {
    const auto one = node(), other = node();
    one->append(event("a1"));
    other->append(event("b1"));
    one->append(event("a2"));
    // Says of itself that it has named A's end.
    database.run(
        "INSERT INTO auditEvent SELECT 'f00000000000beef0000000000000000', 'f00000000000beef', 0, at, kind, userId, "
        "session, network, agent, reference, (SELECT 'beside='||segment||':2:'||link FROM auditEvent WHERE "
        "userId='a2'), link FROM auditEvent WHERE detail='first'");
    node()->append(event("c1"));
    database.run("DELETE FROM auditEvent WHERE segment='f00000000000beef' OR userId='a2'");
    name_segments();
    const Faults found = faults();
    EXPECT_THAT(found, testing::Contains("segment.cut_off A:2"));
}

TEST_P(ChainsOf, ERR_05_a_closed_segment_has_one_successor_and_goes_on_nowhere_else) {
    const auto one = node({.segment_rows = 3});
    for (const char* user : {"a1", "a2", "a3"}) one->append(event(user));
    name_segments();
    ASSERT_EQ(segments.size(), 2U);
    ASSERT_EQ(faults(), Faults{});
    const auto put = [&](Record record, const Link& before) {
        record.link = link_of(keys.front().chain, before, record);
        const Result<void> done = one->storage->transact(
            [&](storage::Tx& tx) { return tx.create(storage::statements::audit_create, row_from(record)); });
        EXPECT_TRUE(done.ok());
    };
    storage::Rows rows = one->storage->reader();
    const auto end = *find_readable(rows, id_of(segments[0], 2));
    ASSERT_TRUE(end.has_value());
    // What the same secret wrote after an older copy of the database was restored, put in beside what is there.
    Record again = record_of({.kind = events::Kind::segment_opened,
                              .at = clock.now(),
                              .detail = std::string{opened_after} + text_of(position_of(*end))});
    again.segment = "fffffffffff00000";
    put(again, Link{});
    name_segments();
    EXPECT_EQ(faults(), Faults{"segment.forked C:0"});
    database.run("DELETE FROM auditEvent WHERE segment='fffffffffff00000'");
    Record further = record_of(event("a9"));
    further.segment = segments[0];
    further.sequence = 3;
    put(further, end->link);
    EXPECT_EQ(faults(), Faults{"segment.forked A:3"});
}

TEST_P(ChainsOf, retention_takes_those_of_processes_that_are_gone_but_none_that_may_go_on) {
    const ChainOptions options{.segment_life = Seconds{100}, .retention = Seconds{1000}};
    const auto one = node(options), other = node(options);
    one->append(event("a1"));
    other->append(event("b1"));
    clock.advance(Seconds{50});
    one->append(event("a2"));    // as late as it may
    clock.advance(Seconds{1000});
    EXPECT_EQ(other->trim(), 0) << "B was opened long ago, and A went on beside it";
    clock.advance(Seconds{60});
    EXPECT_EQ(other->trim(), 3);
    EXPECT_EQ(count("userId LIKE 'a%'"), "0");
    name_segments();
    EXPECT_EQ(faults(), Faults{});
}

TEST_P(ChainsOf, what_another_process_removed_by_age_is_not_missed) {
    const ChainOptions options{.segment_life = Seconds{100}, .retention = Seconds{1000}};
    const auto one = node(options), other = node(options);
    one->chain.confirm(one->append(event("a1")));
    other->append(event("b1"));
    clock.advance(Seconds{1200});
    EXPECT_EQ(other->trim(), 2);
    one->append(event("a2"));
    EXPECT_EQ(one->chain.take_damage(), std::nullopt);
    EXPECT_EQ(count("kind='events.cut'"), "0");
    EXPECT_EQ(faults(), Faults{});
}

TEST_P(ChainsOf, ERR_05_go_on_in_a_table_of_a_version_in_which_each_followed_the_one_before) {
    for (const char* user : {"o1", "o2"}) {
        Node alone{database, keys, clock, {}};
        alone.append(event(user));
    }
    EXPECT_EQ(count("detail LIKE 'after=%'"), "1");
    const auto one = node(), other = node();
    for (const char* user : {"a1", "b1", "a2", "b2"}) (*user == 'a' ? *one : *other).append(event(user));
    name_segments();
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(count("kind='events.seen'"), "0") << "each end is named";
    database.run("DELETE FROM auditEvent WHERE userId IN ('o1','o2')");
    EXPECT_EQ(faults(), (Faults{"segment.cut_off A:1", "segment.cut_off B:1"}));
}

TEST_P(ChainsOf, are_read_in_one_order_of_time) {
    const auto one = node({.segment_rows = 3}), other = node();
    std::string written;
    for (const char* user : {"a1", "b1", "b2", "a2", "a3", "b3", "a4", "a5", "b4"}) {
        (*user == 'a' ? *one : *other).append(event(user));
        written += user;
    }
    Event late = event("b5");    // waited in a queue: its chain's order stands
    late.at = start;
    other->append(late);
    one->append(event("a6"));
    written += "b5a6";
    database.run("UPDATE auditEvent SET link='x' WHERE userId='b2'");
    Timeline timeline{reader->storage->reader()};
    std::string read;
    int unreadable = 0;
    while (true) {
        const Result<std::optional<StoredRow>> row = timeline.next();
        ASSERT_TRUE(row.ok());
        if (!*row) break;
        if (!(*row)->record) ++unreadable;
        read += (*row)->record ? (*row)->record->user : "b2";
    }
    EXPECT_EQ(read, written);
    EXPECT_EQ(unreadable, 1);
}

}    // namespace
}    // namespace countersign::events

// Counts that stand in the database: those of Better Auth, exact whoever asks, and bounded.
#include "guard/shared_counts.hpp"

#include <atomic>
#include <barrier>
#include <thread>

#include "storage/tables.hpp"
#include "support/database.hpp"

namespace countersign::guard {
namespace {

constexpr Instant noon = Instant::from_unix(Seconds{1'795'000'000});
constexpr LimitRule three{.max = 3, .window = Seconds{10}};
constexpr std::string_view key = "203.0.113.7|/sign-in/email";

struct Stored {
    explicit Stored(const std::string& path, std::int64_t most_rows = 1000) : storage{opened(path)} {
        counts.emplace(
            *storage, random,
            StoredRequestCounts::Options{.longest_window = Seconds{60}, .smallest_max = 3U, .most_rows = most_rows});
    }
    std::optional<Seconds> ask(std::string_view of, Instant now, const LimitRule& rule = three) {
        const auto counted = counts->count(of, rule, now);
        if (!counted.ok()) {
            ADD_FAILURE() << counted.error().detail();
            return std::nullopt;
        }
        return *counted;
    }

    std::unique_ptr<storage::Storage> storage;
    SystemRandom random;
    std::optional<StoredRequestCounts> counts;

  private:
    static std::unique_ptr<storage::Storage> opened(const std::string& path) {
        auto made = storage::open_sqlite({.path = path});
        EXPECT_TRUE(made.ok());
        constexpr const storage::Table* tables[]{&storage::rate_limit_table};
        EXPECT_TRUE((*made)->migrate(tables).ok());
        return *std::move(made);
    }
};

class SharedCounts : public testing::Test {
  protected:
    testing_support::TemporaryFolder folder;
    std::string path = folder.file("shared.db");
    Stored stored{path};
    testing_support::PlainDatabase neighbour{path};
};

TEST_F(SharedCounts, the_window_begins_with_the_last_request_that_was_allowed) {
    EXPECT_EQ(stored.ask("a", noon), std::nullopt);
    EXPECT_EQ(stored.ask("a", noon + Seconds{1}), std::nullopt);
    EXPECT_EQ(stored.ask("a", noon + Seconds{9}), std::nullopt);
    EXPECT_EQ(stored.ask("a", noon + Seconds{9}), Seconds{10});
    EXPECT_EQ(stored.ask("a", noon + Milliseconds{18'001}), Seconds{1}) << "whole seconds, rounded up";
    EXPECT_EQ(stored.ask("b", noon + Seconds{18}), std::nullopt);
    EXPECT_EQ(stored.ask("a", noon + Seconds{19}), std::nullopt) << "a refused request prolongs nothing";
    EXPECT_EQ(neighbour.one("SELECT count FROM rateLimit WHERE \"key\" = 'a'"), "1") << "a new window begins at 1";
}

TEST_F(SharedCounts, rows_are_those_of_Better_Auth) {
    for (int i = 0; i < 5; ++i) stored.ask(key, noon + Milliseconds{i});
    EXPECT_EQ(
        neighbour.run("SELECT \"key\", count, lastRequest, typeof(count), typeof(lastRequest), length(id) FROM "
                      "rateLimit"),
        (std::vector<std::string>{"203.0.113.7|/sign-in/email", "3", "1795000000002", "integer", "integer", "32"}))
        << "what was refused neither counts nor moves the time";
}

TEST_F(SharedCounts, what_Better_Auth_has_counted_counts) {
    neighbour.run("INSERT INTO rateLimit VALUES ('x', '203.0.113.7|/sign-in/email', 2, 1795000000000)");
    EXPECT_EQ(stored.ask(key, noon + Seconds{1}), std::nullopt);
    EXPECT_EQ(stored.ask(key, noon + Seconds{1}), Seconds{10});
    neighbour.run("UPDATE rateLimit SET count = 1, lastRequest = 1795000020000");    // it began a new window
    EXPECT_EQ(stored.ask(key, noon + Seconds{21}), std::nullopt);
    EXPECT_EQ(neighbour.one("SELECT count FROM rateLimit"), "2");
}

TEST_F(SharedCounts, ENU_11_of_many_at_once_from_two_servers_exactly_as_many_pass) {
    Stored other{path};
    std::atomic<int> passed{0};
    constexpr std::ptrdiff_t at_once = 8;
    std::barrier start{at_once};
    {
        std::vector<std::jthread> threads;
        threads.reserve(at_once);
        for (std::ptrdiff_t i = 0; i < at_once; ++i) {
            threads.emplace_back([&, i] {
                Stored& mine = i % 2 == 0 ? stored : other;
                start.arrive_and_wait();
                for (int n = 0; n < 25; ++n) passed += mine.ask(key, noon, {.max = 10, .window = Seconds{10}}) ? 0 : 1;
            });
        }
    }
    EXPECT_EQ(passed, 10);
    EXPECT_EQ(neighbour.one("SELECT count FROM rateLimit"), "10");
}

TEST_F(SharedCounts, what_is_refused_waits_for_no_writer) {
    for (int i = 0; i < 3; ++i) stored.ask(key, noon);
    neighbour.run("BEGIN IMMEDIATE");    // nobody else can write now
    EXPECT_EQ(stored.ask(key, noon), Seconds{10});
    neighbour.run("ROLLBACK");
}

TEST_F(SharedCounts, ENU_13_rows_that_count_for_no_rule_go) {
    for (int i = 0; i < 20; ++i) stored.ask("client " + std::to_string(i), noon);
    stored.ask("one more", noon + Seconds{59});
    EXPECT_EQ(neighbour.one("SELECT count(*) FROM rateLimit"), "21") << "they may still count, and it was just done";
    stored.ask("the next", noon + Seconds{61});
    EXPECT_EQ(neighbour.run("SELECT \"key\" FROM rateLimit ORDER BY \"key\""),
              (std::vector<std::string>{"one more", "the next"}));
}

TEST_F(SharedCounts, ENU_13_a_flood_of_clients_frees_no_offender_and_takes_bounded_room) {
    Stored small{path, 50};
    for (int i = 0; i < 3; ++i) small.ask("offender", noon);
    for (int i = 0; i < 400; ++i) small.ask("client " + std::to_string(i), noon + Milliseconds{i});
    EXPECT_EQ(neighbour.one("SELECT count(*) FROM rateLimit"), "51");
    EXPECT_EQ(small.ask("offender", noon + Seconds{1}), Seconds{9});
    EXPECT_EQ(small.ask("somebody", noon + Seconds{11}), std::nullopt) << "who is over no limit gives room, at times";
    EXPECT_EQ(neighbour.one("SELECT count FROM rateLimit WHERE \"key\" = 'somebody'"), "1");
}

TEST_F(SharedCounts, ENU_13_newcomers_at_a_full_table_do_not_free_each_other) {
    Stored small{path, 10};
    for (int i = 0; i < 9; ++i) {
        for (int n = 0; n < 3; ++n) small.ask("offender " + std::to_string(i), noon);
    }
    int passed = 0;
    for (int i = 0; i < 50; ++i) passed += small.ask(i % 2 == 0 ? "one" : "other", noon) ? 0 : 1;
    EXPECT_EQ(passed, 7) << "three each, and the one that had to go for the other";
}

TEST_F(SharedCounts, ENU_13_where_all_are_offenders_newcomers_are_counted_as_one) {
    Stored small{path, 10};
    constexpr LimitRule one{.max = 1, .window = Seconds{10}};
    for (int i = 0; i < 10; ++i) {
        for (int n = 0; n < 3; ++n) small.ask("offender " + std::to_string(i), noon);
    }
    EXPECT_EQ(small.ask("newcomer", noon, one), std::nullopt);
    EXPECT_EQ(small.ask("another", noon, one), Seconds{10});
    EXPECT_EQ(neighbour.one("SELECT count(*) FROM rateLimit"), "11");
    EXPECT_EQ(small.ask("newcomer", noon + Seconds{61}, one), std::nullopt);
    EXPECT_EQ(neighbour.run("SELECT \"key\" FROM rateLimit"), (std::vector<std::string>{"newcomer"})) << "windows end";
}

TEST_F(SharedCounts, a_clock_that_was_set_back_makes_nobody_wait_for_it) {
    for (int i = 0; i < 3; ++i) stored.ask(key, noon + Seconds{3600});
    EXPECT_EQ(stored.ask(key, noon), std::nullopt);
    for (int i = 0; i < 2; ++i) stored.ask(key, noon);
    EXPECT_EQ(stored.ask(key, noon - Seconds{4}), Seconds{10})
        << "clocks of two servers differ: never more than a window";
}

TEST_F(SharedCounts, a_store_that_does_not_answer_says_nothing) {
    neighbour.run("DROP TABLE rateLimit");
    const auto counted = stored.counts->count(key, three, noon);
    ASSERT_FALSE(counted.ok());
    EXPECT_EQ(counted.error().code(), Code::storage_unavailable);
}

TEST(KeyedCounts, are_those_of_Better_Auth) {
    FixedClock clock{noon};
    storage::MemoryKeyValues values{clock};
    KeyedRequestCounts counts{values};
    const auto ask = [&](const LimitRule& rule = three) {
        const auto counted = counts.count(key, rule, clock.now());
        EXPECT_TRUE(counted.ok());
        return *counted;
    };
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ask(), std::nullopt);
        clock.advance(Seconds{1});
    }
    EXPECT_EQ(ask(), Seconds{10}) << "the whole window, however much of it is over";
    const auto entries = values.entries();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries.front().key, "203.0.113.7|/sign-in/email");
    EXPECT_EQ(entries.front().value, "4") << "what was refused counts, as in the trace core-18-secondary-storage";
    EXPECT_EQ(entries.front().ttl, Seconds{10});
    clock.advance(Seconds{7});
    EXPECT_EQ(ask(), std::nullopt) << "a window from the first request on, not from the last";
}

TEST(KeyedCounts, ENU_11_of_many_at_once_exactly_as_many_pass) {
    const FixedClock clock{noon};
    storage::MemoryKeyValues values{clock};
    KeyedRequestCounts counts{values};
    std::atomic<int> passed{0};
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                for (int n = 0; n < 100; ++n) {
                    const auto counted = counts.count(key, {.max = 10, .window = Seconds{10}}, noon);
                    passed += counted.ok() && !*counted ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(passed, 10);
}

TEST(KeyedCounts, a_value_that_is_no_number_says_nothing) {
    const FixedClock clock{noon};
    storage::MemoryKeyValues values{clock};
    ASSERT_TRUE(values.set(key, "many", Seconds{60}).ok());
    const auto counted = KeyedRequestCounts{values}.count(key, three, noon);
    ASSERT_FALSE(counted.ok());
    EXPECT_EQ(counted.error().code(), Code::storage_corrupt);
}

}    // namespace
}    // namespace countersign::guard

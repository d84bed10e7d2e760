// Who has failed too often, for how long, and that a flood of others changes nothing of it.
#include "guard/failure_counts.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace countersign::guard {
namespace {

constexpr Instant noon = Instant::from_unix(Seconds{1'795'000'000});
using Kind = Standing::Kind;

constexpr FailureRules rules{
    FailureRule{.free = 5U, .first_wait = Seconds{60}, .longest_wait = Seconds{3600}, .window = Seconds{900}},
    FailureRule{.free = 5U, .first_wait = Seconds{2}, .longest_wait = Seconds{900}, .stop = 100},
    FailureRule{.free = 5U, .first_wait = Seconds{60}, .longest_wait = Seconds{3600}, .stop = 20},
    FailureRule{.free = 5U, .first_wait = Seconds{60}, .longest_wait = Seconds{3600}, .stop = 20},
    FailureRule{.free = 100U, .first_wait = Seconds{2}, .longest_wait = Seconds{900}, .stop = 100},
    FailureRule{.free = 10U, .first_wait = Seconds{0}, .longest_wait = Seconds{0}, .stop = 10},
    FailureRule{.free = 1U, .first_wait = Seconds{86'400}, .longest_wait = Seconds{86'400}},
};

/// Spread as a keyed hash would: the first bytes choose the bucket, the last one the room.
FailureKey key_of(Whose whose, std::uint64_t number) {
    FailureKey key{.whose = whose, .tag = {}};
    for (std::size_t i = 0; i < 8; ++i) {
        key.tag[i] = static_cast<std::byte>(number >> (8 * i));
        key.tag[key.tag.size() - 1 - i] = key.tag[i];
    }
    return key;
}

class FailureCountsOf : public testing::Test {
  protected:
    Standing look(const FailureKey& key, Instant now) { return *counts.look({&key, 1}, now); }
    Standing add(const FailureKey& key, Instant now) { return *counts.add({&key, 1}, {}, now); }
    Kind kind(const FailureKey& key, Instant now) { return look(key, now).kind; }
    /// One failure after the other, each as soon as it is allowed. Returns the waits behind them.
    std::vector<Seconds::rep> fail_times(const FailureKey& key, int times) {
        std::vector<Seconds::rep> waits;
        for (int i = 0; i < times; ++i) {
            EXPECT_EQ(add(key, now_).kind, Kind::open);
            const Seconds wait = look(key, now_).wait;
            waits.push_back(wait.count());
            if (kind(key, now_) == Kind::waiting) now_ = now_ + wait;
        }
        return waits;
    }
    MemoryFailureCounts counts{rules, 6400};
    Instant now_ = noon;
    const FailureKey network = key_of(Whose::network, 1), account = key_of(Whose::account, 1);
};

TEST_F(FailureCountsOf, a_network_fails_five_times_in_its_window_then_waits_twice_as_long_each_time) {
    const std::vector<Seconds::rep> waits = fail_times(network, 13);
    EXPECT_EQ(waits, (std::vector<Seconds::rep>{0, 0, 0, 0, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600}));
}

TEST_F(FailureCountsOf, who_decides_is_named) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(counts.add(std::array{network, account}, {}, noon)->kind, Kind::open);
    const Standing both = *counts.look(std::array{account, network}, noon);
    EXPECT_EQ(both.wait, Seconds{60});
    EXPECT_EQ(both.whose, Whose::network) << "the longer wait, whoever is asked first";
    EXPECT_EQ(look(account, noon).whose, Whose::account);
}

TEST_F(FailureCountsOf, a_notice_is_one_a_day) {
    const FailureKey notice = key_of(Whose::notice, 1);
    EXPECT_EQ(fail_times(notice, 3), (std::vector<Seconds::rep>{86'400, 86'400, 86'400}));
}

TEST_F(FailureCountsOf, when_failures_of_a_network_are_forgotten) {
    struct Case {
        std::string_view name;
        std::vector<int> seconds;    // of the failures
        int then;                    // a look
        Kind expected;
    };
    const Case table[]{
        {"five in the window", {0, 1, 2, 3, 899}, 900, Kind::waiting},
        {"the fifth behind the window", {0, 1, 2, 3, 900}, 900, Kind::open},
        {"four", {0, 1, 2, 3}, 4, Kind::open},
        {"just before the end of the wait", {0, 0, 0, 0, 0}, 59, Kind::waiting},
        {"at the end of the wait", {0, 0, 0, 0, 0}, 60, Kind::open},
        {"a sixth within the window behind the wait", {0, 0, 0, 0, 0, 959}, 1019, Kind::waiting},
        {"a sixth behind it is a first", {0, 0, 0, 0, 0, 960}, 961, Kind::open},
    };
    for (const Case& row : table) {
        MemoryFailureCounts fresh{rules, 64};
        for (const int at : row.seconds) {
            EXPECT_EQ(fresh.add({&network, 1}, {}, noon + Seconds{at})->kind, Kind::open) << row.name;
        }
        EXPECT_EQ(fresh.look({&network, 1}, noon + Seconds{row.then})->kind, row.expected) << row.name;
    }
}

TEST_F(FailureCountsOf, ENU_07_an_account_waits_longer_and_longer_and_is_stopped_at_a_hundred) {
    const std::vector<Seconds::rep> waits = fail_times(account, 99);
    EXPECT_EQ((std::vector<Seconds::rep>{waits.begin(), waits.begin() + 15}),
              (std::vector<Seconds::rep>{0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}));
    EXPECT_EQ(kind(account, now_), Kind::open) << "99 are not 100";
    EXPECT_EQ(add(account, now_).kind, Kind::open);
    EXPECT_EQ(kind(account, now_ + Seconds{900}), Kind::stopped);
    EXPECT_EQ(add(account, now_ + Seconds{86'400 * 365}).kind, Kind::stopped) << "time does not help";
    ASSERT_TRUE(counts.forgive(account).ok());
    EXPECT_EQ(kind(account, now_), Kind::open);
    EXPECT_EQ(fail_times(account, 5).back(), 2) << "counted anew";
}

TEST_F(FailureCountsOf, nothing_is_counted_where_one_is_not_open) {
    const FailureKey both[]{network, account};
    for (int i = 0; i < 5; ++i) EXPECT_EQ(counts.add({&network, 1}, {}, noon)->kind, Kind::open);
    for (int i = 0; i < 50; ++i) {
        const Standing refused = *counts.add(both, {}, noon);
        EXPECT_EQ(refused.kind, Kind::waiting);
        EXPECT_EQ(refused.wait, Seconds{60});
    }
    EXPECT_EQ(look(network, noon).wait, Seconds{60}) << "a refused attempt makes no wait longer";
    EXPECT_EQ(fail_times(account, 5), (std::vector<Seconds::rep>{0, 0, 0, 0, 2})) << "and counts for nobody else";
}

TEST_F(FailureCountsOf, the_worst_of_several_is_told) {
    const FailureKey both[]{network, account};
    for (int i = 0; i < 5; ++i) add(account, noon);
    EXPECT_EQ(counts.look(both, noon)->wait, Seconds{2});
    for (int i = 0; i < 5; ++i) add(network, noon);
    EXPECT_EQ(counts.look(both, noon)->wait, Seconds{60});
}

TEST_F(FailureCountsOf, who_is_counted_besides_decides_nothing) {
    const FailureKey device = key_of(Whose::device, 7);
    for (int i = 0; i < 5; ++i) add(network, noon);
    EXPECT_EQ(counts.add({&device, 1}, {&network, 1}, noon)->kind, Kind::open);
    EXPECT_EQ(look(network, noon).wait, Seconds{60}) << "nor does it make a running wait longer";
    MemoryFailureCounts other{rules, 64};
    for (std::uint64_t i = 0; i < 5; ++i) {
        const FailureKey each = key_of(Whose::device, i);
        EXPECT_EQ(other.add({&each, 1}, {&network, 1}, noon)->kind, Kind::open);
    }
    EXPECT_EQ(other.look({&network, 1}, noon)->kind, Kind::waiting);
}

TEST_F(FailureCountsOf, a_clock_that_is_set_back_makes_nobody_wait_longer_than_the_rule) {
    for (int i = 0; i < 5; ++i) add(network, noon);
    const Instant last_year = noon - Seconds{86'400 * 365};
    EXPECT_EQ(look(network, last_year).wait, Seconds{60});    // of the fifth
    EXPECT_EQ(kind(network, last_year + Seconds{60}), Kind::open);
    const FailureKey another = key_of(Whose::network, 2);
    for (int i = 0; i < 4; ++i) add(another, noon);
    add(another, last_year);
    EXPECT_EQ(kind(another, last_year), Kind::waiting) << "nor is anything forgotten by it";
    const FailureKey third = key_of(Whose::network, 3);
    for (int i = 0; i < 4; ++i) add(third, noon);
    EXPECT_EQ(kind(third, last_year), Kind::open);
    add(third, last_year + Seconds{900});
    EXPECT_EQ(kind(third, last_year + Seconds{900}), Kind::open) << "nor remembered longer than its window";
}

TEST_F(FailureCountsOf, a_clock_that_jumps_ahead_ends_waits_and_no_stop) {
    for (int i = 0; i < 5; ++i) add(network, noon);
    fail_times(account, 100);
    const Instant far = Instant::from_unix(Seconds{253'402'300'799});    // the end of the year 9999
    EXPECT_EQ(kind(network, far), Kind::open);
    EXPECT_EQ(kind(account, far), Kind::stopped);
    EXPECT_EQ(add(network, far).kind, Kind::open);
    EXPECT_EQ(look(network, noon).wait, Seconds{0}) << "one failure, whenever";
}

TEST_F(FailureCountsOf, a_count_has_no_way_round) {
    FailureRules endless = rules;
    endless[0].longest_wait = Seconds{1};
    endless[0].first_wait = Seconds{1};
    MemoryFailureCounts many{endless, 64};
    constexpr int times = 100'000;
    for (int i = 0; i < times; ++i) {
        const Standing each = *many.add({&network, 1}, {}, noon + Seconds{i});
        ASSERT_EQ(each.kind, Kind::open) << i;
        ASSERT_EQ(many.look({&network, 1}, noon + Seconds{i})->kind, i < 4 ? Kind::open : Kind::waiting) << i;
    }
}

TEST_F(FailureCountsOf, ENU_11_of_many_failures_at_once_exactly_five_are_told) {
    std::atomic<int> told{0};
    {
        const FailureKey both[]{network, account};
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                for (int n = 0; n < 100; ++n) told += counts.add(both, {}, noon)->kind == Kind::open ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(told, 5);
}

TEST_F(FailureCountsOf, ENU_11_no_failure_is_lost_over_threads) {
    constexpr unsigned threads = 8, each = 100;
    const auto kind_after = [&](unsigned free) {
        FailureRules patient = rules;
        patient[0] = {.free = free, .first_wait = Seconds{60}, .longest_wait = Seconds{60}};
        MemoryFailureCounts shared{patient, 64};
        {
            std::vector<std::jthread> running;
            for (unsigned i = 0; i < threads; ++i) {
                running.emplace_back([&] {
                    for (unsigned n = 0; n < each; ++n) EXPECT_TRUE(shared.add({&network, 1}, {}, noon).ok());
                });
            }
        }
        return shared.look({&network, 1}, noon)->kind;
    };
    EXPECT_EQ(kind_after(threads * each), Kind::waiting);
    EXPECT_EQ(kind_after(threads * each + 1), Kind::open);
}

TEST_F(FailureCountsOf, ENU_13_a_flood_pushes_no_offender_out_and_takes_bounded_memory) {
    const FailureKey waiting = key_of(Whose::account, 1), stopped = key_of(Whose::account, 2),
                     failed = key_of(Whose::account, 3);
    for (int i = 0; i < 4; ++i) add(failed, noon);
    const int to_longest = 14;
    fail_times(waiting, to_longest - 1);
    fail_times(stopped, 100);
    add(waiting, now_);
    for (std::uint64_t i = 0; i < 100'000; ++i) add(key_of(Whose::account, 1000 + i), now_);
    EXPECT_LE(counts.size(), 6400U);
    EXPECT_GE(counts.size(), 6000U);
    EXPECT_EQ(kind(waiting, now_), Kind::waiting);
    EXPECT_EQ(kind(stopped, now_), Kind::stopped);
    EXPECT_EQ(fail_times(failed, 1), (std::vector<Seconds::rep>{2})) << "who failed more stays longer";
}

TEST_F(FailureCountsOf, ENU_13_a_million_different_keys_take_the_same_memory) {
    constexpr std::uint64_t million = 1'000'000;
    const FailureKey offender = key_of(Whose::network, million + 1);
    for (int i = 0; i < 5; ++i) add(offender, noon);
    for (std::uint64_t i = 0; i < million; ++i) add(key_of(Whose::network, i), noon);
    EXPECT_LE(counts.size(), 6400U);
    EXPECT_EQ(kind(offender, noon), Kind::waiting);
}

TEST_F(FailureCountsOf, ENU_13_a_flood_of_networks_touches_no_account) {
    for (int i = 0; i < 4; ++i) add(account, noon);
    for (std::uint64_t i = 0; i < 50'000; ++i) {
        for (int n = 0; n < 2; ++n) add(key_of(Whose::network, i), noon);
    }
    EXPECT_LE(counts.size(), 6401U);
    EXPECT_EQ(fail_times(account, 1), (std::vector<Seconds::rep>{2}));
}

TEST_F(FailureCountsOf, ENU_13_where_all_wait_newcomers_are_counted_as_one_and_never_stopped) {
    FailureRules short_stop = rules;
    short_stop[1].stop = 50;
    MemoryFailureCounts small{short_stop, 64};    // one place a room
    const auto fail = [&](std::uint64_t number, Instant at) {
        const FailureKey key = key_of(Whose::account, number);
        return small.add({&key, 1}, {}, at)->kind;
    };
    for (std::uint64_t room = 0; room < 64; ++room) {
        for (int n = 0; n < 5; ++n) EXPECT_EQ(fail(room, noon), Kind::open);
    }
    int told = 0;
    for (std::uint64_t i = 64; i < 6464; ++i) told += fail(i, noon) == Kind::open ? 1 : 0;
    EXPECT_EQ(told, 64 * 5);
    EXPECT_LE(small.size(), 64U);

    for (int n = 5; n < 50; ++n) EXPECT_EQ(fail(0, noon + Seconds{900 * n}), Kind::open);
    Instant at = noon + Seconds{900 * 50};
    for (std::uint64_t n = 1; n <= 90; ++n, at = at + Seconds{900}) {    // all of them in the room of the first
        EXPECT_EQ(fail(64 * n, at), Kind::open) << "a crowd waits, and no more";
    }
    EXPECT_EQ(fail(0, at), Kind::stopped);
    at = noon + Seconds{900 * 49 + 86'400};
    EXPECT_EQ(fail(64, at), Kind::open) << "a stop at which nobody has tried for a day leaves its place";
    EXPECT_EQ(fail(0, at), Kind::open) << "and is not remembered";
}

TEST_F(FailureCountsOf, ENU_13_newcomers_are_a_crowd_only_while_all_others_wait) {
    MemoryFailureCounts small{rules, 64};
    const auto fail_five = [&](std::uint64_t number, Instant at) {
        const FailureKey key = key_of(Whose::network, number);
        for (int n = 0; n < 5; ++n) EXPECT_TRUE(small.add({&key, 1}, {}, at).ok());
        return small.look({&key, 1}, at)->kind;
    };
    EXPECT_EQ(fail_five(0, noon), Kind::waiting);
    EXPECT_EQ(fail_five(64, noon + Seconds{50}), Kind::waiting) << "the crowd";
    const FailureKey newcomer = key_of(Whose::network, 128), elsewhere = key_of(Whose::network, 129);
    EXPECT_EQ(small.look({&newcomer, 1}, noon + Seconds{59})->kind, Kind::waiting);
    EXPECT_EQ(small.look({&elsewhere, 1}, noon + Seconds{59})->kind, Kind::open);
    EXPECT_EQ(small.look({&newcomer, 1}, noon + Seconds{60})->kind, Kind::open) << "the first waits no more";
}

}    // namespace
}    // namespace countersign::guard

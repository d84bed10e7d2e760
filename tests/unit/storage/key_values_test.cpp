// Keys and values that end: one step each over threads, bounded, and nothing is given up for something newer.
#include "storage/key_values.hpp"
#include "support/at_once.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace countersign::storage {
namespace {

constexpr Instant noon = Instant::from_unix(Seconds{1'795'000'000});
constexpr Seconds minute{60};
using Text = std::optional<std::string>;

class KeyValuesOf : public testing::Test {
  protected:
    Text get(std::string_view key) { return *store.get(key); }
    KeyValues::Replaced replace(std::optional<std::string_view> expected, std::optional<std::string_view> value) {
        return *store.replace("k", expected, value, minute);
    }
    std::size_t kept() const { return store.usage().values.entries + store.usage().counters.entries; }
    FixedClock clock{noon};
    MemoryKeyValues store{clock};
};

TEST_F(KeyValuesOf, a_value_is_there_until_it_is_removed_or_replaced) {
    EXPECT_EQ(get("k"), std::nullopt);
    ASSERT_TRUE(store.set("k", "one", minute).ok());
    EXPECT_EQ(get("k"), "one");
    EXPECT_EQ(get("K"), std::nullopt);
    ASSERT_TRUE(store.set("k", "", minute).ok());
    EXPECT_EQ(get("k"), "") << "an empty value is one";
    ASSERT_TRUE(store.remove("k").ok());
    EXPECT_EQ(get("k"), std::nullopt);
    EXPECT_TRUE(store.remove("k").ok());
}

TEST_F(KeyValuesOf, a_value_ends_by_the_clock) {
    struct Case {
        std::string_view name;
        Seconds ttl;
        Milliseconds later;
        Text expected;
    };
    const Case table[]{
        {"at once", minute, Milliseconds{0}, "v"},
        {"just before its end", minute, Milliseconds{59'999}, "v"},
        {"at its end", minute, Milliseconds{60'000}, std::nullopt},
        {"no time at all", Seconds{0}, Milliseconds{0}, std::nullopt},
        {"ended before it began", Seconds{-1}, Milliseconds{0}, std::nullopt},
    };
    for (const Case& row : table) {
        clock.set(noon);
        ASSERT_TRUE(store.set("k", "older", minute + minute).ok());
        ASSERT_TRUE(store.set("k", "v", row.ttl).ok());
        clock.advance(row.later);
        EXPECT_EQ(get("k"), row.expected) << row.name;
        EXPECT_EQ(store.entries().size(), row.expected ? 1U : 0U) << row.name;
        EXPECT_EQ(*store.get_and_remove("k"), row.expected) << row.name;
    }
}

TEST_F(KeyValuesOf, a_counter_ends_as_its_first_step_said) {
    EXPECT_EQ(*store.increment("n", minute), 1);
    clock.advance(minute - Seconds{1});
    EXPECT_EQ(*store.increment("n", minute), 2);
    EXPECT_EQ(get("n"), "2");
    clock.advance(Seconds{1});
    EXPECT_EQ(get("n"), std::nullopt);
    EXPECT_EQ(*store.increment("n", minute), 1);
    ASSERT_TRUE(store.set("n", "9", minute).ok());
    EXPECT_EQ(*store.increment("n", minute), 10);
    ASSERT_TRUE(store.set("n", "9223372036854775807", minute).ok());
    EXPECT_EQ(*store.increment("n", minute), std::numeric_limits<std::int64_t>::max());
    for (const std::string_view other : {"", "1 ", "one", "9223372036854775808"}) {
        ASSERT_TRUE(store.set("n", other, minute).ok());
        const auto counted = store.increment("n", minute);
        ASSERT_FALSE(counted.ok()) << other;
        EXPECT_EQ(counted.error().code(), Code::storage_corrupt) << other;
        EXPECT_EQ(get("n"), other);
    }
}

TEST_F(KeyValuesOf, a_value_is_replaced_only_while_it_is_the_expected_one) {
    using enum KeyValues::Replaced;
    EXPECT_EQ(replace("a", "b"), no);
    EXPECT_EQ(replace("a", std::nullopt), no);
    EXPECT_EQ(get("k"), std::nullopt);
    EXPECT_EQ(replace(std::nullopt, "a"), yes);
    EXPECT_EQ(replace(std::nullopt, "b"), no);
    EXPECT_EQ(replace("b", "c"), no);
    EXPECT_EQ(get("k"), "a");
    EXPECT_EQ(replace("a", "b"), yes);
    EXPECT_EQ(get("k"), "b");
    EXPECT_EQ(replace("a", std::nullopt), no);
    EXPECT_EQ(replace("b", std::nullopt), yes);
    EXPECT_EQ(get("k"), std::nullopt);
    ASSERT_TRUE(store.set("k", "a", minute).ok());
    clock.advance(minute);
    EXPECT_EQ(replace("a", "b"), no) << "what has ended is not there";
    EXPECT_EQ(replace(std::nullopt, "b"), yes);
}

TEST_F(KeyValuesOf, entries_say_what_is_kept_and_how_long) {
    ASSERT_TRUE(store.set("b", "2", minute).ok());
    clock.advance(Seconds{5});
    ASSERT_TRUE(store.set("a", "1", Seconds{7}).ok());
    EXPECT_EQ(*store.increment("c", Seconds{9}), 1);
    const auto all = store.entries();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].key, "a");
    EXPECT_EQ(all[0].ttl, Seconds{7});
    EXPECT_EQ(all[1].key, "b");
    EXPECT_EQ(all[1].ends, noon + minute);
    EXPECT_EQ(all[2].value, "1");
    store.clear();
    EXPECT_TRUE(store.entries().empty());
    EXPECT_EQ(kept(), 0U);
    EXPECT_EQ(store.usage().values.bytes + store.usage().counters.bytes, 0U);
}

TEST_F(KeyValuesOf, what_has_ended_takes_no_room_for_long) {
    for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(store.set("k" + std::to_string(i), "v", minute).ok());
    EXPECT_EQ(kept(), 10'000U);
    clock.advance(minute);
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(store.set("l" + std::to_string(i), "v", minute).ok());
    EXPECT_EQ(kept(), 1000U);
}

constexpr MemoryKeyValues::Rooms small{.values = {.entries = 100, .bytes = 100'000},
                                       .counters = {.entries = 50, .bytes = 50'000}};

TEST_F(KeyValuesOf, a_full_store_says_so_and_loses_nothing) {
    MemoryKeyValues full{clock, small};
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(full.set("k" + std::to_string(i), "v", minute).ok()) << i;
    const auto code = [](const auto& result) { return result.ok() ? Code{} : result.error().code(); };
    EXPECT_EQ(code(full.set("another", "v", minute)), Code::storage_unavailable);
    EXPECT_EQ(code(full.replace("another", std::nullopt, "v", minute)), Code::storage_unavailable);
    EXPECT_TRUE(full.set("k7", "w", minute).ok()) << "one that is there can be written";
    EXPECT_EQ(full.entries().size(), 100U);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(*full.increment("n" + std::to_string(i), minute), 1) << "room of their own";
    EXPECT_EQ(code(full.increment("n50", minute)), Code::storage_unavailable);
    EXPECT_EQ(*full.increment("n49", minute), 2);
    ASSERT_TRUE(full.remove("k8").ok());
    EXPECT_TRUE(full.set("another", "v", minute).ok());
    EXPECT_EQ(code(full.set("one more", "v", minute)), Code::storage_unavailable);
    clock.advance(minute);
    EXPECT_TRUE(full.set("one more", "v", minute).ok()) << "what has ended gives its room back, in whatever shard";
    EXPECT_EQ(*full.increment("n50", minute), 1);
}

TEST_F(KeyValuesOf, a_value_too_long_is_refused_and_the_one_before_stays) {
    MemoryKeyValues full{clock, small};
    ASSERT_TRUE(full.set("k", "v", minute).ok());
    EXPECT_FALSE(full.set("k", std::string(100'000, 'x'), minute).ok());
    EXPECT_EQ(*full.get("k"), "v");
    EXPECT_TRUE(full.set("k", std::string(99'000, 'x'), minute).ok());
    EXPECT_FALSE(full.set("l", std::string(1000, 'x'), minute).ok());
    ASSERT_TRUE(full.set("k", "v", minute).ok());
    EXPECT_TRUE(full.set("l", std::string(1000, 'x'), minute).ok());
}

TEST_F(KeyValuesOf, a_counter_that_becomes_a_value_changes_rooms) {
    EXPECT_EQ(*store.increment("k", minute), 1);
    EXPECT_EQ(store.usage().counters.entries, 1U);
    ASSERT_TRUE(store.set("k", "v", minute).ok());
    EXPECT_EQ(store.usage().counters.entries, 0U);
    EXPECT_EQ(store.usage().counters.bytes, 0U);
    EXPECT_EQ(store.usage().values.entries, 1U);
    ASSERT_TRUE(store.remove("k").ok());
    EXPECT_EQ(store.usage().values.bytes, 0U);
}

constexpr int threads = 8;

TEST_F(KeyValuesOf, counts_of_threads_are_exact) {
    constexpr int rounds = 2000;
    testing_support::at_once(threads, [&](int own) {
        for (int i = 0; i < rounds; ++i) {
            EXPECT_TRUE(store.increment("shared", minute).ok());
            EXPECT_TRUE(store.increment("own " + std::to_string(own), minute).ok());
        }
    });
    EXPECT_EQ(get("shared"), std::to_string(threads * rounds));
    for (int own = 0; own < threads; ++own) EXPECT_EQ(get("own " + std::to_string(own)), std::to_string(rounds));
}

TEST_F(KeyValuesOf, INP_12_one_thread_gets_what_all_take) {
    constexpr int values = 500;
    for (int i = 0; i < values; ++i) ASSERT_TRUE(store.set("k" + std::to_string(i), "v", minute).ok());
    std::atomic<int> won{0};
    testing_support::at_once(threads, [&](int) {
        for (int i = 0; i < values; ++i) won += *store.get_and_remove("k" + std::to_string(i)) ? 1 : 0;
    });
    EXPECT_EQ(won.load(), values);
    EXPECT_EQ(kept(), 0U);
}

TEST_F(KeyValuesOf, no_thread_loses_what_it_adds_by_replacing) {
    constexpr int rounds = 200;
    testing_support::at_once(threads, [&](int own) {
        for (int i = 0; i < rounds; ++i) {
            for (auto replaced = KeyValues::Replaced::no; replaced == KeyValues::Replaced::no;) {
                const Text before = get("list");
                const std::string after = before.value_or("") + static_cast<char>('a' + own);
                replaced = *store.replace("list", before, after, minute);
            }
        }
    });
    const Text list = get("list");
    ASSERT_TRUE(list);
    for (int own = 0; own < threads; ++own) EXPECT_EQ(std::ranges::count(*list, static_cast<char>('a' + own)), rounds);
}

TEST_F(KeyValuesOf, threads_share_the_last_room_exactly) {
    MemoryKeyValues full{clock, small};
    std::atomic<int> kept_ones{0};
    testing_support::at_once(threads, [&](int own) {
        for (int i = 0; i < 100; ++i) {
            kept_ones += full.set(std::to_string(own) + ":" + std::to_string(i), "v", minute).ok() ? 1 : 0;
        }
    });
    EXPECT_EQ(kept_ones.load(), 100);
    EXPECT_EQ(full.entries().size(), 100U);
}

}    // namespace
}    // namespace countersign::storage

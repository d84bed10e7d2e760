#include "jose/replay_store.hpp"

#include <set>
#include <thread>

namespace countersign::jose {
namespace {

using Outcome = ReplayStore::Outcome;
Instant at(std::int64_t seconds) { return Instant::from_unix(Seconds{seconds}); }

class Store : public testing::Test {
  protected:
    static ReplayStore::Use use(std::string_view what, std::int64_t until, std::string_view owner = "owner") {
        return {.owner = owner, .what = what, .until = at(until)};
    }
    SystemRandom random;
};

TEST_F(Store, remembers_exactly_as_long_as_a_use_could_be_repeated) {
    ReplayStore store{64, random};
    EXPECT_EQ(store.spend(use("a", 100), at(40)), Outcome::first);
    EXPECT_EQ(store.spend(use("a", 100), at(40)), Outcome::seen);
    EXPECT_EQ(store.spend(use("a", 100), at(99)), Outcome::seen);
    EXPECT_EQ(store.spend(use("a", 100), at(100)), Outcome::too_late);
    EXPECT_EQ(store.size(), 0U);
    EXPECT_EQ(store.spend(use("a", 200), at(100)), Outcome::first);
}

TEST_F(Store, owner_and_what_are_not_run_together) {
    ReplayStore store{1'024, random};
    EXPECT_EQ(store.spend(use("bc", 100, "a"), at(1)), Outcome::first);
    EXPECT_EQ(store.spend(use("c", 100, "ab"), at(1)), Outcome::first);
    EXPECT_EQ(store.spend(use("", 100, "abc"), at(1)), Outcome::first);
    EXPECT_EQ(store.size(), 3U);
}

TEST_F(Store, full_means_refused_and_nothing_is_pushed_out) {
    constexpr std::size_t each = 8;
    ReplayStore store{each * ReplayStore::parts, random};
    for (std::size_t i = 0; i < each; ++i) EXPECT_EQ(store.spend(use(std::to_string(i), 100), at(1)), Outcome::first);
    for (int again = 0; again < 100; ++again) EXPECT_EQ(store.spend(use("x", 100), at(2)), Outcome::full);
    for (std::size_t i = 0; i < each; ++i) EXPECT_EQ(store.spend(use(std::to_string(i), 100), at(3)), Outcome::seen);
    EXPECT_EQ(store.size(), each);
    // There is room again once what is in it could not be repeated anyway.
    EXPECT_EQ(store.spend(use("x", 200), at(99)), Outcome::full);
    EXPECT_EQ(store.spend(use("x", 200), at(100)), Outcome::first);
}

TEST_F(Store, a_flood_of_one_owner_fills_its_own_part_only) {
    constexpr std::size_t each = 32;
    ReplayStore store{each * ReplayStore::parts, random};
    for (int i = 0; i < 5'000; ++i) std::ignore = store.spend(use(std::to_string(i), 100, "flood"), at(1));
    EXPECT_EQ(store.size(), each);
    int served = 0;
    constexpr int others = 160;
    for (int i = 0; i < others; ++i) {
        if (store.spend(use("one", 100, "owner " + std::to_string(i)), at(1)) == Outcome::first) ++served;
    }
    EXPECT_GT(served, others / 2);    // all but those of one part in sixteen
    EXPECT_EQ(store.size(), each + static_cast<std::size_t>(served));
}

TEST_F(Store, a_clock_that_goes_back_brings_no_use_back) {
    ReplayStore store{64, random};
    EXPECT_EQ(store.spend(use("a", 100), at(50)), Outcome::first);
    EXPECT_EQ(store.spend(use("b", 4'000), at(3'600)), Outcome::first);    // an hour ahead: a is forgotten
    EXPECT_EQ(store.spend(use("a", 100), at(51)), Outcome::too_late);
    EXPECT_EQ(store.spend(use("c", 100), at(51)), Outcome::too_late) << "it may have been among the forgotten";
    EXPECT_EQ(store.spend(use("d", 111), at(51)), Outcome::first) << "no longer than what was forgotten";
    EXPECT_EQ(store.spend(use("b", 4'000), at(51)), Outcome::seen);
}

TEST_F(Store, agrees_with_a_plain_set_over_many_uses_and_times) {
    constexpr std::size_t each = 64;
    ReplayStore store{each * ReplayStore::parts, random};
    std::map<std::string, std::int64_t> model;
    std::uint64_t state = 88172645463325252ULL;    // xorshift64
    const auto next = [&](std::uint64_t below) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        return state % below;
    };
    std::int64_t now = 1'000;
    int seen = 0, full = 0, first = 0;
    for (int i = 0; i < 60'000; ++i) {
        now += static_cast<std::int64_t>(next(2));
        std::erase_if(model, [&](const auto& one) { return one.second <= now; });
        const std::string what = std::to_string(next(400));
        const std::int64_t until = now + 1 + static_cast<std::int64_t>(next(60));
        const Outcome wanted = model.contains(what)   ? Outcome::seen
                               : model.size() == each ? Outcome::full
                                                      : Outcome::first;
        ASSERT_EQ(store.spend(use(what, until), at(now)), wanted) << i;
        if (wanted == Outcome::first) model.emplace(what, until);
        ++(wanted == Outcome::seen ? seen : wanted == Outcome::full ? full : first);
        ASSERT_EQ(store.size(), model.size()) << i;
    }
    EXPECT_GT(seen, 1'000);
    EXPECT_GT(first, 1'000);
    EXPECT_GT(full, 0);
}

TEST_F(Store, many_threads_with_many_uses_each_first_once) {
    ReplayStore store{64 * 1'024, random};
    constexpr int threads = 8, uses = 500;
    std::atomic<int> firsts = 0;
    {
        std::vector<std::jthread> all;
        for (int t = 0; t < threads; ++t) {
            all.emplace_back([&, t] {
                for (int i = 0; i < uses; ++i) {
                    const std::string what = std::to_string((i * 7 + t * 31) % uses);
                    if (store.spend(use(what, 100 + i % 3, "owner " + what), at(1)) == Outcome::first) ++firsts;
                }
            });
        }
    }
    EXPECT_EQ(firsts, uses);
    EXPECT_EQ(store.size(), static_cast<std::size_t>(uses));
}

}    // namespace
}    // namespace countersign::jose

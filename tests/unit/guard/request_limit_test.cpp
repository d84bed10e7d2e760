// Who has asked too often, and that nobody else pays for it.
#include "guard/request_limit.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace countersign::guard {
namespace {

constexpr Instant noon = Instant::from_unix(Seconds{1'795'000'000});
constexpr LimitRule three{.max = 3, .window = Seconds{10}};

TEST(RequestCounters, the_window_begins_with_the_last_request_that_was_allowed) {
    RequestCounters counters{1000};
    EXPECT_EQ(counters.count("a", three, noon), std::nullopt);
    EXPECT_EQ(counters.count("a", three, noon + Seconds{1}), std::nullopt);
    EXPECT_EQ(counters.count("a", three, noon + Seconds{9}), std::nullopt);
    EXPECT_EQ(counters.count("a", three, noon + Seconds{9}), Seconds{10});
    EXPECT_EQ(counters.count("a", three, noon + Milliseconds{18'001}), Seconds{1}) << "whole seconds, rounded up";
    EXPECT_EQ(counters.count("b", three, noon + Seconds{18}), std::nullopt);
    EXPECT_EQ(counters.count("a", three, noon + Seconds{19}), std::nullopt) << "a refused request prolongs nothing";
}

TEST(RequestCounters, ENU_11_of_many_at_once_exactly_as_many_pass) {
    RequestCounters counters{1000};
    std::atomic<int> passed{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                for (int n = 0; n < 100; ++n)
                    passed += counters.count("a", {.max = 10, .window = Seconds{10}}, noon) ? 0 : 1;
            });
        }
    }
    EXPECT_EQ(passed, 10);
}

TEST(RequestCounters, ENU_13_a_flood_of_clients_frees_no_offender_and_takes_bounded_memory) {
    constexpr std::size_t most = 6400;
    RequestCounters counters{most};
    for (int i = 0; i < 3; ++i) counters.count("offender", three, noon);
    for (int i = 0; i < 200'000; ++i)
        counters.count("client " + std::to_string(i), three, noon + Milliseconds{i / 100});
    EXPECT_LE(counters.size(), most);
    EXPECT_TRUE(counters.count("offender", three, noon + Seconds{3}).has_value());
}

TEST(RequestCounters, ENU_13_where_all_are_offenders_newcomers_are_counted_as_one) {
    RequestCounters counters{64};    // one place a shard
    for (int i = 0; i < 2000; ++i)
        counters.count("offender " + std::to_string(i), {.max = 1, .window = Seconds{10}}, noon);
    EXPECT_LE(counters.size(), 64U);
    int passed = 0;
    for (int i = 0; i < 2000; ++i) {
        passed += counters.count("newcomer " + std::to_string(i), {.max = 1, .window = Seconds{10}}, noon) ? 0 : 1;
    }
    EXPECT_LE(passed, 64);
    EXPECT_EQ(counters.count("newcomer", three, noon + Seconds{10}), std::nullopt) << "windows end";
}

TEST(RequestLimit, ENU_06_which_rule_a_path_has) {
    const RequestLimit limit{{.state = RequestLimitOptions::State::on,
                              .general = {.max = 100, .window = Seconds{10}},
                              .custom = {{"/list-*", LimitRule{.max = 7, .window = Seconds{5}}},
                                         {"/sign-in/email", LimitRule{.max = 1, .window = Seconds{1}}},
                                         {"/ok", std::nullopt}}}};
    const std::pair<std::string, unsigned> table[]{
        {"/get-session", 100}, {"/sign-in/username", 3}, {"/sign-in/nope", 3},    {"/sign-up/email", 3},
        {"/change-email", 3},  {"/list-sessions", 7},    {"/sign-in/email", 1},   {"/request-password-reset", 3},
        {"/unknown", 100},     {"/Sign-in/email", 100},  {"/change-password", 3},
    };
    for (const auto& [path, max] : table) EXPECT_EQ(limit.rule_of(path)->max, max) << path;
    EXPECT_FALSE(limit.rule_of("/ok"));
}

TEST(RequestLimit, the_bounds_of_all_rules) {
    const auto on = RequestLimitOptions::State::on;
    const RequestLimit plain{{.state = on}};
    EXPECT_EQ(plain.longest_window(), Seconds{60});
    EXPECT_EQ(plain.smallest_max(), 3U);
    const RequestLimit custom{{.state = on,
                               .general = {.max = 2, .window = Seconds{10}},
                               .custom = {{"/a", std::nullopt}, {"/b", LimitRule{.max = 9, .window = Seconds{90}}}}}};
    EXPECT_EQ(custom.longest_window(), Seconds{90});
    EXPECT_EQ(custom.smallest_max(), 2U);
}

TEST(RequestLimit, ENU_13_a_key_takes_bounded_room_whatever_the_path) {
    const RequestLimit limit{{.state = RequestLimitOptions::State::on}};
    const std::string path = "/sign-in/" + std::string(5000, 'x');
    EXPECT_LE(limit.counted("192.0.2.1", path)->key.size(), 300U);
    EXPECT_EQ(limit.counted("192.0.2.1", path)->rule.max, 3U);
    EXPECT_EQ(limit.counted("192.0.2.1", path)->key, limit.counted("192.0.2.1", path + "y")->key);
}

TEST(RequestLimit, clients_and_paths_are_counted_apart) {
    RequestLimit limit{{.state = RequestLimitOptions::State::on}};
    const auto refused = [&](std::string_view client, std::string_view path) {
        return limit.refused_for(limit.counted(client, path).value(), noon).has_value();
    };
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(refused("192.0.2.1", "/sign-in/email"));
    EXPECT_TRUE(refused("192.0.2.1", "/sign-in/email"));
    EXPECT_TRUE(refused("192.0.2.1", "/sign-in/email//")) << "a slash behind is the same path";
    EXPECT_FALSE(refused("192.0.2.2", "/sign-in/email"));
    EXPECT_FALSE(refused("192.0.2.1", "/sign-up/email"));
    EXPECT_FALSE(RequestLimit{{}}.counted("192.0.2.1", "/sign-in/email")) << "switched off";
}

}    // namespace
}    // namespace countersign::guard

#include "base/time.hpp"

namespace countersign {
namespace {

TEST(Instant, every_day_of_the_calendar_survives_a_round_trip) {
    const auto day_ms = std::chrono::duration_cast<Milliseconds>(std::chrono::days{1});
    const Instant first = *parse_iso8601("0000-01-01T00:00:00.000Z"), last = *parse_iso8601("9999-12-31T23:59:59.999Z");
    std::size_t count = 0;
    std::string before;
    for (Instant at = first; at <= last; at = at + day_ms * 7 + Milliseconds{1}) {
        const std::string text = to_iso8601(at);
        ASSERT_EQ(parse_iso8601(text), at) << text;
        ASSERT_LT(before, text);    // text order is time order: what the database compares
        before = text;
        ++count;
    }
    EXPECT_GT(count, 500'000U);
}

TEST(Instant, reads_exactly_one_form) {
    struct Case {
        std::string_view text;
        std::optional<std::int64_t> unix_ms;
    };
    const Case table[]{
        {"1970-01-01T00:00:00.000Z", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2000-02-29T23:59:59.999Z", 951868799999},
        {"2024-02-29T00:00:00.000Z", 1709164800000},
        {"2023-02-29T00:00:00.000Z", std::nullopt},
        {"2100-02-29T00:00:00.000Z", std::nullopt},
        {"2026-04-31T00:00:00.000Z", std::nullopt},
        {"2026-00-01T00:00:00.000Z", std::nullopt},
        {"2026-13-01T00:00:00.000Z", std::nullopt},
        {"2026-01-00T00:00:00.000Z", std::nullopt},
        {"2026-01-01T00:60:00.000Z", std::nullopt},
        {"2026-01-01T00:00:60.000Z", std::nullopt},
        {"2026-01-01T00:00:00.000z", std::nullopt},
        {"2026-01-01t00:00:00.000Z", std::nullopt},
        {"2026-01-01T00:00:00,000Z", std::nullopt},
        {"2026-01-01T00:00:00.000Z ", std::nullopt},
        {" 2026-01-01T00:00:00.000Z", std::nullopt},
        {"2026-01-01T00:00:00.00+Z", std::nullopt},
        {"-026-01-01T00:00:00.000Z", std::nullopt},
        {"+026-01-01T00:00:00.000Z", std::nullopt},
        {"2026-01-01T00:00:00.000+00:00", std::nullopt},
        {"2026-01-01T00:00:00.0000Z", std::nullopt},
    };
    for (const auto& [text, unix_ms] : table) {
        const auto found = parse_iso8601(text);
        ASSERT_EQ(found.has_value(), unix_ms.has_value()) << text;
        if (unix_ms) EXPECT_EQ(found->unix_ms(), *unix_ms) << text;
    }
}

TEST(Instant, TOK_17_seconds_are_rounded_down) {
    struct Case {
        std::int64_t ms;
        std::int64_t seconds;
    };
    for (const auto& [ms, seconds] : {Case{0, 0}, Case{999, 0}, Case{1000, 1}, Case{-1, -1}, Case{-1000, -1}}) {
        EXPECT_EQ(Instant::from_unix_ms(ms).unix_seconds(), seconds) << ms;
    }
    // TOK-19: the greatest NumericDate that is ever compared still fits.
    constexpr std::int64_t greatest = std::int64_t{1} << 53;
    static_assert(Instant::from_unix(Seconds{greatest}).unix_seconds() == greatest);
}

TEST(FixedClock, moves_only_when_told_to) {
    FixedClock clock{Instant::from_unix(Seconds{100})};
    EXPECT_EQ(clock.now(), clock.now());
    clock.advance(Milliseconds{1500});
    EXPECT_EQ(clock.now() - Instant::from_unix(Seconds{100}), Milliseconds{1500});
    clock.set(Instant{});
    EXPECT_EQ(clock.now().unix_ms(), 0);
    EXPECT_GT(SystemClock{}.now(), *parse_iso8601("2024-01-01T00:00:00.000Z"));
}

}    // namespace
}    // namespace countersign

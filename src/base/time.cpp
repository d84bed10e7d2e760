#include "base/time.hpp"

#include <array>

namespace countersign {
namespace {

constexpr std::size_t iso_length = 24;    // YYYY-MM-DDTHH:MM:SS.sssZ

void put_digits(char* at, unsigned value, int count) {
    for (int i = count - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

/// Reads `count` digits at `at`; -1 if one of them is not a digit.
int take_digits(std::string_view text, std::size_t at, int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
        const char c = text[at + static_cast<std::size_t>(i)];
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

}    // namespace

void append_iso8601(std::string& out, Instant at) {
    using namespace std::chrono;
    const sys_time<milliseconds> point{milliseconds{at.unix_ms()}};
    const auto day = floor<days>(point);
    const year_month_day date{day};
    const hh_mm_ss time{point - day};
    std::array<char, iso_length> text{};
    text.fill('-');
    put_digits(&text[0], static_cast<unsigned>(std::clamp(static_cast<int>(date.year()), 0, 9999)), 4);
    put_digits(&text[5], static_cast<unsigned>(date.month()), 2);
    put_digits(&text[8], static_cast<unsigned>(date.day()), 2);
    text[10] = 'T';
    put_digits(&text[11], static_cast<unsigned>(time.hours().count()), 2);
    text[13] = ':';
    put_digits(&text[14], static_cast<unsigned>(time.minutes().count()), 2);
    text[16] = ':';
    put_digits(&text[17], static_cast<unsigned>(time.seconds().count()), 2);
    text[19] = '.';
    put_digits(&text[20], static_cast<unsigned>(time.subseconds().count()), 3);
    text[23] = 'Z';
    out.append(text.data(), text.size());
}

std::string to_iso8601(Instant at) {
    std::string out;
    append_iso8601(out, at);
    return out;
}

std::optional<Instant> parse_iso8601(std::string_view text) {
    using namespace std::chrono;
    if (text.size() != iso_length || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
        text[16] != ':' || text[19] != '.' || text[23] != 'Z') {
        return std::nullopt;
    }
    const int y = take_digits(text, 0, 4), mo = take_digits(text, 5, 2), d = take_digits(text, 8, 2);
    const int h = take_digits(text, 11, 2), mi = take_digits(text, 14, 2), s = take_digits(text, 17, 2);
    const int ms = take_digits(text, 20, 3);
    if (y < 0 || mo < 1 || d < 1 || h < 0 || mi < 0 || s < 0 || ms < 0 || h > 23 || mi > 59 || s > 59) {
        return std::nullopt;
    }
    const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
    if (!date.ok()) return std::nullopt;
    const auto point = sys_days{date} + hours{h} + minutes{mi} + seconds{s} + milliseconds{ms};
    return Instant::from_unix_ms(duration_cast<milliseconds>(point.time_since_epoch()).count());
}

Instant SystemClock::now() const {
    using namespace std::chrono;
    return Instant::from_unix_ms(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

}    // namespace countersign

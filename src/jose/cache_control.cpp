#include "jose/cache_control.hpp"

#include <algorithm>
#include <charconv>

namespace countersign::jose {
namespace {

constexpr Seconds longest{31'536'000};    // a year: what counts more is as good as this

std::string_view trimmed(std::string_view text) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

bool is_same(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, {},
                              [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

std::optional<Seconds> delta_seconds(std::string_view digits) {
    if (digits.size() > 1 && digits.front() == '"' && digits.back() == '"')
        digits = digits.substr(1, digits.size() - 2);
    const bool plain = !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (!plain) return std::nullopt;
    std::int64_t count = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return error == std::errc{} ? std::min(Seconds{count}, longest) : longest;
}

/// The text before the next comma that is not in quotes.
std::string_view take_directive(std::string_view& rest) {
    std::size_t end = 0;
    bool quoted = false;
    for (; end < rest.size() && (quoted || rest[end] != ','); ++end) {
        if (rest[end] == '\\' && quoted && end + 1 < rest.size())
            ++end;
        else if (rest[end] == '"')
            quoted = !quoted;
    }
    const std::string_view directive = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return trimmed(directive);
}

}    // namespace

CacheControl parse_cache_control(std::string_view text) {
    CacheControl out;
    while (!text.empty()) {
        const std::string_view directive = take_directive(text);
        const std::size_t equals = std::min(directive.find('='), directive.size());
        const std::string_view name = trimmed(directive.substr(0, equals));
        if (is_same(name, "no-store") || is_same(name, "no-cache")) out.is_kept = false;
        if (!is_same(name, "max-age") || equals == directive.size()) continue;
        const std::optional<Seconds> age = delta_seconds(trimmed(directive.substr(equals + 1)));
        if (age) out.max_age = out.max_age ? std::min(*out.max_age, *age) : *age;
    }
    return out;
}

}    // namespace countersign::jose

#include "app/setting_values.hpp"

namespace countersign::app {
namespace {

constexpr std::int64_t longest = std::int64_t{400} * 86400;    // what browsers keep a cookie for

}    // namespace

Seconds seconds_or_zero(config::Tree& tree, std::string_view path, std::int64_t fallback) {
    const std::int64_t value = tree.integer(path, fallback);
    if (value < 0 || value > longest)
        tree.add_problem(path, std::to_string(value) + " s",
                         "write a number of seconds from 0 to " + std::to_string(longest));
    return Seconds{value};
}

Seconds positive_seconds(config::Tree& tree, std::string_view path, std::int64_t fallback) {
    const std::int64_t value = tree.integer(path, fallback);
    if (value < 0 || value > longest || (value == 0 && tree.has(path))) {
        tree.add_problem(path, "a life of " + std::to_string(value) + " s",
                         "write a number of seconds from 1 to " + std::to_string(longest));
    }
    return Seconds{value};
}

std::int64_t whole_within(config::Tree& tree, std::string_view path, std::int64_t fallback, std::int64_t least,
                          std::int64_t most) {
    const std::int64_t value = tree.integer(path, fallback);
    const std::string range = std::to_string(least) + " to " + std::to_string(most);
    if (value < least || value > most)
        tree.add_problem(path, std::to_string(value) + " is outside " + range, "write a number from " + range);
    return std::clamp(value, least, most);
}

}    // namespace countersign::app

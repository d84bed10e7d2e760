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

}    // namespace countersign::app

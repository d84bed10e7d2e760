#include "cli/step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>
#include <ostream>

namespace countersign::cli {
namespace {

Step<std::string> drain(std::istream& from, const std::string& name) {
    constexpr std::size_t longest = 1U << 20U;
    std::string text(longest + 1, '\0');
    from.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (from.bad()) return std::unexpected{Stop{not_checked, fmt::format("{} cannot be read", name)}};
    text.resize(static_cast<std::size_t>(from.gcount()));
    if (text.size() > longest) return std::unexpected{Stop{wrong_call, fmt::format("{} is over 1 MiB", name)}};
    return text;
}

}    // namespace

std::string code_of(const AuthError& error) {
    std::string code{error.label()};
    std::ranges::replace(code, '.', '_');
    return code;
}

std::unexpected<Stop> stop(Exit exit, std::string why) { return std::unexpected{Stop{exit, std::move(why)}}; }

std::unexpected<Stop> wrong(std::string_view what, const AuthError& error) {
    return stop(wrong_call, fmt::format("{}: {}", what, error.detail()));
}

Step<std::string> read_file(const std::string& name) {
    std::ifstream file{name, std::ios::binary};
    if (!file) return stop(not_checked, fmt::format("{} cannot be opened: {}", name, std::strerror(errno)));
    return drain(file, name);
}

Step<std::string> read_text(const std::string& name, std::istream& in) {
    return name == "-" ? drain(in, "standard input") : read_file(name);
}

int leave(const Stop& stop, std::ostream& complaints) {
    complaints << fmt::format("countersign: {}\n", stop.why);
    return stop.exit;
}

}    // namespace countersign::cli

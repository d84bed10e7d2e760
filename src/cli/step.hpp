// How a command goes on or leaves: exit codes, a step that may fail, and what every command reads the same way.
#pragma once

#include <cstdint>
#include <expected>
#include <iosfwd>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::cli {

/// `to_do`: of `countersign migrate` alone.
enum Exit : int { fine = 0, not_fine = 1, wrong_call = 2, not_checked = 3, to_do = 4 };
/// For people, or as JSON for machines (`--json`).
enum class Output : std::uint8_t { text, json };

/// A step that failed: what to say, and how to leave.
struct Stop {
    Exit exit;
    std::string why;
};
template <class T>
using Step = std::expected<T, Stop>;

/// The label with `_`, as JSON answers have it.
std::string code_of(const AuthError& error);
std::unexpected<Stop> stop(Exit exit, std::string why);
std::unexpected<Stop> wrong(std::string_view what, const AuthError& error);
/// All of a file, at most 1 MiB.
Step<std::string> read_file(const std::string& name);
/// The same, and `-` is `in`.
Step<std::string> read_text(const std::string& name, std::istream& in);
/// Says why, and answers how to leave.
int leave(const Stop& stop, std::ostream& complaints);

}    // namespace countersign::cli

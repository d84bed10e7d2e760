#include "base/guessable.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace countersign {
namespace {

/// Parts of known sample values, and runs that no generator makes. Compared in lower case, `_` and blanks as `-`.
constexpr std::array<std::string_view, 28> samples{
    "better-auth-secret", "change-me",   "changeme",   "your-secret", "your-super", "my-secret",   "mysecret",
    "super-secret",       "supersecret", "secret-key", "secretkey",   "jwt-secret", "auth-secret", "test-secret",
    "default-secret",     "development", "insecure",   "do-not-use",  "example",    "placeholder", "password",
    "correct-horse",      "0123456789",  "1234567890", "abcdefghij",  "qwertyuiop", "-bit-secret", "notasecret"};

std::string simplified(std::string_view secret) {
    std::string out{secret};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        if (c == '_' || c == ' ') c = '-';
    }
    return out;
}

/// One text again and again.
bool is_repetition(std::string_view secret) {
    for (std::size_t period = 1; period <= secret.size() / 2; ++period) {
        if (secret.substr(period) == secret.substr(0, secret.size() - period)) return true;
    }
    return false;
}

/// Each byte follows the one before it by the same step: 00 01 02 and so on.
bool is_stair(std::string_view secret) {
    if (secret.size() < 2) return true;
    const auto step = [&](std::size_t i) { return static_cast<unsigned char>(secret[i] - secret[i - 1]); };
    for (std::size_t i = 2; i < secret.size(); ++i) {
        if (step(i) != step(1)) return false;
    }
    return true;
}

}    // namespace

bool is_guessable(std::string_view secret) {
    std::array<bool, 256> seen{};
    for (const char c : secret) seen[static_cast<unsigned char>(c)] = true;
    constexpr std::ptrdiff_t least_different = 10;
    if (std::ranges::count(seen, true) < least_different || is_repetition(secret) || is_stair(secret)) return true;
    const std::string text = simplified(secret);
    return std::ranges::any_of(samples, [&](std::string_view sample) { return text.contains(sample); });
}

}    // namespace countersign

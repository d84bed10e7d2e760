#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>

#include "app/settings.hpp"
#include "base/random.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t least_length = 32;    // KEY-09
constexpr std::size_t generated_length = 48;

/// Known sample values, and texts that no generator makes.
bool is_guessable(std::string_view secret) {
    constexpr std::array<std::string_view, 8> samples{"better-auth-secret", "change-me", "changeme",
                                                      "your-secret",        "example",   "placeholder",
                                                      "password",           "secret-key"};
    std::array<bool, 256> seen{};
    std::size_t different = 0;
    for (const char c : secret) {
        bool& known = seen[static_cast<unsigned char>(c)];
        if (!known) ++different;
        known = true;
    }
    constexpr std::size_t least_different = 10;
    if (different < least_different) return true;
    std::string lower{secret};
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return std::ranges::any_of(samples, [&](std::string_view sample) { return lower.contains(sample); });
}

void check_strength(config::Tree& tree, const Settings& settings, std::string_view path, std::string_view secret) {
    const std::string mend = "generate one with `countersign secret generate`";
    if (secret.size() < least_length) return tree.add_problem(path, "has fewer than 32 characters", mend);
    const bool strict = settings.mode == Mode::production && settings.replay == Switch::off;
    if (strict && is_guessable(secret)) tree.add_problem(path, "is a sample or guessable value", mend);
}

/// `2:new,1:old`.
void read_versions(config::Tree& tree, const Settings& settings, ApplicationSecrets& out) {
    std::string_view rest = *tree.find("secrets")->value.as_string();
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const std::string_view entry = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        std::uint32_t version = 0;
        const auto [digits, error] = std::from_chars(entry.data(), entry.data() + entry.size(), version);
        if (error != std::errc{} || digits == entry.data() + entry.size() || *digits != ':') {
            return tree.add_problem("secrets", "has an entry without version", "write it as 2:new,1:old");
        }
        const std::string_view value = entry.substr(static_cast<std::size_t>(digits - entry.data()) + 1);
        check_strength(tree, settings, "secrets", value);
        out.versions.emplace_back(version, Secret::from_text(value));
    }
}

/// The development secret: made once, readable by its owner only.
Result<std::string> development_secret(const std::string& path) {
    if (std::ifstream file{path}; file) {
        std::string secret;
        std::getline(file, secret);
        return secret;
    }
    SystemRandom random;
    const std::string secret = random_text(random, generated_length);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return fail(Code::config_invalid, "a folder that can be written", path);
    const ssize_t written = ::write(file, secret.data(), secret.size());
    ::close(file);
    if (written != static_cast<ssize_t>(secret.size()))
        return fail(Code::config_invalid, "a file that can be written", path);
    return secret;
}

}    // namespace

ApplicationSecrets read_secrets(config::Tree& tree, const Settings& settings) {
    ApplicationSecrets out;
    if (tree.has("secrets")) read_versions(tree, settings, out);
    if (const config::Setting* secret = tree.find("secret")) {
        check_strength(tree, settings, "secret", *secret->value.as_string());
        out.single = Secret::from_text(*secret->value.as_string());
        out.source = secret->source;
        return out;
    }
    if (!out.versions.empty()) return out;
    if (settings.mode == Mode::production) {
        tree.add_problem("secret", "is missing in production mode",
                         "set COUNTERSIGN_SECRET to the output of `countersign secret generate`");
        return out;
    }
    const std::string path = settings.data_folder + "/countersign.secret";
    const Result<std::string> made = development_secret(path);
    if (!made.ok()) {
        tree.add_problem("secret", "cannot be kept in " + path, "make the folder writable, or set COUNTERSIGN_SECRET");
        return out;
    }
    check_strength(tree, settings, "secret", *made);
    out.single = Secret::from_text(*made);
    out.source = "file " + path;
    return out;
}

}    // namespace countersign::app

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>

#include "app/refusals.hpp"
#include "base/guessable.hpp"
#include "base/random.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t least_length = 32;    // KEY-09
constexpr std::size_t generated_length = 48;
constexpr std::string_view mend = "generate one with `countersign secret generate`";

std::string secret_file(const Settings& settings) { return settings.data_folder + "/countersign.secret"; }

std::string first_line(const std::string& path) {
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    return line;
}

/// Everything that is wrong with one secret of the configuration.
void check_secret(config::Tree& tree, const Settings& settings, std::string_view path, std::string_view secret) {
    if (secret.size() < least_length) return tree.add_problem(path, "has fewer than 32 characters", std::string{mend});
    if (!is_strict(settings)) return;
    if (is_guessable(secret)) tree.add_problem(path, "is a sample or guessable value", std::string{mend});
    if (secret == first_line(secret_file(settings)))
        tree.add_problem(path, "is the secret of development mode, from " + secret_file(settings), std::string{mend});
}

void check_exposure(config::Tree& tree, const Settings& settings, std::string_view path) {
    if (is_strict(settings) && tree.is_exposed(path))
        tree.add_problem(path, "can be read by every user of this machine (" + tree.find(path)->source + ")",
                         "take the right to read from others (chmod o-r), or use the environment");
}

using Versions = std::vector<std::pair<std::uint32_t, Secret>>;

void add_version(config::Tree& tree, const Settings& settings, Versions& versions, std::int64_t number,
                 std::string_view secret) {
    if (number < 0 || number > std::numeric_limits<std::uint32_t>::max())
        return tree.add_problem("secrets", "has a version that is no number from 0", "write it as 2:new,1:old");
    const auto version = static_cast<std::uint32_t>(number);
    check_secret(tree, settings, "secrets", secret);
    for (const auto& [other, value] : versions) {
        if (other == version)
            tree.add_problem("secrets", "has version " + std::to_string(version) + " twice", "count upwards");
        if (equal_constant_time(value.reveal_text(), secret))
            tree.add_problem("secrets", "has one secret in two versions", std::string{mend});
    }
    versions.emplace_back(version, Secret::from_text(secret));
}

/// `2:new,1:old`.
void read_text(config::Tree& tree, const Settings& settings, std::string_view rest, Versions& versions) {
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const std::string_view entry = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        std::uint32_t version = 0;
        const auto [digits, error] = std::from_chars(entry.data(), entry.data() + entry.size(), version);
        const auto length = static_cast<std::size_t>(digits - entry.data());
        if (error != std::errc{} || length == entry.size() || entry[length] != ':')
            return tree.add_problem("secrets", "has an entry without version", "write it as 2:new,1:old");
        add_version(tree, settings, versions, version, entry.substr(length + 1));
    }
}

void read_versions(config::Tree& tree, const Settings& settings, Versions& versions) {
    const json::Value& given = tree.find("secrets")->value;
    if (const std::string* text = given.as_string()) {
        read_text(tree, settings, *text, versions);
    } else {
        for (const json::Value& entry : *given.as_array())
            add_version(tree, settings, versions, *entry.find("version")->as_integer(),
                        *entry.find("value")->as_string());
    }
    if (versions.empty()) tree.add_problem("secrets", "has no entry", "write it as 2:new,1:old, or take it out");
    check_exposure(tree, settings, "secrets");
}

/// Made once, readable by its owner only.
Result<std::string> make_secret_file(const std::string& path) {
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

void read_development_secret(config::Tree& tree, const Settings& settings, ApplicationSecrets& out) {
    const std::string path = secret_file(settings);
    struct stat found{};
    const bool exists = ::stat(path.c_str(), &found) == 0;
    if (exists && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return tree.add_problem("secret", path + " is open to others", "chmod 600 " + path);
    const Result<std::string> secret = exists ? Result<std::string>{first_line(path)} : make_secret_file(path);
    if (!secret.ok())
        return tree.add_problem("secret", "cannot be kept in " + path,
                                "make the folder writable, or set COUNTERSIGN_SECRET");
    if (secret->size() < least_length)
        return tree.add_problem("secret", path + " cannot be read or is not whole", "remove it: a new one is made");
    out.single = Secret::from_text(*secret);
    out.source = "file " + path;
}

}    // namespace

ApplicationSecrets read_given_secrets(config::Tree& tree, const Settings& settings) {
    ApplicationSecrets out;
    if (tree.has("secrets")) read_versions(tree, settings, out.versions);
    if (const config::Setting* secret = tree.find("secret")) {
        check_secret(tree, settings, "secret", *secret->value.as_string());
        check_exposure(tree, settings, "secret");
        out.single = Secret::from_text(*secret->value.as_string());
        out.source = secret->source;
    } else if (!tree.has("secrets") && settings.mode == Mode::production) {
        tree.add_problem("secret", "is missing in production mode",
                         "set COUNTERSIGN_SECRET to the output of `countersign secret generate`");
    }
    return out;
}

ApplicationSecrets read_secrets(config::Tree& tree, const Settings& settings) {
    ApplicationSecrets out = read_given_secrets(tree, settings);
    const bool given = tree.has("secret") || tree.has("secrets");
    if (!given && settings.mode == Mode::development) read_development_secret(tree, settings, out);
    return out;
}

}    // namespace countersign::app

#include "app/password_settings.hpp"

#include <filesystem>
#include <fstream>

namespace countersign::app {
namespace {

constexpr std::string_view file_path = "emailAndPassword.blocklistFile";
constexpr config::Key rows[]{
    {.path = file_path,
     .kind = config::Kind::text,
     .fallback = "the commonest, compiled in",
     .meaning = "file of further passwords that are refused, one a line; native only",
     .secures = "passwords of lists that attackers have are not chosen"},
};

std::optional<std::string> text_of_file(const std::string& name) {
    constexpr std::uintmax_t most = std::uintmax_t{64} << 20U;
    std::error_code unknown;
    const std::uintmax_t size = std::filesystem::file_size(name, unknown);
    if (unknown || size == 0 || size > most) return std::nullopt;
    std::ifstream file{name, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    return file.bad() || text.size() != size ? std::nullopt : std::optional{std::move(text)};
}

}    // namespace

std::span<const config::Key> password_setting_rows() { return rows; }

void read_passwords(config::Tree& tree, Settings& settings) {
    settings.passwords.rules = settings.profile == Profile::native ? Switch::on : Switch::off;
    if (!tree.has(file_path)) return;
    if (settings.passwords.rules == Switch::off)
        return tree.add_problem(file_path, "has no effect in the better-auth profile", "take it out, or use native");
    const std::optional<std::string> text = text_of_file(tree.text(file_path, ""));
    if (!text)
        return tree.add_problem(file_path, "is no file of up to 64 MiB with a password a line", "name such a file");
    settings.passwords.known = identity::known_from_lines(*text);
}

std::optional<identity::PasswordRules> password_rules(const Settings& settings) {
    if (settings.passwords.rules == Switch::off) return std::nullopt;
    return identity::PasswordRules{settings.passwords.known, settings.own_origin.host};
}

}    // namespace countersign::app

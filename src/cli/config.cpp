#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/database.hpp"
#include "cli/commands.hpp"

namespace countersign::cli {
namespace {

struct Line {
    const config::Key* row;
    std::string value, source, replaced;
};

/// `scheme://user:password@host` without what is between.
std::string masked(std::string text) {
    const std::size_t scheme = text.find("://");
    const std::size_t at = text.find('@');
    if (scheme != std::string::npos && at != std::string::npos && at > scheme)
        text.replace(scheme + 3, at - scheme - 3, "***");
    return text;
}

bool is_secret(const config::Key& row) {
    return *row.kind == config::Kind::secret || *row.kind == config::Kind::secrets;
}

Line line_of(const Loaded& loaded, const config::Key& row) {
    const config::Setting* setting = loaded.tree.find(*row.path);
    if (setting == nullptr) {
        const std::optional<std::string> derived = app::derived_value(*row.path, loaded.settings);
        return {&row, derived.value_or(std::string{*row.fallback}), "default", ""};
    }
    if (is_secret(row)) return {&row, "(set)", setting->source, setting->replaced};
    if (*row.path == "storage.url" && !loaded.settings.database_url.empty())
        return {&row, app::shown_database(loaded.settings), setting->source, setting->replaced};
    const std::string* text = setting->value.as_string();
    return {&row, masked(text == nullptr ? json::write(setting->value) : *text), setting->source, setting->replaced};
}

void print_line(const Line& line) {
    const bool colours = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    fmt::print("{}{}{} = {}\n    {}\n", colours ? "\x1b[1m" : "", *line.row->path, colours ? "\x1b[0m" : "", line.value,
               *line.row->meaning);
    if (!line.row->secures.empty()) fmt::print("    secures: {}\n", line.row->secures);
    fmt::print("    from: {}{}; variable: {}\n", line.source,
               line.replaced.empty() ? "" : ", instead of " + line.replaced, config::environment_name(*line.row->path));
}

void write_line(json::Writer& out, const Line& line) {
    out.begin_object()
        .key("key")
        .value(*line.row->path)
        .key("value")
        .value(line.value)
        .key("source")
        .value(line.source);
    if (!line.replaced.empty()) out.key("replaced").value(line.replaced);
    out.key("meaning").value(*line.row->meaning).key("secures").value(line.row->secures);
    out.key("default").value(*line.row->fallback).key("environment").value(config::environment_name(*line.row->path));
    out.end_object();
}

void write_problems(json::Writer& out, const config::Tree& tree) {
    out.key("problems").begin_array();
    for (const config::Problem& problem : tree.problems()) {
        out.begin_object().key("key").value(problem.path).key("what").value(problem.what);
        out.key("mend").value(problem.mend).end_object();
    }
    out.end_array();
}

}    // namespace

void print_problems(const config::Tree& tree) {
    fmt::print(stderr, "countersign: the configuration has {} problem(s):\n", tree.problems().size());
    for (const config::Problem& problem : tree.problems()) {
        fmt::print(stderr, "  {}: {}\n      {}\n", problem.path, problem.what, problem.mend);
    }
}

std::optional<Loaded> load(const std::string& file, const Variables& said) {
    config::Sources sources{.file_name = file};
    if (!file.empty()) {
        std::ifstream in{file, std::ios::binary};
        if (!in) {
            fmt::print(stderr, "countersign: {} cannot be opened\n", file);
            return std::nullopt;
        }
        sources.file_text.assign(std::istreambuf_iterator<char>{in}, {});
        struct stat found{};
        const bool known = ::stat(file.c_str(), &found) == 0;
        if (!known || (found.st_mode & S_IROTH) != 0) sources.file_readers = config::Readers::everybody;
    }
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view name = text.substr(0, equals);
        if (std::ranges::find(said, name, &Variables::value_type::first) == said.end())
            sources.environment.emplace_back(name, text.substr(equals + 1));
    }
    sources.environment.insert(sources.environment.end(), said.begin(), said.end());
    Loaded loaded{.tree = config::Tree::load(app::setting_rows(), app::setting_aliases(), sources),
                  .settings = {},
                  .secrets = {}};
    loaded.settings = app::read_settings(loaded.tree);
    return loaded;
}

Step<Loaded> load_beside_server(const std::string& file, const std::string& undone) {
    std::optional<Loaded> loaded = load(file);
    if (!loaded) return stop(wrong_call, undone);
    // Before the secret is read: where there is no server yet, none is made for it.
    const std::string& database = loaded->settings.database_path;
    const bool is_file = loaded->settings.database_url.empty();
    if (loaded->tree.problems().empty() && is_file && !std::filesystem::exists(database))
        return stop(not_checked, fmt::format("there is no database {}; countersign serve makes it", database));
    loaded->secrets = app::read_secrets(loaded->tree, loaded->settings);
    if (loaded->tree.problems().empty()) return *std::move(loaded);
    print_problems(loaded->tree);
    return stop(wrong_call, undone);
}

int explain_config(const std::string& file, Output output) {
    std::optional<Loaded> loaded = load(file);
    if (!loaded) return wrong_call;
    app::read_given_secrets(loaded->tree, loaded->settings);
    std::string text;
    json::Writer out{text};
    out.begin_object().key("values").begin_array();
    if (output == Output::text)
        fmt::print(
            "A COUNTERSIGN_ variable counts before the file, the file before BETTER_AUTH_ variables, AUTH_SECRET and "
            "DATABASE_URL; key by key.\n\n");
    for (const config::Key& row : app::setting_rows()) {
        if (row.since == config::Since::later) continue;
        const Line line = line_of(*loaded, row);
        if (output == Output::text) print_line(line);
        write_line(out, line);
    }
    out.end_array();
    write_problems(out, loaded->tree);
    out.end_object();
    if (output == Output::json) fmt::print("{}\n", text);
    if (loaded->tree.problems().empty()) return fine;
    if (output == Output::text) print_problems(loaded->tree);
    return not_fine;
}

}    // namespace countersign::cli

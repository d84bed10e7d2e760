#include "cli/cli.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/application.hpp"
#include "base/random.hpp"
#include "cli/token.hpp"
#include "guard/trace.hpp"
#include "http/openapi.hpp"

namespace countersign::cli {
namespace {

enum Exit : int { fine = 0, not_fine = 1, wrong_call = 2, not_checked = 3 };
constexpr Seconds longest_drain{10};

struct Loaded {
    config::Tree tree;
    app::Settings settings;
    app::ApplicationSecrets secrets;
};

void print_problems(const config::Tree& tree) {
    fmt::print(stderr, "countersign: the configuration has {} problem(s):\n", tree.problems().size());
    for (const config::Problem& problem : tree.problems()) {
        fmt::print(stderr, "  {}: {}\n      {}\n", problem.path, problem.what, problem.mend);
    }
}

std::optional<Loaded> load(const std::string& file) {
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
        if (equals != std::string_view::npos)
            sources.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    Loaded loaded{.tree = config::Tree::load(app::setting_rows(), app::setting_aliases(), sources),
                  .settings = {},
                  .secrets = {}};
    loaded.settings = app::read_settings(loaded.tree);
    return loaded;
}

/// A descriptor a connection: the soft limit is 1024 on many systems. Without more the engine serves fewer.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    std::ignore = ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const std::string& file) {
    std::optional<Loaded> loaded = load(file);
    if (!loaded) return wrong_call;
    loaded->secrets = app::read_secrets(loaded->tree, loaded->settings);
    if (!loaded->tree.problems().empty()) {
        print_problems(loaded->tree);
        return wrong_call;
    }
    // Blocked in every thread that follows, taken here.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();

    const SystemClock clock;
    SystemRandom random;
    StderrLogger log{clock};
    const app::Settings& settings = loaded->settings;
    if (settings.replay == app::Switch::on) log.event(Level::warn, "configuration.relaxed", {{"allow", "replay"}});
    auto started = app::Application::start(settings, std::move(loaded->secrets), clock, random, log);
    if (!started.ok()) {
        fmt::print(stderr, "countersign: cannot start: {}\n", started.error().detail());
        return not_fine;
    }
    log.event(Level::info, "server.started",
              {{"listen", settings.http_listen},
               {"baseURL", settings.base_url},
               {"database", settings.database_path},
               {"mode", settings.mode == app::Mode::production ? "production" : "development"}});
    fmt::print("Countersign is ready: {}\n", settings.base_url);
    std::fflush(stdout);
    int received = 0;
    ::sigwait(&signals, &received);
    log.event(Level::info, "server.stopping", {{"signal", std::int64_t{received}}});
    (*started)->stop(longest_drain);
    return fine;
}

int explain_config(const std::string& file, bool as_json) {
    std::optional<Loaded> loaded = load(file);
    if (!loaded) return wrong_call;
    std::string text;
    json::Writer out{text};
    out.begin_array();
    for (const config::Key& row : app::setting_rows()) {
        const config::Setting* setting = loaded->tree.find(*row.path);
        std::string value = setting == nullptr ? std::string{*row.fallback} : json::write(setting->value);
        if (setting != nullptr && *row.kind == config::Kind::secret) value = "(set)";
        const std::string source = setting == nullptr ? "default" : setting->source;
        if (!as_json)
            fmt::print("{} = {}\n    {} [{}; {}]\n", *row.path, value, *row.meaning, source,
                       config::environment_name(*row.path));
        out.begin_object().key("key").value(*row.path).key("value").value(value).key("source").value(source);
        out.key("meaning")
            .value(*row.meaning)
            .key("environment")
            .value(config::environment_name(*row.path))
            .end_object();
    }
    out.end_array();
    if (as_json) fmt::print("{}\n", text);
    if (loaded->tree.problems().empty()) return fine;
    print_problems(loaded->tree);
    return not_fine;
}

/// What a reference or a label stands for.
int explain(const std::string& what, const std::string& folder, bool as_json) {
    const auto cause = std::ranges::find(causes, std::string_view{what}, &Cause::label);
    if (cause != causes.end()) {
        fmt::print("{}: {}.\nThe client sees: {} {}\n", cause->label, cause->prose, face_of(cause->face).http,
                   face_of(cause->face).app);
        return fine;
    }
    const auto found = guard::DecisionTrace::find(folder + "/" + std::string{app::trace_file}, what);
    if (!found.ok()) {
        fmt::print(stderr, "countersign: no decision trace in {}; give its folder with --data\n", folder);
        return not_checked;
    }
    if (!found->has_value()) {
        fmt::print(stderr, "countersign: {} is no label, and no refusal in the trace has this reference\n", what);
        return not_fine;
    }
    fmt::print("{}", as_json ? json::write(**found) + "\n" : guard::explain(**found));
    return fine;
}

int generate_secret() {
    SystemRandom random;
    constexpr std::size_t length = 48;    // 285 bits
    fmt::print("{}\n", random_text(random, length));
    return fine;
}

int print_openapi(const std::string& file) {
    std::optional<Loaded> loaded = load(file);
    if (!loaded) return wrong_call;
    const http::Router router = app::make_router(loaded->settings);
    fmt::print("{}\n", http::openapi_document(router, loaded->settings.base_url));
    return fine;
}

}    // namespace

int run(int argc, char** argv) {
    CLI::App command{"Countersign: authentication server, token verifier and specialist", "countersign"};
    command.require_subcommand(1);
    std::string file, what, folder = ".";
    bool as_json = false;
    CLI::App* serve_command = command.add_subcommand("serve", "run the server");
    serve_command->add_option("--config", file, "TOML or JSON file");
    CLI::App* config_command = command.add_subcommand("config", "about the configuration");
    config_command->require_subcommand(1);
    CLI::App* explain_config_command =
        config_command->add_subcommand("explain", "every effective value and where it came from");
    explain_config_command->add_option("--config", file, "TOML or JSON file");
    explain_config_command->add_flag("--json", as_json, "for machines");
    CLI::App* explain_command = command.add_subcommand("explain", "what a reference or a label stands for");
    explain_command->add_option("what", what, "x-request-id of a refusal, or a label as session.expired")->required();
    explain_command->add_option("--data", folder, "data folder of the server");
    explain_command->add_flag("--json", as_json, "for machines");
    CLI::App* secret_command = command.add_subcommand("secret", "about the application secret");
    secret_command->require_subcommand(1);
    secret_command->add_subcommand("generate", "a new secret on standard output");
    CLI::App* openapi_command = command.add_subcommand("openapi", "the OpenAPI document");
    openapi_command->add_option("--config", file, "TOML or JSON file");
    const TokenCommands tokens{command};
    try {
        command.parse(argc, argv);
    } catch (const CLI::ParseError& error) {    // the library's way to report a wrong call, and --help
        return command.exit(error) == 0 ? fine : wrong_call;
    }
    if (const auto done = tokens.run()) return *done;
    if (*serve_command) return serve(file);
    if (*explain_config_command) return explain_config(file, as_json);
    if (*explain_command) return explain(what, folder, as_json);
    if (*openapi_command) return print_openapi(file);
    return generate_secret();
}

}    // namespace countersign::cli

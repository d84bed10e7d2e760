#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstdio>

#include "app/application.hpp"
#include "app/database.hpp"
#include "app/event_parts.hpp"
#include "base/random.hpp"
#include "cli/commands.hpp"

namespace countersign::cli {
namespace {

constexpr Seconds longest_drain{10};

/// A descriptor a connection: the soft limit is 1024 on many systems. Without more the engine serves fewer.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    std::ignore = ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// What takes protection away is seen in the log (TOOL-06).
void log_relaxations(Logger& log, const app::Settings& settings) {
    for (const std::string& relaxed : app::relaxations(settings))
        log.event(Level::warn, "configuration.relaxed", {{"what", relaxed}});
}

}    // namespace

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
    log_relaxations(log, settings);
    auto started = app::Application::start(settings, std::move(loaded->secrets), clock, random, log);
    if (!started.ok()) {
        fmt::print(stderr, "countersign: cannot start: {}\n", started.error().detail());
        return not_fine;
    }
    log.event(Level::info, "server.started",
              {{"listen", settings.http_listen},
               {"baseURL", settings.base_url},
               {"database", app::shown_database(settings)},
               {"mode", settings.mode == app::Mode::production ? "production" : "development"}});
    fmt::print("Countersign is ready: {}\n", settings.base_url);
    std::fflush(stdout);
    int received = 0;
    ::sigwait(&signals, &received);
    log.event(Level::info, "server.stopping", {{"signal", std::int64_t{received}}});
    (*started)->stop(longest_drain);
    return fine;
}

}    // namespace countersign::cli

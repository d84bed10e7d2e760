#include "app/settings.hpp"

#include "app/cookie_settings.hpp"
#include "app/event_settings.hpp"
#include "app/failure_settings.hpp"
#include "app/field_settings.hpp"
#include "app/limit_settings.hpp"
#include "app/mail_settings.hpp"
#include "app/password_settings.hpp"
#include "app/refusals.hpp"
#include "app/secondary_settings.hpp"
#include "app/setting_values.hpp"
#include "app/tls_settings.hpp"
#include "app/token_settings.hpp"
#include "http/server.hpp"
#include "storage/storage.hpp"

namespace countersign::app {
namespace {

using config::Tree;

bool is_local_host(std::string_view host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

std::size_t positive_count(Tree& tree, std::string_view path, std::size_t fallback) {
    const std::int64_t value = tree.integer(path, static_cast<std::int64_t>(fallback));
    constexpr std::int64_t most = 1'000'000;
    if (value < 1 || value > most)
        tree.add_problem(path, std::to_string(value) + " connections", "write a number from 1 to 1000000");
    return static_cast<std::size_t>(std::clamp(value, std::int64_t{1}, most));
}

void read_limits(Tree& tree, http::Limits& limits) {
    limits.connections = positive_count(tree, "http.limits.connections", limits.connections);
    limits.connections_per_client =
        positive_count(tree, "http.limits.connectionsPerClient", limits.connections_per_client);
}

/// What stands in a file of the data folder elsewhere stands in the working directory here.
void read_postgres(Tree& tree, Settings& s, const std::string& url) {
    s.database_url = url;
    s.data_folder = ".";
    if (const auto place = storage::postgres_place(url); !place.ok())
        tree.add_problem("storage.url", "is no URL of PostgreSQL that libpq reads",
                         "write postgres://USER:PASSWORD@HOST/DATABASE, with signs of user and password "
                         "percent-encoded (@ is %40) and no parameters of other libraries");
}

/// `sqlite:FILE`, `file:FILE` or `postgres://...`; the whole of it is never printed, since it may carry a password.
void read_storage(Tree& tree, Settings& s) {
    std::string url = tree.text("storage.url", "sqlite:./countersign.db");
    const std::size_t colon = url.find(':');
    const std::string scheme = url.substr(0, std::min(colon, url.size()));
    const bool slashes = colon != std::string::npos && url.substr(colon).starts_with("://");
    if (slashes && (scheme == "postgres" || scheme == "postgresql")) return read_postgres(tree, s, url);
    if (scheme != "sqlite" && scheme != "file") {
        tree.add_problem(
            "storage.url",
            slashes ? "names a " + scheme + " database, and there are SQLite and PostgreSQL" : "is no database",
            "write sqlite:./file.db or postgres://USER:PASSWORD@HOST/DATABASE");
        return;
    }
    std::string path = url.substr(colon + 1);
    if (path.starts_with("///")) path.erase(0, 2);    // file:///folder/file.db
    if (path.empty() || path.starts_with("//") || path.contains('?') || path.ends_with('/'))
        tree.add_problem("storage.url", "names no file", "write sqlite:./file.db or sqlite:/folder/file.db, no more");
    s.database_path = path;
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos || path == ":memory:") {
        s.data_folder = ".";
    } else {
        s.data_folder = slash == 0 ? "/" : path.substr(0, slash);
    }
}

void read_basics(Tree& tree, Settings& s) {
    const std::string profile = tree.text("profile", "native");
    if (profile != "native" && profile != "better-auth")
        tree.add_problem("profile", "is neither native nor better-auth", "write one of the two");
    s.profile = profile == "better-auth" ? Profile::better_auth : Profile::native;
    s.http_listen = tree.text("http.listen", "127.0.0.1:8080");
    s.management_listen = tree.text("management.listen", "127.0.0.1:9464");
    if (!http::parse_listen_address(s.http_listen).ok())
        tree.add_problem("http.listen", s.http_listen + " is no address",
                         "write an address and a port, as 127.0.0.1:8080");
    if (s.management_listen != "off" && !http::parse_listen_address(s.management_listen).ok())
        tree.add_problem("management.listen", s.management_listen + " is no address",
                         "write an address and a port, as 127.0.0.1:9464, or off");
    s.loops = tree.integer("http.loops", 0);
    constexpr std::int64_t most_loops = 256;
    if (s.loops < 0 || s.loops > most_loops)
        tree.add_problem("http.loops", std::to_string(s.loops) + " loops", "write 1 to 256, or take it out");
    s.base_path = tree.text("basePath", "/api/auth");
    if (relative_path(s.base_path) == RelativePath::unsafe || s.base_path.ends_with('/'))
        tree.add_problem("basePath", "is no plain path", "write it as /api/auth");
    read_storage(tree, s);
    for (const std::string& name : tree.list("allow")) {
        if (name != "replay") tree.add_problem("allow", "no relaxation is called " + name, "known: replay");
        if (name == "replay") s.replay = Switch::on;
    }
    if (s.replay == Switch::on && !all_loopback(s)) {
        tree.add_problem("allow", "replay on a listener that is not loopback",
                         "listen on 127.0.0.1, or take replay out");
    }
}

void read_addresses(Tree& tree, Settings& s) {
    const bool has_base = tree.has("baseURL");
    const std::string fallback =
        (s.tls ? "https://" : "http://") +
        (s.http_listen.starts_with("127.0.0.1:") ? "localhost" + s.http_listen.substr(9) : s.http_listen);
    const std::string base = tree.text("baseURL", fallback);
    const std::optional<Origin> origin = parse_http_origin(base);
    if (!origin) {
        tree.add_problem("baseURL", "is no http or https origin", "write it as https://auth.example.com");
    } else {
        s.own_origin = *origin;
        s.base_url = origin->text();
        const std::string_view rest = std::string_view{base}.substr(base.find("://") + 3);
        const std::string_view path = rest.substr(std::min(rest.find_first_of("/?#"), rest.size()));
        if (!path.empty() && path != "/" && path != s.base_path)
            tree.add_problem("baseURL", "has a path besides basePath", "write the origin only; the path is basePath");
    }
    const bool local = all_loopback(s) && (!has_base || is_local_host(s.own_origin.host));
    const std::string mode = tree.text("mode", local ? "development" : "production");
    if (mode != "development" && mode != "production")
        tree.add_problem("mode", "is neither development nor production", "write one of the two");
    s.mode = mode == "production" ? Mode::production : Mode::development;
    s.trusted_origins = tree.list("trustedOrigins");
    s.cors_origins = tree.list("cors.origins");
    s.hosts = tree.list("http.hosts");
    s.disabled_paths = tree.list("disabledPaths");
    s.error_url = tree.text("onAPIError.errorURL", "");
}

void read_sessions(Tree& tree, Settings& s) {
    const bool native = s.profile == Profile::native;
    s.email_password = to_switch(tree.flag("emailAndPassword.enabled", native));
    s.sign_up = to_switch(!tree.flag("emailAndPassword.disableSignUp", false));
    s.auto_sign_in = to_switch(tree.flag("emailAndPassword.autoSignIn", true));
    s.min_password = tree.integer("emailAndPassword.minPasswordLength", 8);
    s.max_password = tree.integer("emailAndPassword.maxPasswordLength", 128);
    if (s.min_password < 8)
        tree.add_problem("emailAndPassword.minPasswordLength", "is below 8",
                         "use 8 or more; 15 is recommended where the password is the only factor");
    if (s.max_password < 64 || s.max_password > 4096)
        tree.add_problem("emailAndPassword.maxPasswordLength", "is outside 64 to 4096", "128 is the default");
    s.session_life = positive_seconds(tree, "session.expiresIn", 604800);
    s.session_update_age = seconds_or_zero(tree, "session.updateAge", 86400);
    s.session_absolute = positive_seconds(tree, "session.absoluteLife", native ? 7776000 : 0);
    s.session_fresh = seconds_or_zero(tree, "session.freshAge", 86400);
    s.defer_refresh = to_switch(tree.flag("session.deferSessionRefresh", false));
    if (native || tree.has_below("plugins.bearer")) {
        const bool signed_only = tree.flag("plugins.bearer.requireSignature", native);
        s.bearer = signed_only ? guard::Bearer::signed_only : guard::Bearer::raw_or_signed;
    }
    s.session_refresh = to_switch(!tree.flag("session.disableSessionRefresh", false));
}

}    // namespace

bool is_loopback(std::string_view listen) {
    return listen.starts_with("127.") || listen.starts_with("[::1]") || listen.starts_with("localhost:");
}

bool all_loopback(const Settings& s) {
    return is_loopback(s.http_listen) && (s.management_listen == "off" || is_loopback(s.management_listen));
}

Settings read_settings(Tree& tree) {
    Settings settings;
    read_basics(tree, settings);
    read_tls(tree, settings);
    read_limits(tree, settings.limits);
    read_addresses(tree, settings);
    check_tls(tree, settings);
    read_cookies(tree, settings);
    read_sessions(tree, settings);
    read_passwords(tree, settings);
    read_fields(tree, settings);
    read_secondary(tree, settings);
    read_client_limits(tree, settings);
    read_failure_limit(tree, settings);
    read_tokens(tree, settings);
    read_mail(tree, settings);
    read_events(tree, settings);
    check_lists(tree, settings);
    refuse_unsafe(tree, settings);
    return settings;
}

}    // namespace countersign::app

#include "app/application.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/cookie_parts.hpp"
#include "app/database.hpp"
#include "app/event_parts.hpp"
#include "app/failure_settings.hpp"
#include "app/inbox.hpp"
#include "app/key_value_parts.hpp"
#include "app/mail_parts.hpp"
#include "app/management.hpp"
#include "app/pages.hpp"
#include "app/password_settings.hpp"
#include "app/plugins.hpp"
#include "app/secret_ages.hpp"
#include "app/signing_keys.hpp"
#include "app/token_settings.hpp"
#include "base/cores.hpp"
#include "guard/guard.hpp"
#include "guard/session_caller.hpp"
#include "http/openapi.hpp"
#include "identity/users.hpp"
#include "plugins/core/core.hpp"
#include "plugins/email_password/email_password.hpp"
#include "plugins/jwt/jwt.hpp"
#include "plugins/password/password.hpp"
#include "storage/origin.hpp"
#include "storage/tables.hpp"
#include "token/issuer.hpp"

namespace countersign::app {
namespace {

/// Held while the server runs, so that two servers never share a database file by accident.
class DataLock {
  public:
    DataLock() = default;
    DataLock(const DataLock&) = delete;
    DataLock& operator=(const DataLock&) = delete;
    ~DataLock() {
        if (file_ >= 0) ::close(file_);
    }
    Result<void> take(const std::string& path) {
        file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (file_ < 0) return fail(Code::config_invalid, "a folder that can be written", path);
        if (::flock(file_, LOCK_EX | LOCK_NB) != 0)
            return fail(Code::config_invalid, "a database that no other server holds", path);
        return {};
    }

  private:
    int file_ = -1;
};

constexpr std::array<std::string_view, 3> loopback_names{"localhost", "127.0.0.1", "[::1]"};

session::SessionOptions session_options(const Settings& s) {
    constexpr Seconds unremembered{86400};    // Better Auth's life of a session that is not remembered
    return {.expires_in = s.session_life,
            .unremembered_expires_in = unremembered,
            .update_age = s.session_update_age,
            .absolute_life = s.session_absolute,
            .at_rest = s.profile == Profile::native ? session::TokenAtRest::hashed : session::TokenAtRest::plain,
            .fresh_age = s.session_fresh,
            .held = s.profile == Profile::native ? session::HeldSession::ended : session::HeldSession::kept,
            .beside = s.secondary.session_rows,
            .rows = {.fields = &s.session_fields, .ids = s.row_ids},
            .user_fields = &s.user_fields};
}

token::IssuerOptions issuer_options(const Settings& s) {
    token::IssuerOptions options{
        .profile = s.profile == Profile::native ? token::TokenProfile::access : token::TokenProfile::session_jwt,
        .issuer = s.token_issuer,
        .audiences = s.token_audiences,
        .life = s.token_life,
        .payload_fields = s.token_payload,
        .constant_claims = s.token_claims,
        .subject = s.token_subject == "email" ? token::Subject::email : token::Subject::id};
    return options;
}

/// Better Auth must be able to read what it made the table for; in a database of our own nobody else reads.
identity::HashScheme scheme_of(const Settings& s, storage::Origin origin) {
    return s.profile == Profile::native && origin == storage::Origin::ours ? identity::HashScheme::argon2id
                                                                           : identity::HashScheme::better_auth_scrypt;
}

identity::PasswordPolicy password_policy(const Settings& s, storage::Origin origin,
                                         const std::optional<identity::PasswordRules>& rules) {
    return {.min_length = static_cast<std::size_t>(s.min_password),
            .max_length = static_cast<std::size_t>(s.max_password),
            .scheme = scheme_of(s, origin),
            .taken = s.auto_sign_in == Switch::on && s.mail.require_verified == Switch::off
                         ? identity::TakenAddress::refused
                         : identity::TakenAddress::concealed,
            .rules = rules ? &*rules : nullptr};
}

core::CoreOptions core_options(const Settings& s) {
    using Core = core::CoreOptions;
    return {.error_page = s.mode == Mode::development ? Core::ErrorPage::html : Core::ErrorPage::redirect,
            .error_url = s.error_url,
            .defer_refresh = s.defer_refresh == Switch::on ? Core::DeferRefresh::on : Core::DeferRefresh::off,
            .sliding_refresh = s.session_refresh == Switch::on ? Core::SlidingRefresh::on : Core::SlidingRefresh::off};
}

/// Each hook with the row that the router has at its path.
std::vector<std::pair<const http::Endpoint*, const http::AfterHook*>> hooks_of(const http::Router& router,
                                                                               const Settings& s) {
    std::vector<std::pair<const http::Endpoint*, const http::AfterHook*>> hooks;
    for (const Plugin* plugin : all_plugins()) {
        if (is_on(*plugin, s) == Switch::off) continue;
        for (const http::AfterHook& hook : plugin->hooks) {
            const auto* row = router.find(hook.method, router.base_path() + std::string{*hook.path});
            if (row != nullptr) hooks.emplace_back(row, &hook);
        }
    }
    return hooks;
}

email_password::EmailPasswordOptions password_options(const Settings& s) {
    using Flag = email_password::EmailPasswordOptions::Switch;
    const auto flag = [](Switch on) { return on == Switch::on ? Flag::on : Flag::off; };
    return {.enabled = flag(s.email_password),
            .sign_up = flag(s.sign_up),
            .auto_sign_in = flag(s.auto_sign_in),
            .require_verified = flag(s.mail.require_verified),
            .send_on_sign_up = flag(s.mail.send_verification == Switch::on ? s.mail.send_on_sign_up : Switch::off),
            .send_on_sign_in = flag(s.mail.send_on_sign_in),
            .notice = flag(s.profile == Profile::native ? Switch::on : Switch::off)};
}

/// RDR-06. Better Auth does not look at Host: its profile does only where names are listed.
guard::Hosts hosts_of(const Settings& s) {
    if (s.profile == Profile::better_auth && s.hosts.empty()) return guard::Hosts::unchecked();
    guard::Hosts hosts;
    hosts.add(s.own_origin);
    for (const std::string& host : s.hosts) hosts.add(host);
    if (s.mode == Mode::production) return hosts;
    const std::string port = s.http_listen.substr(s.http_listen.rfind(':'));
    for (const std::string_view name : loopback_names) hosts.add(std::string{name} + (port == ":0" ? "" : port));
    return hosts;
}

/// An address is no name that a page could rebind, and probes ask by address.
guard::Hosts management_hosts_of(const Settings& s) {
    guard::Hosts hosts{guard::Hosts::Addresses::any_literal};
    for (const std::string_view name : loopback_names) hosts.add(name);
    for (const std::string& host : s.hosts) hosts.add(host);
    return hosts;
}

}    // namespace

http::Router make_router(const Settings& settings) {
    http::Router router{settings.base_path};
    for (const Plugin* plugin : all_plugins()) {
        if (is_on(*plugin, settings) == Switch::off) continue;
        for (const http::Endpoint* row : *plugin->endpoints) {
            *row->path == default_jwks_path ? router.add_at(*row, settings.jwks_path) : router.add(*row);
        }
    }
    add_pages(router);
    add_local_inbox(router, settings);
    return router;
}

std::string api_document(const Settings& settings) {
    return http::openapi_document(make_router(settings),
                                  {.server_url = settings.base_url,
                                   .session_cookie = guard::cookie_form(settings.cookies.rules, "session_token").name,
                                   .disabled_paths = settings.disabled_paths});
}

struct Application::Parts {
    Parts(const Settings& s, ApplicationSecrets given, const Clock& clock, Random& random, Logger& log)
        : settings{s},
          keys{keyring_of(std::move(given))},
          key_values{make_key_values(s, clock)},
          permits{usable_cores(), 32 * usable_cores()},
          rules{password_rules(s)},
          trace{s.data_folder + "/" + std::string{trace_file}},
          gate{{.profile = s.profile,
                .cors_origins = s.cors_origins,
                .disabled_paths = s.disabled_paths,
                .base_path = s.base_path,
                .hosts = hosts_of(s),
                .probe_path = s.base_path + "/ok",
                .addresses = s.addresses,
                .limit = s.request_limit},
               guard::TrustedOrigins{s.own_origin, s.trusted_origins, s.profile},
               trace,
               log},
          management_gate{{.profile = s.profile, .hosts = management_hosts_of(s)},
                          guard::TrustedOrigins{s.own_origin, {}, s.profile},
                          trace,
                          log},
          router{make_router(s)},
          management{management_router()},
          mail{s},
          core_settings{core_options(s)},
          document{api_document(s)},
          password_settings{password_options(s)},
          jwt_settings{.header = s.jwt_header == Switch::on ? jwt::JwtOptions::Header::set
                                                            : jwt::JwtOptions::Header::left_out},
          change_settings{.age = s.profile == Profile::native ? password::PasswordOptions::Age::fresh
                                                              : password::PasswordOptions::Age::any},
          clock_{&clock},
          random_{&random},
          log_{&log} {}

    Result<void> open();
    void count_requests();
    Result<void> serve();
    void expose_gauges(http::Exposition& out) const;

    Settings settings;
    crypto::Keyring keys;
    std::unique_ptr<storage::MemoryKeyValues> key_values;    // null: without secondary storage
    std::optional<guard::SessionCookies> cookies;
    crypto::HashPermits permits;
    std::optional<identity::PasswordRules> rules;
    guard::DecisionTrace trace;
    guard::Guard gate;
    guard::Guard management_gate;
    http::Router router;
    http::Router management;
    MailParts mail;
    core::CoreOptions core_settings;
    core::ApiDocument document;
    email_password::EmailPasswordOptions password_settings;
    jwt::JwtOptions jwt_settings;
    password::PasswordOptions change_settings;
    ManagementState management_state;
    DataLock lock;
    std::unique_ptr<storage::Storage> storage;
    std::unique_ptr<guard::RequestCounts> request_counts;    // absent: in memory, by the gate itself
    std::optional<guard::FailureLimit> failures;
    std::optional<session::Sessions> sessions;
    std::optional<identity::Users> users;
    std::optional<SecretAges> secret_ages;
    std::optional<events::Journal> journal;
    std::optional<token::SigningKeys> signing_keys;
    std::optional<token::Issuer> issuer;
    std::optional<guard::SessionCaller> caller;
    Services services;
    std::optional<http::Pipeline> pipeline;
    std::optional<http::Pipeline> management_pipeline;
    std::optional<http::Metrics> metrics;
    std::optional<http::Metrics> management_metrics;
    std::unique_ptr<http::TlsContext> tls;
    std::unique_ptr<http::Server> server;
    std::atomic<const http::Lanes*> lanes{nullptr};    // loops may be asked for it before serve() is done

  private:
    const Clock* clock_;
    Random* random_;
    Logger* log_;
};

Result<void> Application::Parts::open() {
    CS_CHECK(crypto::start());
    if (const std::string file = lock_file(settings); !file.empty()) CS_CHECK(lock.take(file));
    CS_TRY(storage, open_database(settings));
    CS_TRY(const std::vector<storage::Step> left, storage->complete(wanted_schema(settings)));
    for (const storage::Step& step : left)
        log_->event(Level::warn, "schema.incomplete", {{"what", step.what}, {"mend", "countersign migrate --apply"}});
    count_requests();
    failures.emplace(make_failure_limit(settings, keys, *storage, *clock_, *random_));
    sessions.emplace(*storage, *clock_, *random_, session_options(settings), key_values.get());
    CS_TRY(const storage::Origin origin, storage::origin_of(*storage));
    users.emplace(*storage, permits, *clock_, *random_,
                  crypto::HmacKey{crypto::purpose_key(keys.current(), "unknown-user-hash").reveal()},
                  password_policy(settings, origin, rules),
                  identity::RowForm{.fields = &settings.user_fields, .ids = settings.row_ids});
    users->tell(*sessions);
    users->begin_counting_hashes();
    CS_TRY(secret_ages, SecretAges::read(*storage, keys, clock_->now()));
    signing_keys.emplace(*storage, keys, *clock_, *random_, *log_, key_options(settings));
    if (settings.events.state == Switch::on) {
        journal.emplace(*storage, keys, *clock_, *random_, *log_, journal_options(settings));
        services.add(*journal);
        signing_keys->record_in(*journal);
        note_relaxations(*journal, settings, clock_->now());
        journal->start();
    }
    issuer.emplace(*signing_keys, *clock_, *random_, issuer_options(settings));
    CS_TRY(cookies, make_cookies(settings, keys, *random_));
    caller.emplace(SessionGate{*sessions}, *cookies, *storage);
    CS_CHECK(mail.open(settings, *storage, keys, *clock_, *random_, key_values.get()));
    mail.add_to(services);
    add_managed_inbox(management, settings);
    add_key_value_view(management, settings);
    if (key_values) services.add(*key_values);
    services.add(*cookies);
    services.add(*failures);
    services.add(core_settings);
    services.add(document);
    services.add(password_settings);
    services.add(jwt_settings);
    services.add(change_settings);
    services.add(*sessions);
    services.add(*users);
    services.add(*issuer);
    services.add(management_state);
    return {};
}

/// Where the request limit counts, if not in memory.
void Application::Parts::count_requests() {
    switch (settings.request_limit.storage) {
        case guard::RequestLimitOptions::Storage::memory:
            return;
        case guard::RequestLimitOptions::Storage::secondary:
            request_counts = std::make_unique<guard::KeyedRequestCounts>(*key_values);
            break;
        case guard::RequestLimitOptions::Storage::database:
            request_counts = std::make_unique<guard::StoredRequestCounts>(
                *storage, *random_,
                guard::StoredRequestCounts::Options{.longest_window = gate.limit().longest_window(),
                                                    .smallest_max = gate.limit().smallest_max(),
                                                    .ids = settings.row_ids});
    }
    gate.count_in(*request_counts);
}

Result<void> Application::Parts::serve() {
    const std::size_t loops = settings.loops > 0 ? static_cast<std::size_t>(settings.loops) : usable_cores();
    metrics.emplace(router, loops);
    management_metrics.emplace(management, loops);
    const bool https = settings.own_origin.scheme == "https";
    const http::Lane reads = storage->reads() == storage::Reads::at_once ? http::Lane::inline_ : http::Lane::storage;
    pipeline.emplace(
        router, gate, &*caller,
        http::PipelineOptions{
            .profile = settings.profile, .https = https, .look_up_lane = reads, .hooks = hooks_of(router, settings)});
    management_pipeline.emplace(management, management_gate, nullptr,
                                http::PipelineOptions{.profile = settings.profile, .look_up_lane = reads});
    http::ServerOptions options{.loops = loops};
    options.lanes.hash.threads = 2 * usable_cores() + 2;
    CS_TRY(const http::ListenAddress address, http::parse_listen_address(settings.http_listen));
    if (settings.tls) {
        auto loaded = http::TlsContext::load(*settings.tls);
        if (!loaded.has_value()) return fail(Code::config_invalid, "a certificate and its key");
        tls = *std::move(loaded);
    }
    options.sites.push_back({.address = address,
                             .pipeline = &*pipeline,
                             .metrics = &*metrics,
                             .services = &services,
                             .limits = settings.limits,
                             .tls = tls.get()});
    if (settings.management_listen != "off") {
        CS_TRY(const http::ListenAddress managed, http::parse_listen_address(settings.management_listen));
        options.sites.push_back({.address = managed,
                                 .pipeline = &*management_pipeline,
                                 .metrics = &*management_metrics,
                                 .services = &services,
                                 .drain = http::Drain::last});
    }
    management_state.metrics = &*metrics;
    management_state.gauges = [this](http::Exposition& out) { expose_gauges(out); };
    CS_TRY(server, http::Server::start(std::move(options), *clock_, *random_));
    lanes = &server->lanes();
    management_state.ready = true;
    return {};
}

/// Depths and permits: how near each bulkhead is to saying 503.
void Application::Parts::expose_gauges(http::Exposition& out) const {
    using Kind = http::Exposition::Kind;
    const auto one = [&out](std::string_view name, Kind kind, std::string_view help, auto value) {
        out.family(name, kind, help);
        out.sample({}, static_cast<double>(value));
    };
    one("countersign_hash_permits", Kind::gauge, "Password hashes that may run at once.", permits.at_once());
    one("countersign_hash_permits_in_use", Kind::gauge, "Password hashes that run.", permits.in_use());
    one("countersign_hash_waiting", Kind::gauge, "Requests that wait for a permit.", permits.waiting());
    one("countersign_limits_counted_alone_total", Kind::counter,
        "Requests counted in memory since the shared counts could not be asked.", gate.counted_alone());
    one("countersign_trace_dropped_total", Kind::counter, "Refusals without a record.", trace.dropped());
    expose_failures(out, *failures);
    secret_ages->expose(out, clock_->now());
    if (journal) expose_events(out, *journal);
    if (key_values) expose_key_values(out, *key_values);
    if (settings.jwt == Switch::on) expose_keys(out, *signing_keys, clock_->now());
    const http::Lanes* const started = lanes.load();
    if (started == nullptr) return;
    constexpr std::array<std::pair<std::string_view, http::Lane>, 3> names{
        {{"storage", http::Lane::storage}, {"hash", http::Lane::hash}, {"outbound", http::Lane::outbound}}};
    out.family("countersign_lane_depth", Kind::gauge, "Requests in the queue of a lane.");
    for (const auto& [name, lane] : names) {
        out.sample({{"lane", name}}, static_cast<double>(started->depth(lane)));
    }
    out.family("countersign_lane_running", Kind::gauge, "Requests that a lane works on.");
    for (const auto& [name, lane] : names) {
        out.sample({{"lane", name}}, static_cast<double>(started->running(lane)));
    }
}

Application::Application(std::unique_ptr<Parts> parts) : parts_{std::move(parts)} {}
Application::~Application() = default;

Result<std::unique_ptr<Application>> Application::start(const Settings& settings, ApplicationSecrets secrets,
                                                        const Clock& clock, Random& random, Logger& log) {
    auto parts = std::make_unique<Parts>(settings, std::move(secrets), clock, random, log);
    CS_CHECK(parts->open());
    CS_CHECK(parts->serve());
    return std::unique_ptr<Application>{new Application{std::move(parts)}};
}

std::uint16_t Application::port() const { return parts_->server->port(0); }
std::uint16_t Application::management_port() const { return parts_->server->port(1); }

void Application::stop(Seconds longest) {
    parts_->management_state.ready = false;
    parts_->server->stop(longest);
}

}    // namespace countersign::app

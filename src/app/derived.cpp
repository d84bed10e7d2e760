#include "app/settings.hpp"
#include "base/cores.hpp"

namespace countersign::app {
namespace {

struct Derived {
    std::string_view path;
    std::string (*value)(const Settings&);
};

std::string words(Switch s) { return s == Switch::on ? "true" : "false"; }

constexpr Derived rows[]{
    {"mode", [](const Settings& s) { return std::string{s.mode == Mode::production ? "production" : "development"}; }},
    {"http.loops",
     [](const Settings& s) {
         return std::to_string(s.loops > 0 ? s.loops : static_cast<std::int64_t>(usable_cores()));
     }},
    {"baseURL", [](const Settings& s) { return s.base_url; }},
    {"emailAndPassword.enabled", [](const Settings& s) { return words(s.email_password); }},
    {"session.absoluteLife",
     [](const Settings& s) {
         return s.session_absolute.count() == 0 ? "without end" : std::to_string(s.session_absolute.count());
     }},
    {"rateLimit.enabled",
     [](const Settings& s) {
         return std::string{s.request_limit.state == guard::RequestLimitOptions::State::on ? "true" : "false"};
     }},
    {"failureLimit.enabled",
     [](const Settings& s) {
         return std::string{s.failure_limit.state == guard::FailureOptions::State::on ? "true" : "false"};
     }},
    {"rateLimit.storage",
     [](const Settings& s) {
         constexpr std::string_view names[]{"memory", "database", "secondary-storage"};
         return std::string{names[static_cast<std::size_t>(s.request_limit.storage)]};
     }},
    {"advanced.useSecureCookies", [](const Settings& s) { return words(s.secure_cookies); }},
    {"advanced.crossSubDomainCookies.domain",
     [](const Settings& s) { return s.cookies.rules.domain.empty() ? "none" : s.cookies.rules.domain; }},
    {"plugins.bearer", [](const Settings& s) { return std::string{s.bearer == guard::Bearer::off ? "off" : "on"}; }},
    {"plugins.bearer.requireSignature",
     [](const Settings& s) { return std::string{s.bearer == guard::Bearer::signed_only ? "true" : "false"}; }},
    {"plugins.jwt", [](const Settings& s) { return std::string{s.jwt == Switch::on ? "on" : "off"}; }},
    {"plugins.jwt.issuer", [](const Settings& s) { return s.token_issuer; }},
    {"plugins.jwt.jwt.issuer", [](const Settings& s) { return s.token_issuer; }},
    {"plugins.jwt.audiences", [](const Settings& s) { return s.token_audiences.front(); }},
    {"plugins.jwt.jwt.audience", [](const Settings& s) { return s.token_audiences.front(); }},
    {"plugins.jwt.jwt.expirationTime", [](const Settings& s) { return std::to_string(s.token_life.count()) + "s"; }},
};

}    // namespace

std::optional<std::string> derived_value(std::string_view path, const Settings& settings) {
    const auto* row = std::ranges::find(rows, path, &Derived::path);
    if (row == std::end(rows)) return std::nullopt;
    return row->value(settings);
}

}    // namespace countersign::app

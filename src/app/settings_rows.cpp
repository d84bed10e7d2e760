// Every key there is but those of tokens. What they mean together is read in settings.cpp.
#include "app/cookie_settings.hpp"
#include "app/event_settings.hpp"
#include "app/failure_settings.hpp"
#include "app/limit_settings.hpp"
#include "app/mail_settings.hpp"
#include "app/password_settings.hpp"
#include "app/secondary_settings.hpp"
#include "app/settings.hpp"
#include "app/token_settings.hpp"

namespace countersign::app {
namespace {

using config::Kind;

/// An option of Better Auth whose feature is still to come.
constexpr config::Key later(std::string_view path, std::string_view meaning, Kind kind = Kind::object) {
    return {.path = path, .kind = kind, .fallback = "", .meaning = meaning, .since = config::Since::later};
}

constexpr config::Key rows[]{
    {.path = "profile",
     .kind = Kind::text,
     .fallback = "native",
     .meaning = "native: the strict rule wins; better-auth: the wire wins",
     .secures = "native keeps every strict rule; better-auth gives up the ones that its wire format forbids"},
    {.path = "mode",
     .kind = Kind::text,
     .fallback = "by listeners and baseURL",
     .meaning = "development or production",
     .secures = "production refuses to start unsafe"},
    {.path = "allow",
     .kind = Kind::text_list,
     .fallback = "",
     .meaning = "named relaxations of production mode, each logged at start",
     .secures = "each name takes a refusal of production mode away"},
    {.path = "http.listen",
     .kind = Kind::text,
     .fallback = "127.0.0.1:8080",
     .meaning = "address and port of the server",
     .secures = "who can reach the server at all"},
    {.path = "http.tls.certificate",
     .kind = Kind::text,
     .fallback = "plain http",
     .meaning = "PEM file of the certificate chain: the server speaks TLS 1.2 and 1.3 itself",
     .secures = "nobody on the way reads or changes what is sent"},
    {.path = "http.tls.key",
     .kind = Kind::text,
     .fallback = "plain http",
     .meaning = "PEM file of its private key",
     .secures = "nobody else can pose as this server; in production its file is not readable by everybody"},
    {.path = "http.hosts",
     .kind = Kind::text_list,
     .fallback = "that of baseURL",
     .meaning = "further values of Host that are answered, as auth.internal or auth.internal:8080",
     .secures = "a name that is not ours reaches nothing (DNS rebinding, poisoned links)"},
    {.path = "http.loops", .kind = Kind::integer, .fallback = "one a core", .meaning = "event loops"},
    {.path = "http.limits.connections",
     .kind = Kind::integer,
     .fallback = "20000",
     .meaning = "open connections in all; above them: 503",
     .secures = "overload stays bounded"},
    {.path = "http.limits.connectionsPerClient",
     .kind = Kind::integer,
     .fallback = "10000",
     .meaning = "open connections of one address; a proxy in front is one client",
     .secures = "one client cannot take every connection"},
    {.path = "management.listen",
     .kind = Kind::text,
     .fallback = "127.0.0.1:9464",
     .meaning = "address of /ready and /metrics; off: none",
     .secures = "operations data stays inside"},
    {.path = "storage.url",
     .kind = Kind::text,
     .fallback = "sqlite:./countersign.db",
     .meaning = "the database: sqlite:FILE or file:FILE, relative to the working directory, or postgres://..."},
    {.path = "baseURL",
     .kind = Kind::text,
     .fallback = "the listener in development",
     .meaning = "public origin: trusted origin, cookies, issuer",
     .secures = "the one origin that is ours: cookies, links, redirects and Host are measured by it"},
    {.path = "basePath", .kind = Kind::text, .fallback = "/api/auth", .meaning = "path in front of all endpoints"},
    {.path = "secret",
     .kind = Kind::secret,
     .fallback = "generated in development",
     .meaning = "signs cookies and seals keys; with secrets, the one for data without version",
     .secures = "nobody else can make a cookie or open a sealed key"},
    {.path = "secrets",
     .kind = Kind::secrets,
     .fallback = "",
     .meaning = "versioned secrets as \"2:new,1:old\" or a list of {version, value}, newest first",
     .secures = "the secret can be changed without losing what is sealed"},
    {.path = "trustedOrigins",
     .kind = Kind::text_list,
     .fallback = "",
     .meaning = "origins besides baseURL that may send cookies and be redirected to",
     .secures = "only these sites can act with a user's cookies or be redirected to (CSRF, open redirect)"},
    {.path = "cors.origins",
     .kind = Kind::text_list,
     .fallback = "CORS is off",
     .meaning = "exact origins whose scripts may read answers",
     .secures = "only scripts of these sites can read answers"},
    {.path = "disabledPaths",
     .kind = Kind::text_list,
     .fallback = "",
     .meaning = "endpoints that answer 404",
     .secures = "what is not served cannot be attacked"},
    {.path = "onAPIError.errorURL",
     .kind = Kind::text,
     .fallback = "/",
     .meaning = "where /error sends browsers in production",
     .secures = "errors lead to a page of yours"},
    {.path = "emailAndPassword.enabled",
     .kind = Kind::boolean,
     .fallback = "true in native",
     .meaning = "sign-up and sign-in by address and password"},
    {.path = "emailAndPassword.disableSignUp",
     .kind = Kind::boolean,
     .fallback = "false",
     .meaning = "nobody can register",
     .secures = "no accounts but those that you make"},
    {.path = "emailAndPassword.autoSignIn",
     .kind = Kind::boolean,
     .fallback = "true",
     .meaning = "sign-up makes a session"},
    {.path = "emailAndPassword.minPasswordLength",
     .kind = Kind::integer,
     .fallback = "8",
     .meaning = "shortest new password",
     .secures = "guessing a password takes longer"},
    {.path = "emailAndPassword.maxPasswordLength",
     .kind = Kind::integer,
     .fallback = "128",
     .meaning = "longest password, checked before hashing",
     .secures = "hashing costs are bounded"},
    {.path = "session.expiresIn",
     .kind = Kind::integer,
     .fallback = "604800",
     .meaning = "life of a session in seconds",
     .secures = "a stolen cookie that is not used ends"},
    {.path = "session.updateAge",
     .kind = Kind::integer,
     .fallback = "86400",
     .meaning = "age in seconds after which a read prolongs it",
     .secures = "how exact the end of an unused session is"},
    {.path = "session.absoluteLife",
     .kind = Kind::integer,
     .fallback = "7776000 in native",
     .meaning = "end of a session however often it is prolonged, in seconds",
     .secures = "a stolen cookie ends even while it is used"},
    {.path = "session.freshAge",
     .kind = Kind::integer,
     .fallback = "86400",
     .meaning = "age in seconds up to which endpoints that want a young session accept one; 0: any age",
     .secures = "a stolen cookie that is old cannot list sessions or take accounts away"},
    {.path = "session.additionalFields",
     .kind = Kind::object,
     .fallback = "",
     .meaning = "columns of your own: name to { type, required, input, returned, defaultValue }"},
    {.path = "user.additionalFields",
     .kind = Kind::object,
     .fallback = "",
     .meaning = "columns of your own: name to { type, required, input, returned, defaultValue }",
     .secures = "a field with input = false is set by the server only"},
    {.path = "advanced.database.generateId",
     .kind = Kind::text,
     .fallback = "32 letters and digits",
     .meaning = "uuid: ids of rows are UUIDs"},
    {.path = "session.deferSessionRefresh",
     .kind = Kind::boolean,
     .fallback = "false",
     .meaning = "GET only reports, POST prolongs"},
    {.path = "session.disableSessionRefresh",
     .kind = Kind::boolean,
     .fallback = "false",
     .meaning = "sessions are never prolonged"},
    {.path = "plugins", .kind = Kind::table, .fallback = "jwt in native", .meaning = "features by id"},
    {.path = "plugins.bearer",
     .kind = Kind::table,
     .fallback = "on in native",
     .meaning = "sessions in Authorization: Bearer; answers that set the cookie carry set-auth-token"},
    {.path = "plugins.bearer.requireSignature",
     .kind = Kind::boolean,
     .fallback = "true in native",
     .meaning = "only the signed token of set-auth-token is accepted",
     .secures = "the token of an answer or of a plain table signs nobody in"},
    {.path = "plugins.jwt.disableSettingJwtHeader",
     .kind = Kind::boolean,
     .fallback = "false",
     .meaning = "no set-auth-jwt header on /get-session"},
    {.path = "plugins.jwt", .kind = Kind::table, .fallback = "on in native", .meaning = "GET /token and GET /jwks"},
};

constexpr config::Key later_rows[]{
    later("appName", "the name that authenticator apps show (two-factor)"),
    later("account", "linking of accounts (social sign-in)"),
    later("socialProviders", "social sign-in"),
    later("plugins.jwt.jwks.remoteUrl", "keys that stand elsewhere"),
    later("session.cookieCache.refreshCache", "sessions outside of the database"),
    later("plugins.admin", "a feature of its own"),
    later("plugins.anonymous", "a feature of its own"),
    later("plugins.api-key", "a feature of its own"),
    later("plugins.captcha", "a feature of its own"),
    later("plugins.custom-session", "a feature of its own"),
    later("plugins.device-authorization", "a feature of its own"),
    later("plugins.email-otp", "a feature of its own"),
    later("plugins.generic-oauth", "a feature of its own"),
    later("plugins.have-i-been-pwned", "a feature of its own"),
    later("plugins.i18n", "a feature of its own"),
    later("plugins.last-login-method", "a feature of its own"),
    later("plugins.magic-link", "a feature of its own"),
    later("plugins.mcp", "a feature of its own"),
    later("plugins.multi-session", "a feature of its own"),
    later("plugins.oauth-provider", "a feature of its own"),
    later("plugins.one-tap", "a feature of its own"),
    later("plugins.one-time-token", "a feature of its own"),
    later("plugins.organization", "a feature of its own"),
    later("plugins.passkey", "a feature of its own"),
    later("plugins.phone-number", "a feature of its own"),
    later("plugins.scim", "a feature of its own"),
    later("plugins.siwe", "a feature of its own"),
    later("plugins.sso", "a feature of its own"),
    later("plugins.two-factor", "a feature of its own"),
    later("plugins.username", "a feature of its own"),
};

constexpr config::Alias aliases[]{
    {"BETTER_AUTH_SECRET", "secret"},
    {"AUTH_SECRET", "secret"},
    {"BETTER_AUTH_SECRETS", "secrets"},
    {"BETTER_AUTH_URL", "baseURL"},
    {"BETTER_AUTH_TRUSTED_ORIGINS", "trustedOrigins"},
    {"DATABASE_URL", "storage.url"},
};

}    // namespace

std::span<const config::Key> setting_rows() {
    static const std::vector<config::Key> all = [] {
        std::vector<config::Key> joined{std::begin(rows), std::end(rows)};
        joined.insert(joined.end(), token_setting_rows().begin(), token_setting_rows().end());
        joined.insert(joined.end(), mail_setting_rows().begin(), mail_setting_rows().end());
        joined.insert(joined.end(), cookie_setting_rows().begin(), cookie_setting_rows().end());
        joined.insert(joined.end(), limit_setting_rows().begin(), limit_setting_rows().end());
        joined.insert(joined.end(), event_setting_rows().begin(), event_setting_rows().end());
        joined.insert(joined.end(), failure_setting_rows().begin(), failure_setting_rows().end());
        joined.insert(joined.end(), password_setting_rows().begin(), password_setting_rows().end());
        joined.insert(joined.end(), secondary_setting_rows().begin(), secondary_setting_rows().end());
        joined.insert(joined.end(), std::begin(later_rows), std::end(later_rows));
        return joined;
    }();
    return all;
}

std::span<const config::Alias> setting_aliases() { return aliases; }

}    // namespace countersign::app

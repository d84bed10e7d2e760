// DESIGN §2.1: what production refuses to start with, one change a row.
#include "app/database.hpp"
#include "unit/app/settings_rig.hpp"

namespace countersign::app {
namespace {

/// A configuration that production accepts.
const std::vector<std::pair<std::string, std::string>> safe{
    {"baseURL", "'https://auth.example.com'"},
    {"secret", "'" + std::string{good_secret} + "'"},
    {"trustedOrigins", "['https://app.example.com', 'https://*.preview.example.com', 'myapp://']"},
    {"cors.origins", "['https://app.example.com']"},
};

/// `change`: a line that replaces the one of its key or stands besides; a bare key takes its line out.
std::string with(const std::string& change) {
    const std::string key = change.substr(0, change.find(" ="));
    std::string text;
    for (const auto& [name, value] : safe) {
        if (name != key) text += name + " = " + value + "\n";
    }
    return change.contains(" =") ? text + change + "\n" : text;
}

Loaded load_text(const std::string& text, const testing_support::TemporaryFolder& folder) {
    return load_from({.file_name = "c.toml",
                      .file_text = text,
                      .environment = {{"COUNTERSIGN_STORAGE__URL", "sqlite:" + folder.file("data.db")}}});
}

struct Case {
    std::string change;
    std::string problem;    // the whole list
};

const Case refusals[]{
    {"baseURL", "baseURL: is missing in production mode\n"},
    {"baseURL = 'http://auth.example.com'",
     "baseURL: is plain http in production mode\nadvanced.useSecureCookies: is off in production mode\n"},
    {"baseURL = 'https://auth.example.com/other'", "baseURL: has a path besides basePath\n"},
    {"advanced.useSecureCookies = false", "advanced.useSecureCookies: is off in production mode\n"},
    {"secret", "secret: is missing in production mode\n"},
    {"secret = 'short'", "secret: has fewer than 32 characters\n"},
    {"trustedOrigins = ['http://app.example.com']",
     "trustedOrigins: http://app.example.com is plain http in production mode\n"},
    {"trustedOrigins = ['*.example.com']", "trustedOrigins: *.example.com covers plain http in production mode\n"},
    {"trustedOrigins = ['http*://a.example.com']",
     "trustedOrigins: http*://a.example.com covers plain http in production mode\n"},
    {"trustedOrigins = ['https://*']", "trustedOrigins: https://* trusts everybody\n"},
    {"trustedOrigins = ['https://**']", "trustedOrigins: https://** trusts everybody\n"},
    {"trustedOrigins = ['https://*.com']", "trustedOrigins: https://*.com trusts everybody\n"},
    {"trustedOrigins = ['https://*.com:443']", "trustedOrigins: https://*.com:443 trusts everybody\n"},
    {"trustedOrigins = ['https://app.*']", "trustedOrigins: https://app.* trusts everybody\n"},
    {"trustedOrigins = ['https://*example.com']", "trustedOrigins: https://*example.com trusts everybody\n"},
    {"trustedOrigins = ['*']",
     "trustedOrigins: * covers plain http in production mode\ntrustedOrigins: * trusts everybody\n"},
    {"trustedOrigins = ['']",
     "trustedOrigins: \"\" is no origin\n"
     "trustedOrigins:  covers plain http in production mode\n"},
    {"trustedOrigins = ['https://user@app.example.com']",
     "trustedOrigins: \"https://user@app.example.com\" is no origin\n"},
    {"cors.origins = ['*']",
     "cors.origins: * is a wildcard, and answers carry credentials\n"
     "cors.origins: * covers plain http in production mode\n"
     "cors.origins: * trusts everybody\n"},
    {"cors.origins = ['https://*.example.com']",
     "cors.origins: https://*.example.com is a wildcard, and answers carry credentials\n"},
    {"cors.origins = ['http://app.example.com']",
     "cors.origins: http://app.example.com is plain http in production mode\n"},
    {"cors.origins = ['null']",
     "cors.origins: null is no origin\ncors.origins: null covers plain http in production mode\n"},
    {"session.expiresIn = 0", "session.expiresIn: a life of 0 s\n"},
    {"session.expiresIn = -1", "session.expiresIn: a life of -1 s\n"},
    {"session.expiresIn = 99999999999", "session.expiresIn: a life of 99999999999 s\n"},
    {"session.absoluteLife = 0", "session.absoluteLife: a life of 0 s\n"},
    {"session.updateAge = -1", "session.updateAge: -1 s\n"},
    {"plugins.jwt.jwt.expirationTime = '0s'", "plugins.jwt.jwt.expirationTime: 0s is no life time up to 24 hours\n"},
    {"plugins.jwt.jwt.expirationTime = '25h'", "plugins.jwt.jwt.expirationTime: 25h is no life time up to 24 hours\n"},
    {"plugins.jwt.jwt.expirationTime = 'never'",
     "plugins.jwt.jwt.expirationTime: never is no life time up to 24 hours\n"},
    {"plugins.jwt.jwks.gracePeriod = 60", "plugins.jwt.jwks.gracePeriod: is shorter than the life of a token\n"},
    {"plugins.jwt.jwks.rotationInterval = 0", "plugins.jwt.jwks.rotationInterval: a life of 0 s\n"},
    {"plugins.jwt.jwks.keyPairConfig.alg = 'none'",
     "plugins.jwt.jwks.keyPairConfig.alg: none is no algorithm for signing keys\n"},
    {"plugins.jwt.jwks.keyPairConfig = {alg = 'HS256'}",
     "plugins.jwt.jwks.keyPairConfig.alg: HS256 is no algorithm for signing keys\n"},
    {"plugins.jwt.jwks.keyPairConfig = {alg = 'ES256', crv = 'P-521'}",
     "plugins.jwt.jwks.keyPairConfig.crv: P-521 is no curve of ES256\n"},
    {"plugins.jwt.jwks.keyPairConfig = {alg = 'RS256', modulusLength = 1024}",
     "plugins.jwt.jwks.keyPairConfig.modulusLength: 1024 bits\n"},
    {"plugins.jwt.jwks.disablePrivateKeyEncryption = true",
     "plugins.jwt.jwks.disablePrivateKeyEncryption: is on in production mode: a copied database could sign tokens\n"},
    {"plugins.jwt.jwks.jwksPath = '/token'", "plugins.jwt.jwks.jwksPath: /token is another endpoint\n"},
    {"plugins.jwt.jwks.jwksPath = '../x'", "plugins.jwt.jwks.jwksPath: is no plain path\n"},
    {"plugins.jwt.jwks = {rotationInterval = 600, publishAhead = 400}",
     "plugins.jwt.jwks.publishAhead: is more than half of rotationInterval\n"},
    {"emailAndPassword.minPasswordLength = 7", "emailAndPassword.minPasswordLength: is below 8\n"},
    {"emailAndPassword.maxPasswordLength = 5000", "emailAndPassword.maxPasswordLength: is outside 64 to 4096\n"},
    {"rateLimit.max = 0", "rateLimit.max: 0 is outside 1 to 1000000\n"},
    {"rateLimit.storage = \"redis\"", "rateLimit.storage: names no place for counts\n"},
    {"rateLimit.customRules = { \"/x\" = true }", "rateLimit.customRules./x: is no rule of a path\n"},
    {"advanced.ipAddress.trustedProxies = [\"10.0.0.1/8\"]",
     "advanced.ipAddress.trustedProxies: 10.0.0.1/8 is no address or network\n"},
    {"advanced.ipAddress.trustedProxies = [\"0.0.0.0/0\"]",
     "advanced.ipAddress.trustedProxies: 0.0.0.0/0 lists everybody\n"},
    {"allow = ['everything']", "allow: no relaxation is called everything\n"},
    {"mode = 'staging'", "mode: is neither development nor production\n"},
    {"profile = 'other'", "profile: is neither native nor better-auth\n"},
    {"http.listen = 'example.com'", "http.listen: example.com is no address\n"},
    {"management.listen = 'nowhere'", "management.listen: nowhere is no address\n"},
    {"http.loops = -1", "http.loops: -1 loops\n"},
    {"http.hosts = ['https://auth.internal']", "http.hosts: \"https://auth.internal\" is no host\n"},
    {"http.hosts = ['auth.internal/path']", "http.hosts: \"auth.internal/path\" is no host\n"},
    {"disabledPaths = ['sign-up/email']", "disabledPaths: sign-up/email is no path below basePath\n"},
    {"disabledPaths = ['/api/auth/sign-up/email']",
     "disabledPaths: /api/auth/sign-up/email is no path below basePath\n"},
    {"onAPIError.errorURL = 'javascript:alert(1)'", "onAPIError.errorURL: is neither a path nor an http address\n"},
    {"advanced.cookiePrefix = 'a;b'", "advanced.cookiePrefix: is no part of a cookie's name\n"},
    {"basePath = '//evil.example'", "basePath: is no plain path\n"},
    {"cookies.secure = false", "cookies.secure: no such key (file c.toml)\n"},
    {"advanced.disableCSRFCheck = true", "advanced.disableCSRFCheck: no such key (file c.toml)\n"},
};

TEST(Production, TOOL_06_the_safe_configuration_starts) {
    const testing_support::TemporaryFolder folder;
    const Loaded loaded = load_text(with("profile = 'native'"), folder);
    EXPECT_EQ(problems_of(loaded.tree), "");
    EXPECT_EQ(loaded.settings.mode, Mode::production);
    EXPECT_EQ(loaded.settings.secure_cookies, Switch::on);
    EXPECT_EQ(loaded.secrets.source, "file c.toml");
}

TEST(Production, TOOL_06_one_unsafe_line_stops_it) {
    const testing_support::TemporaryFolder folder;
    for (const Case& row : refusals) {
        const std::string mode = row.change.starts_with("mode") ? "" : "mode = 'production'\n";
        EXPECT_EQ(problems_of(load_text(mode + with(row.change), folder).tree), row.problem) << row.change;
    }
}

TEST(Production, TOOL_06_all_problems_come_at_once) {
    const testing_support::TemporaryFolder folder;
    const Loaded loaded = load_text(
        "mode = 'production'\nbaseURL = 'http://auth.example.com'\nsecret = 'short'\ntrustedOrigins = ['*']\n"
        "session.expiresIn = 0\nbasURL = 'x'\n",
        folder);
    EXPECT_EQ(loaded.tree.problems().size(), 7U) << problems_of(loaded.tree);
}

TEST(Production, TOOL_06_replay_lifts_the_refusals_of_production_and_nothing_else) {
    const testing_support::TemporaryFolder folder;
    const std::string base = "mode = 'production'\nallow = ['replay']\n";
    EXPECT_EQ(problems_of(load_text(base + "baseURL = 'http://127.0.0.1:3900'\ntrustedOrigins = ['*.example.org']\n"
                                           "secret = 'trace-secret-0123456789abcdefghijklmnopqrstuv'\n",
                                    folder)
                              .tree),
              "");
    EXPECT_EQ(
        problems_of(load_text(base + "secret = 'short'\nsession.expiresIn = 0\ncors.origins = ['*']\n", folder).tree),
        "session.expiresIn: a life of 0 s\ncors.origins: * is a wildcard, and answers carry credentials\n"
        "secret: has fewer than 32 characters\n");
    for (const std::string_view listen : {"http.listen = '0.0.0.0:8080'\n", "management.listen = '10.0.0.1:9464'\n"}) {
        EXPECT_EQ(
            problems_of(
                load_text(base + "secret = '" + std::string{good_secret} + "'\n" + std::string{listen}, folder).tree),
            "allow: replay on a listener that is not loopback\n")
            << listen;
    }
}

TEST(Production, the_mode_follows_listeners_and_baseURL) {
    struct Mode_case {
        std::string text;
        Mode mode;
    };
    const Mode_case cases[]{
        {"", Mode::development},
        {"baseURL = 'http://localhost:3000'", Mode::development},
        {"baseURL = 'https://127.0.0.1'", Mode::development},
        {"http.listen = '[::1]:8080'", Mode::development},
        {"management.listen = 'off'", Mode::development},
        {"baseURL = 'https://auth.example.com'", Mode::production},
        {"http.listen = '0.0.0.0:8080'", Mode::production},
        {"http.listen = '[::]:8080'", Mode::production},
        {"management.listen = '0.0.0.0:9464'", Mode::production},
        {"http.listen = '0.0.0.0:8080'\nmode = 'development'", Mode::development},
        {"mode = 'production'", Mode::production},
    };
    const testing_support::TemporaryFolder folder;
    for (const Mode_case& one : cases) EXPECT_EQ(load_text(one.text, folder).settings.mode, one.mode) << one.text;
}

TEST(Settings, the_database_is_a_file_of_SQLite_or_a_URL_of_PostgreSQL) {
    struct Storage {
        std::string url, path, folder, problem;
    };
    const Storage cases[]{
        {"sqlite:./a.db", "./a.db", ".", ""},
        {"sqlite:a.db", "a.db", ".", ""},
        {"file:./data/dev.db", "./data/dev.db", "./data", ""},
        {"file:///var/lib/a.db", "/var/lib/a.db", "/var/lib", ""},
        {"sqlite:/a.db", "/a.db", "/", ""},
        {"sqlite::memory:", ":memory:", ".", ""},
        {"postgres://user:hunter2@db/app", "", ".", ""},
        {"postgresql://user:hunter2@db/app?sslmode=verify-full", "", ".", ""},
        {"postgres://user:hun@ter2@db/app", "", ".", "storage.url: is no URL of PostgreSQL that libpq reads\n"},
        {"postgres://user:hunter2@db/app?schema=public", "", ".",
         "storage.url: is no URL of PostgreSQL that libpq reads\n"},
        {"mysql://user:hunter2@db/app", "", "",
         "storage.url: names a mysql database, and there are SQLite and PostgreSQL\n"},
        {"hunter2", "", "", "storage.url: is no database\n"},
        {"sqlite:", "", ".", "storage.url: names no file\n"},
        {"file://host/hunter2.db", "//host/hunter2.db", "//host", "storage.url: names no file\n"},
        {"file:./dev.db?connection_limit=1", "./dev.db?connection_limit=1", ".", "storage.url: names no file\n"},
    };
    for (const Storage& one : cases) {
        auto tree = config::Tree::load(setting_rows(), setting_aliases(),
                                       {.file_name = {}, .file_text = {}, .environment = {{"DATABASE_URL", one.url}}});
        const Settings settings = read_settings(tree);
        EXPECT_EQ(problems_of(tree), one.problem) << one.url;
        EXPECT_EQ(settings.database_path, one.path) << one.url;
        EXPECT_EQ(settings.data_folder, one.folder) << one.url;
        const bool is_url = one.url.starts_with("postgres");
        EXPECT_EQ(settings.database_url, is_url ? one.url : "") << one.url;
        if (is_url) EXPECT_FALSE(shown_database(settings).contains("hunter2")) << one.url;
    }
}

TEST(Settings, every_alias_names_a_key_and_no_two_keys_share_a_variable) {
    for (const config::Alias& alias : setting_aliases())
        EXPECT_NE(config::find_key(setting_rows(), alias.path), nullptr) << alias.variable;
    std::vector<std::string> names;
    for (const config::Key& row : setting_rows()) names.push_back(config::environment_name(*row.path));
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}    // namespace
}    // namespace countersign::app

// CKY-01, CKY-07, CKY-08: what the settings of cookies mean, and which are refused.
#include "unit/app/settings_rig.hpp"

namespace countersign::app {
namespace {

constexpr std::string_view base = "baseURL = 'https://auth.example.com'\nsecret = 'vR7kQ2mXw9LsT4bNz8HcJ5yPd3GfEa6U'\n";

Loaded load(const std::string& lines, const testing_support::TemporaryFolder& folder) {
    return load_from({.file_name = "c.toml",
                      .file_text = std::string{base} + lines,
                      .environment = {{"COUNTERSIGN_STORAGE__URL", "sqlite:" + folder.file("data.db")}}});
}

std::string line_of(const Settings& s) {
    return http::set_cookie(guard::cookie_form(s.cookies.rules, "session_token"), "v", std::nullopt);
}

TEST(CookieSettings, CKY_01_each_key_changes_the_line_as_it_says) {
    const testing_support::TemporaryFolder folder;
    const std::pair<std::string, std::string> table[]{
        {"", "__Secure-better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=Lax"},
        {"advanced.cookiePrefix = 'acme'", "__Secure-acme.session_token=v; Path=/; HttpOnly; Secure; SameSite=Lax"},
        {"advanced.useHostPrefix = true", "__Host-better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=Lax"},
        {"advanced.crossSubDomainCookies = { enabled = true, domain = 'example.com' }",
         "__Secure-better-auth.session_token=v; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax"},
        {"advanced.crossSubDomainCookies.enabled = true",
         "__Secure-better-auth.session_token=v; Domain=auth.example.com; Path=/; HttpOnly; Secure; SameSite=Lax"},
        {"advanced.crossSubDomainCookies = { enabled = false, domain = 'example.com' }",
         "__Secure-better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=Lax"},
        {"advanced.defaultCookieAttributes = { sameSite = 'strict' }",
         "__Secure-better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=Strict"},
        {"trustedOrigins = ['https://shop.example.org']\n"
         "advanced.defaultCookieAttributes = { sameSite = 'none', partitioned = true }",
         "__Secure-better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"},
        {"advanced.cookies.session_token = { name = 'sid', attributes = { path = '/app' } }",
         "__Secure-sid=v; Path=/app; HttpOnly; Secure; SameSite=Lax"},
    };
    for (const auto& [lines, expected] : table) {
        const Loaded loaded = load(lines, folder);
        EXPECT_EQ(problems_of(loaded.tree), "") << lines;
        EXPECT_EQ(line_of(loaded.settings), expected) << lines;
    }
}

TEST(CookieSettings, the_cache_is_off_until_it_is_switched_on) {
    const testing_support::TemporaryFolder folder;
    EXPECT_FALSE(load("", folder).settings.cookies.cache.has_value());
    EXPECT_FALSE(load("session.cookieCache = { enabled = false, maxAge = 60 }", folder).settings.cookies.cache);
    const auto usual = load("session.cookieCache.enabled = true", folder).settings.cookies.cache;
    ASSERT_TRUE(usual.has_value());
    EXPECT_EQ(usual->form, session::SealForm::compact);
    EXPECT_EQ(usual->life, Seconds{300});
    EXPECT_EQ(usual->version, "1");
    const auto own =
        load("session.cookieCache = { enabled = true, maxAge = 60, strategy = 'jwe', version = '7' }", folder)
            .settings.cookies.cache;
    ASSERT_TRUE(own.has_value());
    EXPECT_EQ(own->form, session::SealForm::jwe);
    EXPECT_EQ(own->life, Seconds{60});
    EXPECT_EQ(own->version, "7");
}

TEST(CookieSettings, CKY_07_CKY_08_what_would_give_cookies_away_or_lose_them_is_refused) {
    const testing_support::TemporaryFolder folder;
    const std::string attributes = "advanced.defaultCookieAttributes";
    const std::pair<std::string, std::string> table[]{
        {"advanced.cookiePrefix = 'a b'", "advanced.cookiePrefix: is no part of a cookie's name\n"},
        {attributes + " = { httpOnly = false }", "is read by every script"},
        {attributes + " = { sameSite = 'none' }", "is sent from every site, and no site is named"},
        {attributes + " = { partitioned = true }", "is sent from every site, and no site is named"},
        {attributes + " = { sameSite = 'any' }", attributes + ": has a sameSite that is not known\n"},
        {attributes + " = { maxAge = 5 }", attributes + ": has the attribute maxAge, which is not for settings\n"},
        {attributes + " = { httpOnly = 1 }", attributes + ": httpOnly is not true or false\n"},
        {attributes + " = { path = 'app' }", attributes + ": has a path that is no plain path\n"},
        {attributes + " = { path = '/a;b' }", attributes + ": has a path that is no plain path\n"},
        {attributes + " = { domain = 'a b' }", attributes + ": has a domain that is none\n"},
        {attributes + " = { domain = 'com' }", "the domain com of __Secure-better-auth.session_token is everybody's"},
        {attributes + " = { domain = 'example.org' }", "is not that of baseURL"},
        {"advanced.crossSubDomainCookies = { enabled = true, domain = 'ample.com' }", "is not that of baseURL"},
        {"advanced.crossSubDomainCookies = { enabled = true, domain = '.com' }", "is everybody's"},
        {"advanced.crossSubDomainCookies = { enabled = true, domain = 'e x' }",
         "advanced.crossSubDomainCookies.domain: is no domain"},
        {"advanced.useHostPrefix = true\nadvanced.crossSubDomainCookies.enabled = true",
         "advanced.useHostPrefix: is for one host, and crossSubDomainCookies for many\n"},
        {"advanced.cookies.sid = { name = 'x' }", "advanced.cookies.sid: is no cookie of this server\n"},
        {"advanced.cookies.session_token = { value = 'x' }",
         "advanced.cookies.session_token: has the option value, which is not known here\n"},
        {"advanced.cookies.session_token = { name = '__Host-x' }",
         "advanced.cookies.session_token: has a name that is none\n"},
        {"advanced.cookies.session_token = { name = 'a;b' }",
         "advanced.cookies.session_token: has a name that is none\n"},
        {"advanced.cookies.session_token = { attributes = 5 }",
         "advanced.cookies.session_token.attributes: is no table\n"},
        {"advanced.cookies.session_token = { name = 'better-auth.session_data' }", "get in each other's way\n"},
        {"advanced.cookies.session_token = { name = 'better-auth.known_device' }", "get in each other's way\n"},
        {"advanced.cookies = { session_token = { name = 'sid' }, session_data = { name = 'sid.1' } }",
         "get in each other's way\n"},
        {"session.cookieCache = { enabled = true, strategy = 'plain' }",
         "session.cookieCache.strategy: is none that is known\n"},
        {"session.cookieCache = { enabled = true, maxAge = 0 }", "session.cookieCache.maxAge: a life of 0 s\n"},
        {"session.cookieCache = { enabled = true, refreshCache = true }", "session.cookieCache.refreshCache"},
    };
    for (const auto& [lines, expected] : table) {
        const Loaded loaded = load(lines, folder);
        const std::string problems = problems_of(loaded.tree);
        EXPECT_NE(problems.find(expected), std::string::npos) << lines << "\n" << problems;
    }
}

TEST(CookieSettings, plain_http_of_a_development_machine_needs_no_host_prefix) {
    const testing_support::TemporaryFolder folder;
    const Loaded loaded =
        load_from({.file_name = "c.toml",
                   .file_text = "advanced.useHostPrefix = true\nsecret = '" + std::string{good_secret} + "'\n",
                   .environment = {{"COUNTERSIGN_STORAGE__URL", "sqlite:" + folder.file("d.db")}}});
    EXPECT_EQ(problems_of(loaded.tree), "advanced.useHostPrefix: needs Secure cookies\n");
}

}    // namespace
}    // namespace countersign::app

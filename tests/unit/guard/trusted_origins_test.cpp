#include "guard/origins.hpp"

namespace countersign::guard {
namespace {

const std::vector<std::string> patterns{"https://app.example.com",     "https://*.preview.example.com",
                                        "*.wild.example.org",          "myapp://",
                                        "https://path.example.com/ok", "exp://host/in",
                                        "https://pr-?.example.com"};

TrustedOrigins trusted(Profile profile) {
    return {Origin{.scheme = "http", .host = "127.0.0.1", .port = 3900}, patterns, profile};
}

enum class Says : std::uint8_t { both, wire_only, neither };

struct Case {
    std::string_view url;
    Says says;
};

// The first part is what Better Auth 1.7.25 was seen to answer; then near misses of every part of an origin.
const Case cases[]{
    {"http://127.0.0.1:3900", Says::both},
    {"http://127.0.0.1:3900/settings?x=1", Says::both},
    {"https://app.example.com", Says::both},
    {"https://app.example.com/", Says::both},
    {"HTTPS://APP.EXAMPLE.COM", Says::both},
    {"https://app.example.com:443/x", Says::both},
    {"https://pr-1.preview.example.com", Says::both},
    {"https://a.b.preview.example.com", Says::wire_only},    // a wildcard is one label in the strict profile
    {"https://x.wild.example.org", Says::both},
    {"http://x.wild.example.org", Says::both},
    {"https://a.b.wild.example.org", Says::wire_only},
    {"myapp://", Says::both},
    {"myapp://home", Says::both},
    {"https://pr-7.example.com", Says::both},
    {"exp://host/in", Says::both},
    {"exp://host/in/deep?x#y", Says::both},
    {"https://evil.example.net", Says::neither},
    {"https://evil.example.net/http://127.0.0.1:3900", Says::neither},
    {"http://127.0.0.1:3901", Says::neither},
    {"https://127.0.0.1:3900", Says::neither},
    {"http://127.0.0.1", Says::neither},
    {"http://localhost:3900", Says::neither},
    {"http://[::1]:3900", Says::neither},
    {"http://127.0.0.1.:3900", Says::neither},
    {"http://0177.0.0.1:3900", Says::neither},
    {"http://2130706433:3900", Says::neither},
    {"http://pr-1.preview.example.com", Says::neither},
    {"https://preview.example.com", Says::neither},
    {"https://pr-1.preview.example.com:8443", Says::neither},
    {"https://pr-1.preview.example.com.", Says::neither},
    {"https://xpreview.example.com", Says::neither},
    {"https://evil.net#.preview.example.com", Says::neither},
    {"https://evil.net/.preview.example.com", Says::neither},
    {"https://evil.net?.preview.example.com", Says::neither},
    {"https://x.wild.example.org:8443", Says::neither},
    {"https://wild.example.org", Says::neither},
    {"https://xwild.example.org", Says::neither},
    {"https://x.wild.example.org.evil.net", Says::neither},
    {"ftp://x.wild.example.org", Says::neither},
    {"x.wild.example.org", Says::neither},
    {"https://app.example.com.evil.net", Says::neither},
    {"https://app.example.community", Says::neither},
    {"https://evil-app.example.com", Says::neither},
    {"https://xapp.example.com", Says::neither},
    {"https://app.example.com.", Says::neither},
    {"https://app.example.com:444", Says::neither},
    {"https://app.example.com:4430", Says::neither},
    {"https://app.example.com:443x", Says::neither},
    {"https://app.example.com:99999", Says::neither},
    {"http://app.example.com", Says::neither},
    {"https://app.example.com@evil.net", Says::neither},
    {"https://evil.net@app.example.com", Says::neither},
    {"https://app.example.com\\@evil.net", Says::neither},
    {"https://app.example.com\\.evil.net", Says::neither},
    {"https:/app.example.com", Says::neither},
    {"https:app.example.com", Says::neither},
    {"https:\\\\app.example.com", Says::neither},
    {"//app.example.com", Says::neither},
    {" https://app.example.com", Says::neither},
    {"https://app.example.com\t", Says::neither},
    {"https://app.exa\nmple.com", Says::neither},
    {"https://app%2eexample.com", Says::neither},
    {"https://\xd0\xb0pp.example.com", Says::neither},    // a Cyrillic a
    {"https://xn--pp-6kc.example.com", Says::neither},
    {"https://app.example.com,https://evil.net", Says::neither},
    {"https://pr-12.example.com", Says::neither},    // `?` is one character
    {"https://pr-.example.com", Says::neither},
    {"https://path.example.com/ok/sub", Says::neither},    // a pattern with a path on https never matches
    {"https://path.example.com", Says::neither},
    {"other://home", Says::neither},
    {"myapp2://home", Says::neither},
    {"xmyapp://home", Says::neither},
    {"myapp://home:8081/x?y#z", Says::both},
    {"myapp:///x", Says::both},
    {"myapp://home\t", Says::neither},
    {"myapp://\xC3\xA9", Says::neither},
    {"myapp://a\\b", Says::neither},
    {"myapp://user@home", Says::neither},
    {"myapp://home:99999", Says::neither},
    {"myapp://home:4a", Says::neither},
    {"myapp://:80", Says::neither},
    {"myapp://home%2e", Says::neither},
    {"exp://host/in/../out", Says::neither},
    {"exp://host/in/%2E%2e/out", Says::neither},
    {"exp://host/in/.?x", Says::neither},
    {"exp://host/in/a..b", Says::both},
    {"exp://host", Says::neither},
    {"exp://host/inside", Says::neither},
    {"exp://hostile/in", Says::neither},
    {"javascript:alert(1)", Says::neither},
    {"javascript://app.example.com/%0aalert(1)", Says::neither},
    {"data:text/html,x", Says::neither},
    {"null", Says::neither},
    {"*", Says::neither},
    {"https://*.preview.example.com", Says::neither},    // a pattern is no origin
    {"", Says::neither},
};

TEST(TrustedOrigins, CSR_06_compares_scheme_host_and_port) {
    const TrustedOrigins wire = trusted(Profile::better_auth), native = trusted(Profile::native);
    for (const Case& c : cases) {
        EXPECT_EQ(wire.check(c.url) == Trust::trusted, c.says != Says::neither) << "better-auth: " << c.url;
        EXPECT_EQ(native.check(c.url) == Trust::trusted, c.says == Says::both) << "native: " << c.url;
    }
}

TEST(TrustedOrigins, CSR_06_a_web_origin_in_a_header_is_written_in_one_way) {
    const TrustedOrigins wire = trusted(Profile::better_auth), native = trusted(Profile::native);
    const Case table[]{
        {"https://app.example.com", Says::both},
        {"http://127.0.0.1:3900", Says::both},
        {"myapp://", Says::both},
        {"exp://host/in", Says::both},
        {"https://app.example.com/", Says::wire_only},
        {"https://APP.example.com", Says::wire_only},
        {"https://app.example.com:443", Says::wire_only},
        {"https://app.example.com#x", Says::wire_only},
        {"https://evil.test", Says::neither},
    };
    for (const Case& c : table) {
        EXPECT_EQ(wire.check_header(c.url) == Trust::trusted, c.says != Says::neither) << "better-auth: " << c.url;
        EXPECT_EQ(native.check_header(c.url) == Trust::trusted, c.says == Says::both) << "native: " << c.url;
    }
}

TEST(TrustedOrigins, RDR_01_RDR_03_what_a_redirect_may_lead_to) {
    const TrustedOrigins wire = trusted(Profile::better_auth), native = trusted(Profile::native);
    const std::string long_path(2047, 'a'), longer_path(2048, 'a');
    const std::pair<std::string, Says> table[]{
        {"/", Says::both},
        {"/a/../b?u=//x&v=%0a#//", Says::both},
        {"/caf\xC3\xA9", Says::both},
        {"/" + long_path, Says::both},
        {"https://app.example.com/a//b", Says::both},
        {"HTTPS://app.example.com/a", Says::both},
        {"myapp://home", Says::both},
        {"/a//b", Says::both},
        {"/a/..//b", Says::wire_only},
        {"/.//evil.test", Says::wire_only},
        {"/%2e//evil.test", Says::wire_only},
        {"/%09/evil.test", Says::wire_only},
        {"/x%0D%0Ay", Says::wire_only},
        {"/%7F", Says::wire_only},
        {"/\xE2\x80\xA8x", Says::wire_only},
        {"/" + longer_path, Says::wire_only},
        {"MYAPP://home", Says::wire_only},
        {"https://app.example.com/%00", Says::wire_only},
        {"https://user@app.example.com/x", Says::wire_only},    // as recorded
        {"https://user:pw@app.example.com", Says::wire_only},
        {"https://user@APP.example.com:443/@evil.test", Says::wire_only},
        {"http://user@127.0.0.1:3900/", Says::wire_only},
        {"https://app.example.com@evil.test/", Says::neither},
        {"https://app.example.com:443@evil.test/", Says::neither},
        {"https://user@evil.test/@app.example.com", Says::neither},
        {"https://user@evil.test#@app.example.com", Says::neither},
        {"https://user@evil.test?@app.example.com", Says::neither},
        {"https://user@@app.example.com/", Says::neither},
        {"https://evil.test@user@app.example.com/", Says::neither},
        {"https://@app.example.com/", Says::neither},
        {"https://evil.test\\@app.example.com/", Says::neither},
        {"https://app.example.com\\@evil.test/", Says::neither},
        {"https://app.example.com%5c@evil.test/", Says::neither},
        {"https://evil.test%2f@app.example.com/", Says::neither},
        {"https://evil.test%00@app.example.com/", Says::neither},
        {"https://evil.test @app.example.com/", Says::neither},
        {"https://[::1]@app.example.com/", Says::neither},
        {"https://\xC3\xA9@app.example.com/", Says::neither},
        {"https:user@app.example.com/", Says::neither},
        {"https:/user@app.example.com/", Says::neither},
        {"myapp:home", Says::wire_only},    // as recorded
        {"MyApp:home?x#y", Says::wire_only},
        {"myapp:/home", Says::wire_only},
        {"myapp:", Says::neither},
        {"myapp:?x", Says::neither},
        {"myapp:a//evil.test", Says::neither},
        {"myapp:/..//evil.test", Says::neither},
        {"myapp:a/../b", Says::neither},
        {"myapp:\\\\evil.test", Says::neither},
        {"myapp:ho me", Says::neither},
        {"myapp:\thome", Says::neither},
        {"myapp:\xC3\xA9", Says::neither},
        {"myapp2:home", Says::neither},
        {"exp:host/in", Says::neither},    // this pattern names a host
        {"https:app.example.com", Says::neither},
        {"javascript:alert(1)", Says::neither},
        {"https://app.example.com:0443/", Says::neither},
        {"https://app.example.com:/", Says::neither},
        {"//evil.test", Says::neither},
        {"/%2f/evil.test", Says::neither},
        {"home", Says::neither},
    };
    for (const auto& [target, says] : table) {
        EXPECT_EQ(wire.check_target(target) == Trust::trusted, says != Says::neither) << "better-auth: " << target;
        EXPECT_EQ(native.check_target(target) == Trust::trusted, says == Says::both) << "native: " << target;
    }
}

TEST(TrustedOrigins, RDR_03_a_scheme_alone_is_that_of_an_app) {
    const std::vector<std::string> schemes{"https://", "http://", "javascript://",
                                           "data://",  "blob://", "JavaScript://"};
    const TrustedOrigins wire{Origin{.scheme = "https", .host = "id.example", .port = 443}, schemes,
                              Profile::better_auth};
    for (const std::string_view target : {"https:evil.test", "https:/evil.test", "http:evil.test",
                                          "javascript:alert(1)", "data:text/html,x", "blob:x", "JAVASCRIPT:alert(1)"}) {
        EXPECT_EQ(wire.check_target(target), Trust::untrusted) << target;
    }
}

TEST(TrustedOrigins, an_own_origin_alone_trusts_nobody_else) {
    const TrustedOrigins alone{Origin{.scheme = "https", .host = "id.example", .port = 443}, {}, Profile::native};
    EXPECT_EQ(alone.check("https://id.example"), Trust::trusted);
    EXPECT_EQ(alone.check("https://id.example:443/x"), Trust::trusted);
    for (const std::string_view other : {"http://id.example", "https://app.example.com", "myapp://", "", "null"}) {
        EXPECT_EQ(alone.check(other), Trust::untrusted) << other;
    }
}

struct GlobCase {
    std::string_view pattern, text;
    char stop;
    bool matches;
};

const GlobCase glob_cases[]{
    {"", "", '\0', true},         {"", "a", '\0', false},        {"*", "", '\0', true},
    {"*", "a.b", '\0', true},     {"*", "a.b", '.', false},      {"*", "ab", '.', true},
    {"*.*", "a.b", '.', true},    {"a*c", "abbbc", '\0', true},  {"a*c", "abbb", '\0', false},
    {"a?c", "abc", '\0', true},   {"a?c", "ac", '\0', false},    {"a?c", "a.c", '.', false},
    {"a?c", "a.c", '\0', true},   {"**", "a.b", '.', false},     {"*a*b*c", "xxaxxbxxc", '\0', true},
    {"a.b", "a.b", '.', true},    {"a*.c", "a.b.c", '.', false}, {"a*.c", "ab.c", '.', true},
    {"*.c", "a.b.c", '.', false}, {"*.b.c", "a.b.c", '.', true},
};

TEST(Glob, CSR_06_a_wildcard_never_crosses_the_stop) {
    for (const GlobCase& c : glob_cases) {
        EXPECT_EQ(glob(c.pattern, c.text, c.stop), c.matches) << c.pattern << " on " << c.text << " stop " << c.stop;
    }
}

TEST(Glob, INP_06_stars_cost_no_more_than_pattern_times_text) {
    // Exponential matching of this pair would not end within the life of the machine.
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "a*";
    EXPECT_FALSE(glob(pattern + "b", std::string(20'000, 'a'), '\0'));
    EXPECT_TRUE(glob(pattern, std::string(20'000, 'a'), '\0'));
}

}    // namespace
}    // namespace countersign::guard

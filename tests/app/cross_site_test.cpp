// CSR and RDR over the whole application: every row that changes state, with each evidence of where a request is from.
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;
using http::Caller;
using http::Endpoint;
using http::Method;
using http::OriginRule;

constexpr std::string_view trusted = "https://app.example.test";
constexpr std::string_view listed = "https://front.example.test";    // of cors.origins, and not trusted

std::string settings_with_cors() {
    return std::string{without_failure_limit} + "trustedOrigins = [\"" + std::string{trusted} +
           "\", \"https://*.wild.test\"]\ncors.origins = [\"" + std::string{listed} + "\"]\n";
}

class CrossSite : public testing::TestWithParam<std::string> {
  protected:
    RunningApplication app{{.profile = GetParam(), .settings = settings_with_cors()}};
    http::Router router = app.router();
    Client client{app.port()};
    Person alice = sign_up(client, "alice");

    /// A request that passes validation on each row, so that only its origin is in question.
    Ask sound(const Endpoint& row) const {
        Ask made{.method = *row.method == Method::get ? "GET" : "POST", .target = router.full_path(row)};
        if (row.body == nullptr) return made;
        made.headers.emplace_back("content-type", "application/json");
        made.body =
            R"({"name":"n","email":"no@example.test","newEmail":"no@example.test","password":"wrong password"})";
        return made;
    }
    std::vector<const Endpoint*> rows_that_change() const {
        std::vector<const Endpoint*> rows;
        for (const Endpoint* row : router.rows()) {
            if (*row->method != Method::get) rows.push_back(row);
        }
        return rows;
    }
};

INSTANTIATE_TEST_SUITE_P(Profiles, CrossSite, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

TEST_P(CrossSite, CSR_01_CSR_04_CSR_05_CSR_06_every_row_that_changes_state) {
    enum class Expect : std::uint8_t { refused, passes, passes_in_better_auth };
    using enum Expect;
    const struct {
        std::string name;
        Headers headers;
        Expect expected;
    } table[]{
        {"own origin", {{"origin", "http://localhost:3900"}}, passes},
        {"own origin in capitals", {{"origin", "HTTP://LOCALHOST:3900"}}, passes_in_better_auth},
        {"trusted origin", {{"origin", "https://app.example.test"}}, passes},
        {"trusted wildcard", {{"origin", "https://a.wild.test"}}, passes},
        {"referer on the own origin", {{"referer", "http://localhost:3900/page?x=1"}}, passes},
        {"no evidence", {}, refused},
        {"null", {{"origin", "null"}}, refused},
        {"null and cross-site", {{"origin", "null"}, {"sec-fetch-site", "cross-site"}}, refused},
        {"null and same-origin", {{"origin", "null"}, {"sec-fetch-site", "same-origin"}}, passes_in_better_auth},
        {"no origin but same-origin", {{"sec-fetch-site", "same-origin"}}, refused},
        {"empty", {{"origin", ""}}, refused},
        {"evil", {{"origin", "https://evil.test"}}, refused},
        {"evil with a trusted referer",
         {{"origin", "https://evil.test"}, {"referer", "http://localhost:3900/"}},
         refused},
        {"null with a trusted referer", {{"origin", "null"}, {"referer", "http://localhost:3900/"}}, refused},
        {"evil and same-origin", {{"origin", "https://evil.test"}, {"sec-fetch-site", "same-origin"}}, refused},
        {"evil referer", {{"referer", "https://evil.test/http://localhost:3900"}}, refused},
        {"listed for CORS only", {{"origin", std::string{listed}}}, refused},
        {"another port", {{"origin", "http://localhost:3901"}}, refused},
        {"another scheme", {{"origin", "https://localhost:3900"}}, refused},
        {"the trusted host over http", {{"origin", "http://app.example.test"}}, refused},
        {"a suffix", {{"origin", "https://app.example.test.evil.test"}}, refused},
        {"a prefix", {{"origin", "https://evilapp.example.test"}}, refused},
        {"user info", {{"origin", "https://app.example.test@evil.test"}}, refused},
        {"a trailing dot", {{"origin", "https://app.example.test."}}, refused},
        {"the parent of a wildcard", {{"origin", "https://wild.test"}}, refused},
        {"two labels of a wildcard", {{"origin", "https://a.b.wild.test"}}, passes_in_better_auth},
        {"two origins in one", {{"origin", "https://evil.test http://localhost:3900"}}, refused},
        {"two origins with a comma", {{"origin", "http://localhost:3900,https://evil.test"}}, refused},
    };
    const std::string before = app.everything();
    for (const Endpoint* row : rows_that_change()) {
        for (const auto& [name, headers, expected] : table) {
            const bool passes_here =
                expected == passes || (expected == passes_in_better_auth && GetParam() != "native");
            Ask ask = sound(*row);
            if (passes_here && ends_session(*row)) continue;    // it would sign alice out
            if (passes_here && *row->path == "/sign-up/email") ask.body.replace(ask.body.find("no@"), 3, "no ");
            ask.headers.insert(ask.headers.end(), headers.begin(), headers.end());
            ask.headers.emplace_back("cookie", alice.cookie);
            const Answer answer = client.send(ask);
            const std::string what = std::string{*row->path} + ", " + name;
            EXPECT_EQ(answer.status == 403, !passes_here) << what << answer.body;
            if (!passes_here) EXPECT_EQ(answer.header("set-cookie"), "absent") << what;
            EXPECT_EQ(app.everything(), before) << what;
            app.clock.advance(Seconds{1});
        }
    }
}

TEST_P(CrossSite, CSR_04_forms_without_cookies_are_judged_by_fetch_metadata) {
    const struct {
        std::string name;
        Headers headers;
        std::string code;    // empty: not refused for its origin
    } table[]{
        {"no browser", {}, ""},
        {"same origin", {{"origin", "http://localhost:3900"}, {"sec-fetch-site", "same-origin"}}, ""},
        {"cross-site navigation",
         {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}},
         "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"},
        {"and with the own origin",
         {{"origin", "http://localhost:3900"}, {"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}},
         "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"},
        {"cross-site script", {{"origin", "https://evil.test"}, {"sec-fetch-site", "cross-site"}}, "INVALID_ORIGIN"},
        {"metadata without origin",
         {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "cors"}},
         "MISSING_OR_NULL_ORIGIN"},
        {"only a destination", {{"sec-fetch-dest", "document"}}, "MISSING_OR_NULL_ORIGIN"},
        {"evil origin alone", {{"origin", "https://evil.test"}}, "INVALID_ORIGIN"},
        {"null origin", {{"origin", "null"}}, "MISSING_OR_NULL_ORIGIN"},
    };
    std::size_t tried = 0;
    for (const Endpoint* row : rows_that_change()) {
        if (*row->origin != OriginRule::form) continue;
        for (const auto& [name, headers, code] : table) {
            Ask ask = sound(*row);
            ask.body.replace(ask.body.find("no@"), 3, "no ");    // refused behind the origin, without a hash
            ask.headers.insert(ask.headers.end(), headers.begin(), headers.end());
            const Answer answer = client.send(ask);
            EXPECT_EQ(answer.status, code.empty() ? 400 : 403) << *row->path << name << answer.body;
            if (!code.empty()) EXPECT_EQ(member(answer.body, "code"), code) << *row->path << name;
            ++tried;
        }
    }
    EXPECT_GE(tried, std::size(table) * 2);
}

TEST_P(CrossSite, CSR_03_a_GET_writes_nothing_about_the_caller) {
    for (const Endpoint* row : router.rows()) {
        if (*row->method != Method::get) continue;
        if (*row->path == "/jwks" || *row->path == "/token") client.send(sound(*row));    // may make the signing key
    }
    if (app.settings.jwt == app::Switch::on) {
        client.send({.target = "/api/auth/token", .headers = {{"cookie", alice.cookie}}});
    }
    const std::string before = app.everything();
    for (const Endpoint* row : router.rows()) {
        if (*row->method != Method::get) continue;
        Ask ask = sound(*row);
        ask.headers.emplace_back("cookie", alice.cookie);
        ask.headers.emplace_back("origin", "https://evil.test");
        EXPECT_LT(client.send(ask).status, 500) << *row->path;
        EXPECT_EQ(app.everything(), before) << *row->path;
    }
}

TEST_P(CrossSite, CSR_07_ERR_02_CORS_headers_stand_on_every_answer_and_only_for_listed_origins) {
    const std::string origins[]{"",
                                std::string{listed},
                                "https://evil.test",
                                "https://front.example.test.evil.test",
                                "https://evilfront.example.test",
                                "http://front.example.test",
                                "https://front.example.test:8443",
                                "https://front.example.test@evil.test",
                                "https://front.example.test.",
                                "null",
                                "*",
                                std::string{own_origin},
                                std::string{trusted}};
    std::vector<Ask> asks;
    for (const Endpoint* row : router.rows()) {
        asks.push_back(sound(*row));
        asks.push_back(sound(*row));
        asks.back().body = "{";    // 400 where there is a body
        asks.push_back({.method = "OPTIONS", .target = router.full_path(*row)});
    }
    asks.push_back({.target = "/nowhere"});
    asks.push_back({.method = "DELETE", .target = "/api/auth/ok"});
    asks.push_back({.method = "POST", .target = "/api/auth/sign-in/email", .body = "{}"});    // 415
    for (const Ask& each : asks) {
        for (const std::string& origin : origins) {
            Ask ask = each;
            if (!origin.empty()) ask.headers.emplace_back("origin", origin);
            const Answer answer = client.send(ask);
            const std::string what = ask.method + " " + ask.target + " from " + origin;
            EXPECT_NE(answer.status, 0) << what;
            EXPECT_THAT(answer.all("vary"), testing::Contains("Origin")) << what;
            const bool allowed = origin == listed;
            EXPECT_EQ(answer.header("access-control-allow-origin"), allowed ? origin : "absent") << what;
            EXPECT_EQ(answer.header("access-control-allow-credentials"), allowed ? "true" : "absent") << what;
        }
    }
}

TEST_P(CrossSite, CSR_08_preflights_of_every_row) {
    for (const Endpoint* row : router.rows()) {
        Ask ask{.method = "OPTIONS", .target = router.full_path(*row)};
        ask.headers = {{"origin", std::string{listed}}, {"access-control-request-method", "POST"}};
        const Answer good = client.send(ask);
        EXPECT_EQ(good.status, 204) << *row->path;
        EXPECT_EQ(good.header("access-control-allow-origin"), listed);
        EXPECT_THAT(good.header("access-control-allow-methods"),
                    testing::HasSubstr(*row->method == Method::get ? "GET" : "POST"));
        EXPECT_THAT(good.header("access-control-allow-headers"), testing::Not(testing::HasSubstr("*")));
        for (const char* origin : {"https://evil.test", "null", "https://front.example.test.evil.test"}) {
            ask.headers.front().second = origin;
            const Answer refused = client.send(ask);
            EXPECT_EQ(refused.status, 403) << origin;
            EXPECT_EQ(refused.header("access-control-allow-origin"), "absent") << origin;
            EXPECT_EQ(refused.header("access-control-allow-methods"), "absent") << origin;
            EXPECT_EQ(app.cause(refused.reference()), "cors.origin_not_listed");
        }
        app.clock.advance(Seconds{1});    // or the trace takes it for a flood
    }
}

TEST_P(CrossSite, CSR_10_ERR_06_protective_headers_and_a_reference_on_every_answer) {
    std::vector<std::pair<std::string, std::string>> raw{
        {"404", bytes_of_request({.target = "/nowhere"})},
        {"404 of a method", bytes_of_request({.method = "DELETE"})},
        {"400 of a target", "GET nowhere HTTP/1.1\r\nhost: x\r\n\r\n"},
        {"400 without host", "GET /api/auth/ok HTTP/1.1\r\n\r\n"},
        {"400 of framing",
         "POST /api/auth/ok HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n"},
        {"400 of the version", "GET / HTTP/2.0\r\nhost: x\r\n\r\n"},
        {"431", "GET /api/auth/ok HTTP/1.1\r\nhost: x\r\na: " + std::string(20'000, 'a') + "\r\n\r\n"},
        {"413",
         "POST /api/auth/sign-in/email HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
         "content-length: 99999999\r\n\r\n"},
    };
    for (const Endpoint* row : router.rows()) {
        raw.emplace_back(*row->path, bytes_of_request(sound(*row)));
        Ask personal = sound(*row);
        personal.headers.emplace_back("cookie", alice.cookie);
        raw.emplace_back(std::string{*row->path} + " with a session", bytes_of_request(personal));
    }
    for (const auto& [name, bytes] : raw) {
        Client each{app.port()};
        each.put(bytes);
        const Answer answer = each.read();
        EXPECT_NE(answer.status, 0) << name;
        EXPECT_EQ(answer.reference().size(), 16U) << name;
        EXPECT_EQ(answer.header("x-content-type-options"), "nosniff") << name;
        EXPECT_EQ(answer.header("referrer-policy"), "no-referrer") << name;
        EXPECT_EQ(answer.header("x-frame-options"), "DENY") << name;
        EXPECT_THAT(answer.header("content-security-policy"), testing::HasSubstr("default-src 'none'")) << name;
        // The public keys of everybody, and the files of the page whose names change with their content.
        std::string_view cache = "no-store";
        if (answer.status == 200 && name.starts_with("/jwks")) cache = "public, max-age=60";
        if (answer.status == 200 && name.starts_with("/assets/")) cache = "public, max-age=31536000, immutable";
        EXPECT_EQ(answer.header("cache-control"), cache) << name;
        EXPECT_EQ(answer.header("server"), "absent") << name;
        EXPECT_EQ(answer.header("x-powered-by"), "absent") << name;
    }
}

TEST_P(CrossSite, RDR_01_RDR_03_redirect_parameters_of_every_row) {
    const std::string bad[]{"https://evil.test",
                            "//evil.test",
                            R"(/\\evil.test)",
                            R"(\\\\evil.test)",
                            "javascript:alert(1)",
                            "data:text/html,x",
                            "https:evil.test",
                            "http:/evil.test",
                            "https://localhost:3900",
                            "http://localhost:3900@evil.test",
                            " //evil.test",
                            "evil.test",
                            R"(/\t/evil.test)",
                            "/%2f/evil.test",
                            "/%5cevil.test",
                            R"(/\u0000)",
                            "https://app.example.test.evil.test",
                            R"(https://app.example.test\\.evil.test)",
                            R"(http://localhost:3900\n@evil.test)",
                            "ftp://localhost:3900",
                            "https://[::1]"};
    std::size_t tried = 0;
    for (const Endpoint* row : router.rows()) {
        if (row->body == nullptr) continue;
        for (const http::Field& field : row->body->fields) {
            if (!field.redirect) continue;
            for (const std::string& target : bad) {
                Ask ask = sound(*row);
                ask.body.insert(ask.body.size() - 1, ",\"" + std::string{*field.name} + "\":\"" + target + "\"");
                const std::string before = app.everything();
                const Answer answer = client.send(ask);
                EXPECT_EQ(answer.status, 403) << target << answer.body;
                EXPECT_EQ(member(answer.body, "code"), face_of(*field.redirect).app) << target;
                EXPECT_EQ(answer.header("location"), "absent") << target;
                EXPECT_EQ(app.cause(answer.reference()), "redirect.untrusted") << target;
                EXPECT_EQ(app.everything(), before);
                app.clock.advance(Seconds{1});
                ++tried;
            }
        }
    }
    EXPECT_GE(tried, std::size(bad) * 3);
}

}    // namespace
}    // namespace countersign

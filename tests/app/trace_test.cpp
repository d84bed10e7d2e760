// Promise 3 over the whole application: each refusal is generic outside and exact inside, and no secret is written
// down.
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

class Refusals : public testing::TestWithParam<std::string> {
  protected:
    RunningApplication app{{.profile = GetParam(), .settings = "disabledPaths = [\"/error\"]\n"}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");

    std::string whole_trace() const {
        std::ifstream file{app.trace_path()};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
};

INSTANTIATE_TEST_SUITE_P(Profiles, Refusals, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

TEST_P(Refusals, ERR_03_each_reference_leads_to_the_exact_cause) {
    const auto sign_in = [](const std::string& body) { return post_json("/api/auth/sign-in/email", body); };
    const std::string right = R"("email":"alice@example.test","password":")";
    const Headers evil{{"cookie", "a=b"}, {"origin", "https://evil.test/path?token=x"}};
    const struct {
        std::string bytes, label, endpoint, expected, found;
    } table[]{
        {bytes_of_request({.target = "/nowhere"}), "request.not_found", "unrouted", "", ""},
        {bytes_of_request({.target = "/api/auth/error"}), "request.disabled", "unrouted", "an enabled path", "/error"},
        {"GET x HTTP/1.1\r\nhost: x\r\n\r\n", "request.target", "unrouted", "origin form", "x"},
        {"GET / HTTP/1.1\r\n\r\n", "request.smuggling", "unrouted", "exactly one Host", "0"},
        {bytes_of_request(sign_in("{")), "request.json", "/sign-in/email", "JSON (RFC 8259)", "?"},
        {bytes_of_request(sign_in(R"({"a":1,"a":2})")), "request.json_duplicate", "/sign-in/email", "", ""},
        {bytes_of_request(sign_in("{}")), "request.validation", "/sign-in/email", "?", ""},
        {bytes_of_request({.method = "POST", .target = "/api/auth/sign-out", .body = "{}"}), "request.media_type",
         "/sign-out", "application/json", ""},
        {bytes_of_request(sign_in("{" + right + "wrong password\"}")), "login.password", "/sign-in/email", "", ""},
        {bytes_of_request(sign_in(R"({"email":"no@example.test","password":"wrong password"})")), "login.unknown",
         "/sign-in/email", "", ""},
        {bytes_of_request(sign_in(R"({"email":"no","password":"x"})")), "email.malformed", "/sign-in/email", "", ""},
        {bytes_of_request(sign_in("{" + right + std::string(200, 'p') + "\"}")), "password.too_long", "/sign-in/email",
         "128", "200"},
        {bytes_of_request(
             post_json("/api/auth/sign-up/email", R"({"name":"n","email":"a@example.test","password":"short"})")),
         "password.too_short", "/sign-up/email", "8", "5"},
        {bytes_of_request(post_json("/api/auth/sign-up/email", "{\"name\":\"n\"," + right + "a long password\"}")),
         "signup.exists", "/sign-up/email", "", ""},
        {bytes_of_request(post_json("/api/auth/sign-out", "{}", evil)), "trusted_origin.missing", "/sign-out",
         "a trusted origin", "https://evil.test"},
        {bytes_of_request(post_json("/api/auth/sign-out", "{}", {{"cookie", "a=b"}})),
         "trusted_origin.null_or_missing_origin", "/sign-out", "Origin or Referer", ""},
        {bytes_of_request(sign_in("{" + right + R"(x","callbackURL":"https://evil.test/reset?token=x"})")),
         "redirect.untrusted", "/sign-in/email", "a safe path or a trusted origin", "https://evil.test"},
        {bytes_of_request({.method = "POST", .target = "/api/auth/get-session"}), "session.defer_disabled",
         "/get-session", "", ""},
    };
    for (const auto& row : table) {
        Client each{app.port()};
        each.put(row.bytes);
        const Answer answer = each.read();
        const json::Value record = app.refusal(answer.reference());
        EXPECT_EQ(RunningApplication::text_of(record, "label"), row.label) << row.bytes << answer.status;
        EXPECT_EQ(RunningApplication::text_of(record, "endpoint"), row.endpoint) << row.label;
        EXPECT_EQ(RunningApplication::text_of(record, "client"), "127.0.0.1") << row.label;
        if (row.expected != "?") EXPECT_EQ(RunningApplication::text_of(record, "expected"), row.expected) << row.label;
        if (row.found != "?") EXPECT_EQ(RunningApplication::text_of(record, "found"), row.found) << row.label;
        EXPECT_THAT(guard::explain(record), testing::HasSubstr("Cause: " + row.label)) << row.label;
        EXPECT_EQ(answer.body.find(row.label), std::string::npos) << answer.body;
        EXPECT_THAT(app.log.text(), testing::HasSubstr(answer.reference())) << row.label;
        app.clock.advance(Seconds{1});
    }
}

TEST_P(Refusals, ERR_03_the_longest_and_oddest_input_is_on_record_too) {
    const std::string odd(120, '\x01'), quotes(120, '"'), backslashes(120, '\\');
    for (const std::string& text : {std::string{R"(\u0001)"}, std::string{R"(\")"}, std::string{R"(\\)"},
                                    std::string{R"(\u00e9)"}, std::string{R"(\ud83d\ude00)"}}) {
        std::string target;
        for (int i = 0; i < 120; ++i) target += text;
        const Answer answer =
            client.send(post_json("/api/auth/sign-in/email",
                                  R"({"email":"alice@example.test","password":"x","callbackURL":")" + target + "\"}"));
        EXPECT_EQ(answer.status, 403) << answer.body;
        EXPECT_EQ(app.cause(answer.reference()), "redirect.untrusted") << text;
    }
    for (const std::string& value : {quotes, backslashes}) {
        Ask ask{.method = "POST", .target = "/api/auth/sign-in/email", .body = "{}"};
        ask.headers = {{"content-type", value}};
        const Answer answer = client.send(ask);
        EXPECT_EQ(answer.status, 415);
        EXPECT_EQ(app.cause(answer.reference()), "request.media_type");
    }
}

TEST_P(Refusals, ERR_03_a_refused_session_cookie_says_why) {
    if (app.settings.jwt == app::Switch::off) return;
    const auto cause = [&](const std::string& cookie) {
        app.clock.advance(Seconds{1});
        return app.cause(client.send({.target = "/api/auth/token", .headers = {{"cookie", cookie}}}).reference());
    };
    EXPECT_EQ(cause("a=b"), "session.missing");
    EXPECT_EQ(cause(alice.cookie.substr(0, alice.cookie.size() - 1)), "session.signature");
    EXPECT_EQ(cause(alice.cookie + "; " + alice.cookie), "cookie.shadowed_duplicate");
    app.clock.advance(app.settings.session_life);
    EXPECT_EQ(cause(alice.cookie), "session.expired");
    app.neighbour().run("DELETE FROM session");
    EXPECT_EQ(cause(alice.cookie), "session.unknown");
}

TEST_P(Refusals, ERR_04_PWD_17_no_secret_that_passes_through_is_written_down) {
    constexpr std::string_view mark = "mArKeD-5EcReT";
    const std::string secret{mark};
    const http::Router router = app.router();
    std::vector<Ask> asks;
    for (const http::Endpoint* row : router.rows()) {
        Ask base{.method = *row->method == http::Method::get ? "GET" : "POST", .target = router.full_path(*row)};
        if (row->body != nullptr) {
            base.headers.emplace_back("content-type", "application/json");
            base.body = R"({"email":"alice@example.test","name":"n","password":")" + secret + R"("})";
        }
        asks.push_back(base);
        asks.back().target += "?token=" + secret + "&code=" + secret;
        for (const auto& [name, value] :
             Headers{{"cookie", std::string{session_cookie} + "=" + secret},
                     {"cookie", std::string{session_cookie} + "=" + secret + "." + std::string(43, 'A') + "%3D"},
                     {"cookie", secret + "=1; " + secret + "=2"},
                     {"authorization", "Bearer " + secret},
                     {"referer", "https://evil.test/reset?token=" + secret},
                     {"referer", "https://evil.test/" + secret},
                     {"origin", "https://user:" + secret + "@evil.test"},
                     {"origin", "https://evil.test/" + secret}}) {
            asks.push_back(base);
            asks.back().headers.emplace_back(name, value);
            if (name != "cookie") asks.back().headers.emplace_back("cookie", "a=b");
        }
        if (row->body == nullptr) continue;
        for (const http::Field& field : row->body->fields) {
            if (!field.redirect) continue;
            for (const char* front : {"https://evil.test/reset?token=", "https://evil.test/", "https://evil.test/#",
                                      "//evil.test/", "https://u:", "/\\\\evil.test/", "javascript:", "myapp://cb/"}) {
                asks.push_back(base);
                asks.back().body.insert(1, "\"" + std::string{*field.name} + "\":\"" + front + secret + "\",");
            }
        }
        for (const std::string& body : {"{\"" + secret, "{\"" + secret + "\":1,\"" + secret + "\":2}", "\"" + secret,
                                        "{\"password\":[\"" + secret + "\"]}"}) {
            asks.push_back(base);
            asks.back().body = body;
        }
    }
    asks.push_back({.target = "/" + secret});
    asks.push_back({.target = "/api/auth/ok/" + secret + "?" + secret});
    asks.push_back({.method = "OPTIONS", .target = "/api/auth/" + secret});
    std::vector<std::string> raw{"GET " + secret + " HTTP/1.1\r\nhost: x\r\n\r\n",
                                 "GET http://x/" + secret + " HTTP/1.1\r\nhost: x\r\n\r\n",
                                 "GET /a#" + secret + " HTTP/1.1\r\nhost: x\r\n\r\n",
                                 "GET /?token=" + secret + "\xC3\xA9 HTTP/1.1\r\nhost: x\r\n\r\n",
                                 secret + " / HTTP/1.1\r\nhost: x\r\n\r\n",
                                 "GET / HTTP/1.1\r\nhost: x\r\ncookie " + secret + ": x\r\n\r\n",
                                 "GET / HTTP/1.1\r\nhost: x\r\n" + secret + " : x\r\n\r\n",
                                 "GET / HTTP/1.1\r\nhost: x\r\nexpect: " + secret + "\r\n\r\n",
                                 "GET / " + secret + "\r\nhost: x\r\n\r\n",
                                 "GET / HTTP/1.1\r\nhost: x\r\ncookie: " + secret + "\x01\r\n\r\n"};
    for (const Ask& ask : asks) raw.push_back(bytes_of_request(ask));
    for (const std::string& bytes : raw) {
        Client each{app.port()};
        each.put(bytes);
        const Answer answer = each.read();
        EXPECT_NE(answer.status, 0) << bytes;
        if (answer.status >= 400) EXPECT_EQ(app.refusal(answer.reference()).is_null(), false) << bytes;
        for (const std::string& written :
             {app.log.text(), answer.status < 400 ? "" : json::write(app.refusal(answer.reference()))}) {
            EXPECT_EQ(written.find(secret), std::string::npos) << bytes;
        }
        if (HasFailure()) break;
        app.clock.advance(Seconds{1});
    }
    const std::string all = app.log.text() + whole_trace();
    for (const std::string& hidden : {secret, alice.password, alice.token,
                                      alice.cookie.substr(alice.cookie.find('=') + 1), std::string{test_secret}}) {
        EXPECT_EQ(all.find(hidden), std::string::npos) << hidden;
    }
    EXPECT_GT(all.size(), 10'000U);
}

TEST_P(Refusals, ERR_07_a_flood_is_sampled_for_its_client_and_answered_all_the_same) {
    constexpr unsigned flood = 300;
    unsigned on_record = 0;
    for (unsigned i = 0; i < flood; ++i) {
        const Answer answer = client.send({.target = "/nowhere"});
        EXPECT_EQ(answer.status, 404);
        if (!app.refusal(answer.reference()).is_null()) ++on_record;
    }
    constexpr unsigned full = guard::DecisionTrace::full_rate;
    EXPECT_EQ(on_record, full + flood / guard::DecisionTrace::sample_one_in);
}

}    // namespace
}    // namespace countersign

#include "unit/guard/rig.hpp"

namespace countersign::guard {
namespace {

using http::Ask;
using http::Asked;
using http::Method;
using http::Response;
using Headers = std::vector<std::pair<std::string, std::string>>;

const std::vector<std::string> listed{"https://app.example.com", "http://localhost:5173"};

std::string header_of(const Response& answer, std::string_view name) {
    std::string found = "absent";
    for (const auto& [key, value] : answer.headers) {
        if (key == name) found = value;
    }
    return found;
}

Response decorated(Rig& rig, Headers headers) {
    Asked asked{{.headers = std::move(headers)}};
    Response answer = Response::empty(401);
    rig.gate.decorate(asked.x(), answer);
    return answer;
}

struct Case {
    std::string_view name;
    Headers headers;
    std::string_view allow_origin;    // "absent": none
};

const Case cases[]{
    {"listed", {{"Origin", "https://app.example.com"}}, "https://app.example.com"},
    {"listed with port", {{"Origin", "http://localhost:5173"}}, "http://localhost:5173"},
    {"no origin", {}, "absent"},
    {"CSR-05 null", {{"Origin", "null"}}, "absent"},
    {"other", {{"Origin", "https://evil.example.net"}}, "absent"},
    {"other scheme", {{"Origin", "http://app.example.com"}}, "absent"},
    {"other port", {{"Origin", "http://localhost:5174"}}, "absent"},
    {"subdomain", {{"Origin", "https://x.app.example.com"}}, "absent"},
    {"suffix", {{"Origin", "https://app.example.com.evil.net"}}, "absent"},
    {"prefix", {{"Origin", "https://evilapp.example.com"}}, "absent"},
    {"trailing dot", {{"Origin", "https://app.example.com."}}, "absent"},
    {"wildcard", {{"Origin", "*"}}, "absent"},
    {"empty", {{"Origin", ""}}, "absent"},
};

TEST(Cors, CSR_07_credentials_only_with_an_exact_listed_origin_and_vary_on_every_answer) {
    Rig rig{{.cors_origins = listed}};
    for (const Case& c : cases) {
        const Response answer = decorated(rig, c.headers);
        EXPECT_EQ(header_of(answer, "vary"), "Origin") << c.name;
        EXPECT_EQ(header_of(answer, "access-control-allow-origin"), c.allow_origin) << c.name;
        EXPECT_EQ(header_of(answer, "access-control-allow-credentials"), c.allow_origin == "absent" ? "absent" : "true")
            << c.name;
        EXPECT_EQ(header_of(answer, "access-control-expose-headers") != "absent", c.allow_origin != "absent") << c.name;
    }
}

TEST(Cors, ERR_02_a_refused_browser_script_can_read_what_it_needs) {
    Rig rig{{.cors_origins = listed}};
    const std::string exposed =
        header_of(decorated(rig, {{"Origin", "https://app.example.com"}}), "access-control-expose-headers");
    for (const std::string_view name : {"x-request-id", "retry-after"}) {
        EXPECT_TRUE(exposed.contains(name)) << name;
    }
}

TEST(Cors, is_off_until_origins_are_configured) {
    Rig rig;
    EXPECT_TRUE(decorated(rig, {{"Origin", "https://app.example.com"}}).headers.empty());
    Asked asked{{.method = Method::options,
                 .headers = {{"Origin", "http://127.0.0.1:3900"}, {"Access-Control-Request-Method", "POST"}}}};
    EXPECT_FALSE(rig.gate.preflight(asked.x(), std::array{Method::post}).has_value());
}

TEST(Cors, CSR_08_a_preflight_lists_the_methods_of_its_path_and_the_headers_that_rows_read) {
    Rig rig{{.cors_origins = listed}};
    Asked asked{{.method = Method::options,
                 .headers = {{"Origin", "https://app.example.com"},
                             {"Access-Control-Request-Method", "DELETE"},
                             {"Access-Control-Request-Headers", "x-evil"},
                             {"Access-Control-Request-Private-Network", "true"}}}};
    const auto answer = rig.gate.preflight(asked.x(), std::array{Method::get, Method::post});
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 204);
    EXPECT_EQ(header_of(*answer, "access-control-allow-methods"), "GET, POST");
    EXPECT_EQ(header_of(*answer, "access-control-allow-headers"), "content-type, authorization");
    EXPECT_EQ(header_of(*answer, "access-control-allow-private-network"), "absent");
    EXPECT_TRUE(rig.log.events.empty());
}

TEST(Cors, CSR_08_a_preflight_for_others_or_for_nothing_is_refused_and_leaves_a_mark) {
    const std::pair<std::string, std::vector<Method>> table[]{
        {"https://evil.example.net", {Method::post}}, {"null", {Method::post}}, {"https://app.example.com", {}}};
    for (const auto& [origin, methods] : table) {
        Rig rig{{.cors_origins = listed}};
        Asked asked{
            {.method = Method::options, .headers = {{"Origin", origin}, {"Access-Control-Request-Method", "POST"}}}};
        const auto answer = rig.gate.preflight(asked.x(), methods);
        ASSERT_TRUE(answer.has_value()) << origin;
        EXPECT_EQ(answer->status, 403) << origin;
        EXPECT_TRUE(answer->headers.empty()) << origin;
        ASSERT_EQ(rig.log.events.size(), 1U) << origin;
        EXPECT_EQ(rig.log.events[0].field("cause"), "cors.origin_not_listed") << origin;
    }
}

TEST(Cors, an_OPTIONS_request_that_is_no_preflight_is_left_to_the_router) {
    Rig rig{{.cors_origins = listed}};
    for (const Headers& headers : {Headers{}, Headers{{"Origin", "https://app.example.com"}},
                                   Headers{{"Access-Control-Request-Method", "POST"}}}) {
        Asked asked{{.method = Method::options, .headers = headers}};
        EXPECT_FALSE(rig.gate.preflight(asked.x(), std::array{Method::post}).has_value());
    }
}

}    // namespace
}    // namespace countersign::guard

#include "http/metrics.hpp"

#include "support/exposition.hpp"

namespace countersign::http {
namespace {

Result<Response> run(Exchange&) { return Response::empty(200); }
constexpr Endpoint made(Method method, std::string_view path) {
    return {.method = method,
            .path = path,
            .caller = Caller::anyone,
            .origin = OriginRule::safe_method,
            .limit = Limit::general(),
            .lane = Lane::inline_,
            .run = run,
            .summary = "s"};
}
constexpr Endpoint get_a = made(Method::get, "/a"), post_a = made(Method::post, "/a"), get_b = made(Method::get, "/b");

class MetricsText : public testing::Test {
  protected:
    static Router routed() {
        Router made{"/api"};
        for (const Endpoint* row : {&get_a, &post_a, &get_b}) made.add(*row);
        return made;
    }
    ReadExposition read() const {
        Exposition out;
        metrics.expose(out);
        return ReadExposition{out.text()};
    }
    static constexpr std::size_t loops = 2;
    Router router = routed();
    Metrics metrics{router, loops};
};

TEST_F(MetricsText, counts_by_endpoint_and_status_over_all_loops) {
    using std::chrono::microseconds;
    metrics.count(0, &get_a, 200, microseconds{10});
    metrics.count(1, &get_a, 200, microseconds{20});
    metrics.count(0, &get_a, 503, microseconds{30});
    metrics.count(0, &post_a, 200, microseconds{40});
    metrics.count(0, &post_a, 299, microseconds{40});
    metrics.count(1, nullptr, 404, microseconds{50});
    const ReadExposition text = read();
    const std::string requests = "countersign_requests_total";
    EXPECT_EQ(text.at(requests + R"({method="GET",endpoint="/api/a",status="200"})"), 2);
    EXPECT_EQ(text.at(requests + R"({method="GET",endpoint="/api/a",status="503"})"), 1);
    EXPECT_EQ(text.at(requests + R"({method="POST",endpoint="/api/a",status="200"})"), 1);
    EXPECT_EQ(text.at(requests + R"({method="POST",endpoint="/api/a",status="other"})"), 1);
    EXPECT_EQ(text.at(requests + R"({method="any",endpoint="unrouted",status="404"})"), 1);
    EXPECT_FALSE(text.has(requests + R"({method="GET",endpoint="/api/b",status="200"})"));
    EXPECT_EQ(text.types().at(requests), "counter");
}

TEST_F(MetricsText, times_fall_into_the_bucket_whose_bound_they_do_not_exceed) {
    using std::chrono::microseconds;
    for (const int us : {50, 51, 1'000'000, 1'000'001}) metrics.count(0, &get_a, 200, microseconds{us});
    const ReadExposition text = read();
    const auto below = [&](const std::string& bound) {
        return text.at(R"(countersign_request_seconds_bucket{method="GET",endpoint="/api/a",le=")" + bound + "\"}");
    };
    EXPECT_EQ(below("5e-05"), 1);
    EXPECT_EQ(below("0.0001"), 2);
    EXPECT_EQ(below("0.1"), 2);
    EXPECT_EQ(below("1"), 3);
    EXPECT_EQ(below("+Inf"), 4);
    EXPECT_DOUBLE_EQ(text.at(R"(countersign_request_seconds_sum{method="GET",endpoint="/api/a"})"), 2.000102);
    EXPECT_EQ(text.at(R"(countersign_request_seconds_count{method="GET",endpoint="/api/a"})"), 4);
    EXPECT_EQ(text.types().at("countersign_request_seconds"), "histogram");
}

TEST_F(MetricsText, connections_pauses_and_lag) {
    metrics.connection_opened(0);
    metrics.connection_opened(1);
    metrics.connection_opened(1);
    metrics.connection_closed(0);
    metrics.accepting_paused(1);
    metrics.lag(1, std::chrono::microseconds{1500});
    const ReadExposition text = read();
    EXPECT_EQ(text.at("countersign_connections"), 2);
    EXPECT_EQ(text.at("countersign_accept_pauses_total"), 1);
    EXPECT_EQ(text.at(R"(countersign_loop_lag_seconds{loop="0"})"), 0);
    EXPECT_EQ(text.at(R"(countersign_loop_lag_seconds{loop="1"})"), 0.0015);
}

TEST(ExpositionText, escapes_what_a_label_may_not_hold) {
    Exposition out;
    out.family("a", Exposition::Kind::gauge, "h");
    out.sample({{"l", "x\"y\\z\n"}}, 1);
    EXPECT_EQ(out.text(), "# HELP a h\n# TYPE a gauge\na{l=\"x\\\"y\\\\z\\n\"} 1\n");
}

}    // namespace
}    // namespace countersign::http

#include "app/application.hpp"
#include "events/event.hpp"
#include "raw/engine.hpp"
#include "support/exposition.hpp"
#include "unit/app/running.hpp"

namespace countersign::app {
namespace {

using http::raw::Client;
using http::raw::status_of;

std::string get(std::uint16_t port, std::string_view path) {
    Client client{port};
    client.send("GET " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return client.read_one();
}

TEST(Management, metrics_name_requests_lanes_permits_loops_and_connections) {
    const Running server{""};
    EXPECT_EQ(status_of(get(server->port(), "/api/auth/ok")), 200);
    EXPECT_EQ(status_of(get(server->port(), "/nowhere")), 404);
    Client open{server->port()};
    open.send("GET /api/auth/ok HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(status_of(open.read_one()), 200);
    http::raw::await("the others are gone", [&] {
        return get(server->management_port(), "/metrics").find("\ncountersign_connections 1\n") != std::string::npos;
    });
    const std::string answer = get(server->management_port(), "/metrics");
    EXPECT_NE(answer.find("content-type: text/plain; version=0.0.4\r\n"), std::string::npos);
    const ReadExposition text{answer.substr(answer.find("\r\n\r\n") + 4)};
    const std::string requests = "countersign_requests_total";
    EXPECT_EQ(text.at(requests + R"({method="GET",endpoint="/api/auth/ok",status="200"})"), 2);
    EXPECT_EQ(text.at(requests + R"({method="any",endpoint="unrouted",status="404"})"), 1);
    EXPECT_EQ(text.at(R"(countersign_request_seconds_count{method="GET",endpoint="/api/auth/ok"})"), 2);
    for (const std::string lane : {"storage", "hash", "outbound"}) {
        EXPECT_EQ(text.at("countersign_lane_depth{lane=\"" + lane + "\"}"), 0);
        EXPECT_EQ(text.at("countersign_lane_running{lane=\"" + lane + "\"}"), 0);
    }
    EXPECT_GT(text.at("countersign_hash_permits"), 0);
    EXPECT_EQ(text.at("countersign_hash_permits_in_use"), 0);
    EXPECT_EQ(text.at("countersign_hash_waiting"), 0);
    EXPECT_EQ(text.at("countersign_trace_dropped_total"), 0);
    for (const events::KindRow& row : events::kinds)
        EXPECT_EQ(text.at("countersign_security_events_total{kind=\"" + std::string{*row.name} + "\"}"), 0);
    for (const std::string name : {"events_lost_total", "events_waiting", "event_rows"})
        EXPECT_EQ(text.at("countersign_security_" + name), 0);
    EXPECT_GE(text.at(R"(countersign_loop_lag_seconds{loop="0"})"), 0);
}

TEST(Management, ENU_07_metrics_tell_whose_failures_were_too_many) {
    const Running server{
        "emailAndPassword.enabled = true\nrateLimit.enabled = false\nfailureLimit.attempts = 1\n"
        "failureLimit.accountStop = 1\n"};
    const std::string body = R"({"email":"nobody@example.test","password":"wrong horse"})";
    const auto try_it = [&] {
        Client client{server->port()};
        client.send(
            "POST /api/auth/sign-in/email HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body);
        return status_of(client.read_one());
    };
    EXPECT_EQ(try_it(), 401);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(try_it(), 429);
    const std::string answer = get(server->management_port(), "/metrics");
    const ReadExposition text{answer.substr(answer.find("\r\n\r\n") + 4)};
    const auto refused = [&](const std::string& whose) {
        return text.at("countersign_failures_refused_total{whose=\"" + whose + "\"}");
    };
    EXPECT_EQ(refused("stop"), 2) << "of what holds, the worst";
    for (const std::string whose : {"network", "account", "device", "session"}) EXPECT_EQ(refused(whose), 0) << whose;
}

TEST(Management, metrics_count_security_events) {
    const Running server{"emailAndPassword.enabled = true\n"};
    const std::string body = R"({"email":"nobody@example.test","password":"wrong horse"})";
    Client client{server->port()};
    client.send(
        "POST /api/auth/sign-in/email HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_EQ(status_of(client.read_one()), 401);
    http::raw::await("the event is written", [&] {
        const std::string answer = get(server->management_port(), "/metrics");
        const ReadExposition text{answer.substr(answer.find("\r\n\r\n") + 4)};
        return text.at(R"(countersign_security_events_total{kind="sign_in.failed"})") == 1 &&
               text.at("countersign_security_event_rows") >= 1;
    });
}

TEST(Management, RDR_06_a_name_that_was_pointed_here_reads_nothing) {
    const Running server{"http.hosts = ['metrics.internal']\n"};
    const auto status = [&](const std::string& host) {
        Client client{server->management_port()};
        client.send("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        return status_of(client.read_one());
    };
    for (const std::string host : {"localhost:9464", "127.0.0.1:9464", "10.0.0.7", "metrics.internal:9464"})
        EXPECT_EQ(status(host), 200) << host;
    for (const std::string host : {"evil.test", "evil.test:9464"}) EXPECT_EQ(status(host), 421) << host;
}

TEST(Management, is_ready_while_it_serves_and_says_so_until_the_drain_is_over) {
    const Running server{"http.loops = 1\n"};
    const std::uint16_t port = server->port(), management = server->management_port();
    EXPECT_EQ(status_of(get(management, "/ready")), 200);
    Client idle{port}, sending{port}, operator_kept{management};
    sending.send(
        "POST /api/auth/sign-out HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(status_of(sending.read_header()), 100);
    operator_kept.send("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(status_of(operator_kept.read_one()), 200);
    std::thread stopper{[&] { server->stop(std::chrono::duration_cast<Seconds>(http::raw::patience)); }};
    EXPECT_EQ(idle.read_to_close(), "");    // says that the drain has begun
    EXPECT_FALSE(Client{port}.connected());
    EXPECT_EQ(status_of(get(management, "/ready")), 503);
    EXPECT_EQ(status_of(get(management, "/metrics")), 200);
    operator_kept.send("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(status_of(operator_kept.read_one()), 503);
    sending.send("{}");
    EXPECT_EQ(status_of(sending.read_to_close()), 503);
    stopper.join();
    EXPECT_EQ(operator_kept.read_to_close(), "");
    EXPECT_FALSE(Client{management}.connected());
}

}    // namespace
}    // namespace countersign::app

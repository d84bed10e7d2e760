// Clients that mean harm, and details of HTTP that a proxy in front of us takes at its word.
#include <sys/resource.h>

#include "raw/engine.hpp"

namespace countersign::http::raw {
namespace {

const std::string get_echo_close = "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const std::string chunked_post = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_F(Engine, INP_01_chunk_lines_and_trailers_without_end_are_431) {
    const std::string endless(4 * 1024 * 1024, 'a');
    for (const std::string_view start : {"1;", "1\r\nb\r\n0\r\nX: ", "1\r\nb\r\n1;x=\""}) {
        Client client{server_->port(0)};
        client.send(chunked_post + std::string{start});
        client.send_what_it_takes(endless);
        const std::string answer = client.read_to_close();
        EXPECT_EQ(status_of(answer), 431) << start << "\n" << answer;
    }
}

TEST_F(Engine, INP_01_a_refusal_reaches_a_client_that_is_still_sending) {
    for (int i = 0; i < 10; ++i) {
        Client client{server_->port(0)};
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
        client.send_what_it_takes(std::string(1'000'000, 'b'));
        client.half_close();
        EXPECT_EQ(status_of(client.read_to_close()), 413);
        EXPECT_EQ(client.ending, Client::Ending::orderly);
    }
}

TEST_F(Engine, INP_02_an_answer_to_HEAD_has_no_body) {
    Client client{server_->port(0)};
    client.send("HEAD /limited HTTP/1.1\r\nHost: a\r\n\r\n" + get_echo_close);
    const std::string answers = client.read_to_close();
    EXPECT_EQ(status_of(answers), 429);
    const std::size_t end = answers.find("\r\n\r\n");
    ASSERT_NE(end, std::string::npos);
    EXPECT_TRUE(answers.substr(end + 4).starts_with("HTTP/1.1 200")) << answers;
    EXPECT_NE(once("GET /limited HTTP/1.1\r\nHost: a\r\n\r\n").find("Too many requests"), std::string::npos);
}

TEST_F(Engine, INP_03_an_upgrade_to_h2c_is_not_taken) {
    Client client{server_->port(0)};
    client.send(
        "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n" +
        get_echo_close);
    const std::string answers = client.read_to_close();
    EXPECT_EQ(status_of(answers), 200);
    EXPECT_EQ(answers.find(" 101 "), std::string::npos);
    EXPECT_NE(answers.find("HTTP/1.1 200", 12), std::string::npos);    // the connection goes on as it was
}

TEST_F(Engine, keep_alive_of_HTTP_1_0_is_asked_for_and_granted_by_name) {
    const auto ask = [&](std::string_view fields, std::string_view version) {
        Client client{server_->port(0)};
        client.send("GET /echo HTTP/" + std::string{version} + "\r\nHost: a\r\n" + std::string{fields} + "\r\n");
        client.half_close();
        return client.read_to_close();
    };
    const auto says = [](std::string_view answer, std::string_view what) { return answer.contains(what); };
    EXPECT_TRUE(says(ask("", "1.0"), "connection: close"));
    EXPECT_TRUE(says(ask("Connection: keep-alive\r\n", "1.0"), "connection: keep-alive"));
    EXPECT_TRUE(says(ask("Connection: keep-alive\r\nConnection: close\r\n", "1.0"), "connection: close"));
    EXPECT_TRUE(says(ask("Connection: close\r\nConnection: keep-alive\r\n", "1.1"), "connection: close"));
    EXPECT_TRUE(says(ask("Connection: foo, Close\r\n", "1.1"), "connection: close"));
    EXPECT_FALSE(says(ask("Connection: x-close-x\r\n", "1.1"), "connection: close"));
    EXPECT_FALSE(says(ask("", "1.1"), "connection:"));
}

TEST_F(Engine, a_client_that_waits_for_100_continue_is_told_to_go_on) {
    Client client{server_->port(0)};
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    const std::string told = client.read([](std::string_view text) { return text.ends_with("\r\n\r\n"); });
    EXPECT_EQ(told, "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    EXPECT_NE(client.read_one().find("\"body\":\"abc\""), std::string::npos);
    Client old{server_->port(0)};    // RFC 9110 §10.1.1: of no meaning on 1.0
    old.send("POST /echo HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_FALSE(old.has_answer(Milliseconds{100}));
    old.send("abc");
    EXPECT_EQ(status_of(old.read_to_close()), 200);
}

TEST_F(Engine, the_time_of_a_request_is_that_of_its_arrival) {
    Client client{server_->port(0)};
    for (const std::int64_t at : {1'800'000'000'000, 1'800'000'500'000, 1'900'000'000'000}) {
        clock_.set(at);
        client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
        const std::string answer = client.read_one();
        EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::to_string(at))) << answer;
    }
    clock_.set(1'900'000'000'000);
    EXPECT_NE(once("GET /now HTTP/1.1\r\nHost: a\r\n\r\n").find("date: Sun, 17 Mar 2030 17:46:40 GMT"),
              std::string::npos);
}

TEST_F(Engine, running_out_of_descriptors_delays_newcomers_and_costs_no_processor) {
    Client served{server_->port(0)}, waits;
    served.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(served.read_one()), 200);
    rlimit usual{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
    const int next = ::dup(0);
    ::close(next);
    const rlimit none{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = usual.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    waits.connect(server_->port(0));
    waits.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::clock_t before = std::clock();
    EXPECT_FALSE(waits.has_answer(Milliseconds{400}));
    EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 10);
    served.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(served.read_one()), 200);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
    EXPECT_EQ(status_of(waits.read_one()), 200);
}

TEST_F(Engine, a_site_full_of_connections_leaves_the_other_site_its_own) {
    ServerOptions options{.loops = 1};
    for (int i = 0; i < 2; ++i) {
        options.sites.push_back({.address = {.host = "127.0.0.1"},
                                 .pipeline = &pipeline_,
                                 .metrics = &metrics_,
                                 .services = &services_,
                                 .limits = {.connections = 1}});
    }
    auto two = Server::start(std::move(options), clock_, random_);
    ASSERT_TRUE(two.ok());
    Client first{(*two)->port(0)};
    first.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(first.read_one()), 200);
    Client second{(*two)->port(0)};
    EXPECT_EQ(status_of(second.read_to_close()), 503);
    Client other{(*two)->port(1)};
    other.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(other.read_one()), 200);
}

TEST_F(Engine, a_client_that_reads_nothing_is_cut_and_others_are_served) {
    Limits limits;
    limits.time_to_write = Seconds{1};
    start(limits, {});
    Client deaf{server_->port(0)};
    std::string request = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + std::string(60'000, 'b');
    for (int i = 0; i < 200; ++i) deaf.send_what_it_takes(request);    // ends when the server hangs up
    EXPECT_EQ(status_of(once("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")), 200);
    EXPECT_LT(deaf.read_to_close().size(), 200U * 60'000U);
}

}    // namespace
}    // namespace countersign::http::raw

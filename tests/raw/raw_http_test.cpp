// The engine over real sockets, byte for byte: what is refused, what is served, and that nothing in between exists.
#include "raw/engine.hpp"

namespace countersign::http {
namespace {

using namespace raw;

Result<Response> run_echo(Exchange& x) {
    std::string text;
    json::Writer out{text};
    out.begin_object().key("path").value(x.request().path).key("body").value(x.request().body).end_object();
    return Response::json(std::move(text));
}
Result<Response> run_deferred(Exchange& x) {
    if (x.lane() == Lane::inline_) return Response::defer(Lane::storage);
    return Response::json("\"from the lane\"");
}
Result<Response> run_throws(Exchange&) { throw std::bad_alloc{}; }

constexpr Endpoint get_echo = row(Method::get, "/echo", Lane::inline_, run_echo);
constexpr Endpoint post_echo = row(Method::post, "/echo", Lane::inline_, run_echo);
constexpr Endpoint deferred = row(Method::get, "/deferred", Lane::inline_, run_deferred);
constexpr Endpoint throws = row(Method::get, "/throws", Lane::inline_, run_throws);
constexpr Endpoint json_only{.method = Method::post,
                             .path = "/json",
                             .caller = Caller::anyone,
                             .origin = OriginRule::trusted_only,
                             .limit = Limit::general(),
                             .lane = Lane::inline_,
                             .run = run_echo,
                             .summary = "s"};

constexpr std::array rows{&get_echo, &post_echo, &deferred, &throws, &json_only};

class Engine : public testing::Test {
  protected:
    void start(const EngineSetup& setup) {
        engine_.reset();
        engine_.emplace(rows, setup);
    }
    std::uint16_t port() const { return engine_->port(); }
    std::string once(std::string_view request) { return engine_->once(request); }

    std::optional<TestEngine> engine_{std::in_place, rows};
};

TEST_F(Engine, INP_02_framing_that_two_readers_could_read_in_two_ways) {
    struct Case {
        std::string_view name;
        std::string request;
        int status;
    };
    const std::string host = "Host: a\r\n";
    const std::string chunks = "3\r\nabc\r\n0\r\n\r\n";
    const Case table[]{
        {"plain GET", "GET /echo HTTP/1.1\r\n" + host + "\r\n", 200},
        {"length", "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc", 200},
        {"chunked", "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + chunks, 200},
        {"chunked, other case", "POST /echo HTTP/1.1\r\n" + host + "transfer-encoding: Chunked\r\n\r\n" + chunks, 200},
        {"trailers are dropped",
         "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nHost: b\r\n\r\n", 200},
        {"length and chunked",
         "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, 400},
        {"xchunked", "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n" + chunks, 400},
        {"chunked, identity",
         "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, identity\r\n\r\n" + chunks, 400},
        {"identity", "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: identity\r\n\r\n", 400},
        {"chunked twice",
         "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
         400},
        {"chunked on 1.0", "POST /echo HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + chunks, 400},
        {"length twice", "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
        {"length list", "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 3, 3\r\n\r\nabc", 400},
        {"length with sign", "POST /echo HTTP/1.1\r\n" + host + "Content-Length: +3\r\n\r\nabc", 400},
        {"length in hex", "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 0x3\r\n\r\nabc", 400},
        {"length empty", "POST /echo HTTP/1.1\r\n" + host + "Content-Length:\r\n\r\n", 400},
        {"length too large a number",
         "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999999\r\n\r\n", 413},
        {"chunk size no hex", "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
        {"chunk too long", "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
         400},
        {"obs-fold", "GET /echo HTTP/1.1\r\n" + host + "X: a\r\n b\r\n\r\n", 400},
        {"blank before colon", "GET /echo HTTP/1.1\r\n" + host + "X : a\r\n\r\n", 400},
        {"blank before Host's colon", "GET /echo HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"bare LF", "GET /echo HTTP/1.1\nHost: a\n\n", 400},
        {"bare LF in a field", "GET /echo HTTP/1.1\r\n" + host + "X: a\nY: b\r\n\r\n", 400},
        {"bare CR", "GET /echo HTTP/1.1\r\n" + host + "X: a\rY: b\r\n\r\n", 400},
        {"NUL in a field", "GET /echo HTTP/1.1\r\n" + host + std::string("X: a\0b\r\n\r\n", 10), 400},
        {"byte over 0x7F", "GET /echo HTTP/1.1\r\n" + host + "X: \xC3\xA9\r\n\r\n", 400},
        {"no Host", "GET /echo HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", "GET /echo HTTP/1.1\r\n" + host + host + "\r\n", 400},
        {"absolute form", "GET http://a/echo HTTP/1.1\r\n" + host + "\r\n", 400},
        {"asterisk form", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 400},
        {"authority form", "CONNECT a:80 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"fragment", "GET /echo#x HTTP/1.1\r\n" + host + "\r\n", 400},
        {"blank in the target", "GET /ec ho HTTP/1.1\r\n" + host + "\r\n", 400},
        {"control byte in the target", "GET /echo\x01 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"no target", "GET HTTP/1.1\r\n" + host + "\r\n", 400},
        {"version 2.0", "GET /echo HTTP/2.0\r\n" + host + "\r\n", 400},
        {"version 0.9", "GET /echo\r\n\r\n", 400},
        {"INP-03 HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        {"method is no token", "G(T /echo HTTP/1.1\r\n" + host + "\r\n", 400},
        {"unknown method", "BREW /echo HTTP/1.1\r\n" + host + "\r\n", 404},
        {"garbage", "\x16\x03\x01\x02\r\n\r\n", 400},
        {"field without colon", "GET /echo HTTP/1.1\r\n" + host + "nonsense\r\n\r\n", 400},
        {"field without name", "GET /echo HTTP/1.1\r\n" + host + ": x\r\n\r\n", 400},
        {"Expect of another kind", "POST /echo HTTP/1.1\r\n" + host + "Expect: x\r\nContent-Length: 0\r\n\r\n", 400},
    };
    for (const auto& [name, request, status] : table) {
        Client client{port()};
        client.send(request);
        const std::string answer = client.read_one();
        EXPECT_EQ(status_of(answer), status) << name << "\n" << answer;
        if (status == 400 || status == 413) {
            client.read_to_close();
            EXPECT_TRUE(client.closed) << name;
        }
    }
    EXPECT_EQ(once("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n").substr(9, 3), "200");
}

TEST_F(Engine, INP_01_limits_of_header_and_body) {
    const std::string start = "GET /echo HTTP/1.1\r\nHost: a\r\n";
    std::string many;
    for (int i = 0; i < 99; ++i) many += "X" + std::to_string(i) + ": y\r\n";
    EXPECT_EQ(status_of(once(start + many + "\r\n")), 200);
    EXPECT_EQ(status_of(once(start + many + "One-more: y\r\n\r\n")), 431);
    EXPECT_EQ(status_of(once(start + "X: " + std::string(15'000, 'y') + "\r\n\r\n")), 200);
    EXPECT_EQ(status_of(once(start + "X: " + std::string(17'000, 'y') + "\r\n\r\n")), 431);
    EXPECT_EQ(status_of(once(start + "X: " + std::string(40'000, 'y'))), 431);    // never ends
    EXPECT_EQ(status_of(once("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n")), 431);
    const std::string post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ";
    EXPECT_EQ(status_of(once(post + "65536\r\n\r\n" + std::string(65'536, 'b'))), 200);
    EXPECT_EQ(status_of(once(post + "65537\r\n\r\n")), 413);
    EXPECT_EQ(status_of(once("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n")), 413);
}

TEST_F(Engine, INP_01_slow_headers_slow_bodies_and_idle_connections_end) {
    Limits limits;
    limits.time_to_header = limits.time_to_body = limits.idle = Milliseconds{50};
    start({.limits = limits});
    Client header{port()}, body{port()}, idle{port()};
    header.send("GET /echo HTTP/1.1\r\nHo");
    body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(status_of(header.read_to_close()), 408);
    EXPECT_EQ(status_of(body.read_to_close()), 408);
    EXPECT_EQ(idle.read_to_close(), "");
}

TEST_F(Engine, requests_in_a_row_are_answered_in_order_on_one_connection) {
    Client client{port()};
    std::string requests;
    for (int i = 0; i < 100; ++i) {
        requests += i % 3 == 0
                        ? "GET /deferred HTTP/1.1\r\nHost: a\r\n\r\n"
                        : "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n" + std::to_string(100 + i);
    }
    client.send(requests + "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string answers = client.read_to_close();
    std::size_t at = 0;
    for (int i = 0; i < 100; ++i) {
        const std::string wanted = i % 3 == 0 ? "from the lane" : "\"body\":\"" + std::to_string(100 + i) + "\"";
        at = answers.find(wanted, at);
        ASSERT_NE(at, std::string::npos) << i;
    }
}

TEST_F(Engine, bytes_that_come_one_at_a_time_make_the_same_request) {
    const std::string start = "POST /echo HTTP/1.1\r\nHost: a\r\n";
    for (const std::string& request : {start + "Content-Length: 3\r\n\r\na\n\n",
                                       start + "Transfer-Encoding: chunked\r\n\r\n3\r\na\n\n\r\n0\r\n\r\n"}) {
        Client client{port()};
        for (const char c : request) client.send({&c, 1});
        EXPECT_NE(client.read_one().find("\"body\":\"a\\n\\n\""), std::string::npos);
    }
}

TEST_F(Engine, ERR_01_an_exception_is_a_500_without_a_word) {
    const std::string answer = once("GET /throws HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(answer), 500);
    EXPECT_EQ(answer.find("bad_alloc"), std::string::npos);
    EXPECT_NE(answer.find("x-request-id: "), std::string::npos);
}

TEST_F(Engine, INP_04_bodies_that_are_no_JSON_are_400_and_other_types_415) {
    const auto post = [&](std::string_view type, std::string_view body) {
        return status_of(once("POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string{type} +
                              "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body}));
    };
    EXPECT_EQ(post("application/json", "{}"), 200);
    EXPECT_EQ(post("application/json", R"({"a":1,"a":2})"), 400);
    EXPECT_EQ(post("application/json", "\"\xFF\""), 400);
    EXPECT_EQ(post("text/plain", "{}"), 415);
}

TEST_F(Engine, two_hundred_clients_at_once_are_all_served) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<Client>(port()));
    for (const auto& client : clients) client->send("GET /deferred HTTP/1.1\r\nHost: a\r\n\r\n");
    for (const auto& client : clients) EXPECT_EQ(status_of(client->read_one()), 200);
}

TEST(ListenAddress, is_an_address_and_a_port) {
    EXPECT_TRUE(parse_listen_address("127.0.0.1:8080").ok());
    EXPECT_TRUE(parse_listen_address("[::1]:0").ok());
    for (const std::string_view bad :
         {"", "8080", "127.0.0.1:", "127.0.0.1:99999", "example.com:80", "127.0.0.1:80x"}) {
        EXPECT_FALSE(parse_listen_address(bad).ok()) << bad;
    }
}

}    // namespace
}    // namespace countersign::http

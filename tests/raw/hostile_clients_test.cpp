// Clients that break the protocol, stall, flood or vanish: each gets a clear refusal or a closed connection, and the
// next client is served as if nothing had been.
#include "raw/engine.hpp"

namespace countersign::http {
namespace {

using namespace raw;

std::atomic<int> runs{0};
Result<Response> run_echo(Exchange& x) {
    ++runs;
    std::string text;
    json::Writer{text}.value(x.request().body);
    return Response::json(std::move(text));
}
constexpr std::size_t big_size = std::size_t{8} << 20U;
Result<Response> run_big(Exchange&) {
    ++runs;
    return Response::json(std::string(big_size, 'x'));
}
constexpr Endpoint get_echo = row(Method::get, "/echo", Lane::inline_, run_echo);
constexpr Endpoint head_echo = row(Method::head, "/echo", Lane::inline_, run_echo);
constexpr Endpoint post_echo = row(Method::post, "/echo", Lane::storage, run_echo);
constexpr Endpoint big = row(Method::get, "/big", Lane::inline_, run_big);
constexpr std::array rows{&get_echo, &head_echo, &post_echo, &big};

constexpr std::string_view get = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string post(std::size_t length) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

class Hostile : public testing::Test {
  protected:
    void SetUp() override { runs = 0; }
    TestEngine engine{rows};
};

struct Case {
    std::string_view name;
    std::string request;
    int status;
};

/// A refusal ends the connection; nothing that came with it has run.
void expect_statuses(TestEngine& engine, std::span<const Case> table) {
    for (const auto& [name, request, status] : table) {
        runs = 0;
        Client client{engine.port()};
        client.send_unheard(request);
        const std::string answer = client.read_one();
        EXPECT_EQ(status_of(answer), status) << name << "\n" << answer;
        EXPECT_EQ(runs, status == 200 ? 1 : 0) << name;
        if (status == 200 || status == 404) continue;
        EXPECT_EQ(client.read_to_close(), "") << name;
        EXPECT_TRUE(client.closed) << name;
    }
    engine.expect_alive("the table");
}

TEST_F(Hostile, INP_02_chunks_that_two_readers_could_read_in_two_ways) {
    const std::string many(20'000, 'a');
    std::string trailers;
    for (int i = 0; i < 3000; ++i) trailers += "A: bc\r\n";
    const Case table[]{
        {"chunks", chunked + "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", 200},
        {"extensions", chunked + "3;a=b;c=\"d e\"\r\nabc\r\n0;x\r\n\r\n", 200},
        {"trailers are dropped", chunked + "3\r\nabc\r\n0\r\nA: b\r\nC: d\r\n\r\n", 200},
        {"LF ends the last chunk", chunked + "0\n\n", 400},
        {"LF ends the last chunk line", chunked + "0\n\r\n", 400},
        {"LF ends the last chunk line after data", chunked + "3\r\nabc\r\n0\n\r\n", 400},
        {"LF ends the empty line", chunked + "3\r\nabc\r\n0\r\n\n", 400},
        {"LF ends a chunk line, whole", chunked + "3\nabc\r\n0\r\n\r\n", 400},
        {"LF ends a chunk line, nothing behind it", chunked + "3\n", 400},
        {"LF ends chunk data", chunked + "3\r\nabc\n0\r\n\r\n", 400},
        {"LF ends chunk data, nothing behind it", chunked + "3\r\nabc\n", 400},
        {"LF ends a trailer", chunked + "0\r\nA: b\n", 400},
        {"LF ends a trailer, CRLF follows", chunked + "0\r\nA: b\n\r\n", 400},
        {"LF between trailers", chunked + "0\r\nA: b\nC: d\r\n\r\n", 400},
        {"LF in an extension", chunked + "3;a\nb\r\nabc\r\n0\r\n\r\n", 400},
        {"LF in a quoted extension", chunked + "3;a=\"b\nc\"\r\nabc\r\n0\r\n\r\n", 400},
        {"LF in a quoted extension of the last chunk", chunked + "0;a=\"b\nc\"\r\n\r\n", 400},
        {"CR in a chunk line", chunked + "3\rabc\r\n0\r\n\r\n", 400},
        {"CR in a quoted extension", chunked + "3;a=\"b\rc\"\r\nabc\r\n0\r\n\r\n", 400},
        {"CR in a trailer", chunked + "0\r\nA: b\rC: d\r\n\r\n", 400},
        {"extension without end", chunked + "3;" + many, 431},
        {"chunk size without end", chunked + many, 431},
        {"trailer without end", chunked + "0\r\nA: " + many, 431},
        {"trailers without end", chunked + "0\r\n" + trailers, 431},
        {"the largest size there is", chunked + "FFFFFFFFFFFFFFFF\r\n", 413},
        {"a size over 64 bits", chunked + "10000000000000000\r\n", 400},
        {"a size over 64 bits that wraps to 3", chunked + "10000000000000003\r\nabc\r\n0\r\n\r\n", 400},
        {"chunks over the limit together", chunked + "FFFF\r\n" + std::string(0xFFFF, 'b') + "\r\n2\r\nbb\r\n0\r\n\r\n",
         413},
        {"a trailer that is no field", chunked + "0\r\nh\r\nHost[::1]:x\r\n\r\n", 400},
        {"a folded trailer", chunked + "0\r\nA: b\r\n c\r\n\r\n", 400},
        {"a blank behind the size", chunked + "3 \r\nabc\r\n0\r\n\r\n", 400},
        {"more data than the size says", chunked + "3\r\nabcd\r\n0\r\n\r\n", 400},
        {"negative size", chunked + "-3\r\nabc\r\n0\r\n\r\n", 400},
        {"signed size", chunked + "+3\r\nabc\r\n0\r\n\r\n", 400},
        {"size with 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n", 400},
        {"blank before the size", chunked + " 3\r\nabc\r\n0\r\n\r\n", 400},
        {"no size", chunked + "\r\nabc\r\n0\r\n\r\n", 400},
        {"extension without semicolon", chunked + "3 a\r\nabc\r\n0\r\n\r\n", 400},
        {"data longer than its size", chunked + "3\r\nabcd\r\n0\r\n\r\n", 400},
        {"data shorter than its size", chunked + "5\r\nabc\r\n0\r\n\r\n\r\n", 400},
        {"NUL in a chunk line", chunked + std::string("3;\0\r\nabc\r\n0\r\n\r\n", 16), 400},
        {"trailer without colon", chunked + "0\r\nnonsense\r\n\r\n", 400},
        {"NUL in a trailer", chunked + std::string("0\r\nA: \0\r\n\r\n", 11), 400},
    };
    expect_statuses(engine, table);
}

TEST_F(Hostile, INP_02_request_lines_and_bytes_that_no_client_sends) {
    const std::string host = " HTTP/1.1\r\nHost: a\r\n";
    std::string fields;
    for (int i = 0; i < 10'000; ++i) fields += "A:b\r\n";
    const Case table[]{
        {"absolute form", "GET http://a/echo" + host + "\r\n", 400},
        {"absolute form of another host", "GET http://evil.example/echo" + host + "\r\n", 400},
        {"authority form", "CONNECT a:443" + host + "\r\n", 400},
        {"authority form, GET", "GET a:443" + host + "\r\n", 400},
        {"asterisk form", "OPTIONS *" + host + "\r\n", 400},
        {"asterisk form, GET", "GET *" + host + "\r\n", 400},
        {"no leading slash", "GET echo" + host + "\r\n", 400},
        {"two slashes", "GET //echo" + host + "\r\n", 404},
        {"dot segments", "GET /x/../echo" + host + "\r\n", 404},
        {"encoded", "GET /%65cho" + host + "\r\n", 404},
        {"encoded NUL", "GET /echo%00" + host + "\r\n", 404},
        {"NUL in the target", std::string("GET /ec\0ho", 10) + host + "\r\n", 400},
        {"bytes over 0x7F in the target", "GET /\xC3\xA9" + host + "\r\n", 400},
        {"invalid UTF-8 in the target", "GET /\xFF\xFE" + host + "\r\n", 400},
        {"DEL in the target", "GET /\x7F" + host + "\r\n", 400},
        {"NUL in the method", std::string("G\0T /echo", 9) + host + "\r\n", 400},
        {"NUL only", std::string(4, '\0') + "\r\n\r\n", 400},
        {"NUL in a field name", "GET /echo" + host + std::string("A\0B: c\r\n\r\n", 10), 400},
        {"invalid UTF-8 in a field", "GET /echo" + host + "A: \xC3\x28\r\n\r\n", 400},
        {"unknown method", "BREW /echo" + host + "\r\n", 404},
        {"TRACE", "TRACE /echo" + host + "\r\n", 404},
        {"method in lower case", "get /echo" + host + "\r\n", 404},
        {"method of 9,000 letters", std::string(9'000, 'G') + " /echo" + host + "\r\n", 404},
        {"no version", "GET /echo\r\nHost: a\r\n\r\n", 400},
        {"HTTP/0.9", "GET /echo\r\n\r\n", 400},
        {"HTTP/1.2", "GET /echo HTTP/1.2\r\nHost: a\r\n\r\n", 400},
        {"HTTP/1.10", "GET /echo HTTP/1.10\r\nHost: a\r\n\r\n", 400},
        {"http/1.1", "GET /echo http/1.1\r\nHost: a\r\n\r\n", 400},
        {"two blanks", "GET  /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"tab for a blank", "GET\t/echo HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"empty line in front", "\r\n" + std::string{get}, 400},
        {"INP-03 HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string(9, '\0'), 400},
        {"INP-03 upgrade to h2c is ignored",
         "GET /echo" + host + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
         200},
        {"upgrade to websocket is ignored", "GET /echo" + host + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
         200},
        {"TLS ClientHello", std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03\r\n\r\n", 14), 400},
        {"target of 8,192 bytes", "GET /" + std::string(8'191, 'a') + host + "\r\n", 404},
        {"target of 8,193 bytes", "GET /" + std::string(8'192, 'a') + host + "\r\n", 431},
        {"request line without end", "GET /" + std::string(100'000, 'a'), 431},
        {"10,000 fields", "GET /echo" + host + fields + "\r\n", 431},
        {"field name of 20,000 bytes", "GET /echo" + host + std::string(20'000, 'a') + ": b\r\n\r\n", 431},
        {"a million bytes of fields", "GET /echo" + host + "A: " + std::string(1'000'000, 'a') + "\r\n\r\n", 431},
    };
    expect_statuses(engine, table);
}

TEST_F(Hostile, INP_03_an_upgrade_is_answered_in_HTTP_1_1_and_the_connection_stays_that) {
    Client client{engine.port()};
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    const std::string answer = client.read_one();
    EXPECT_EQ(answer.find("upgrade"), std::string::npos);
    client.send(get);
    EXPECT_EQ(status_of(client.read_one()), 200);
}

TEST_F(Hostile, a_half_closed_client_is_answered_if_its_request_is_whole_and_dropped_if_not) {
    const Case table[]{
        {"whole", std::string{get}, 200},
        {"whole with body", post(3) + "abc", 200},
        {"whole in chunks", chunked + "3\r\nabc\r\n0\r\n\r\n", 200},
        {"nothing", "", 0},
        {"half a request line", "GET /ec", 0},
        {"header without its end", "GET /echo HTTP/1.1\r\nHost: a\r\n", 0},
        {"no body", post(3), 0},
        {"half a body", post(3) + "ab", 0},
        {"no chunk", chunked, 0},
        {"half a chunk", chunked + "3\r\nab", 0},
        {"no last chunk", chunked + "3\r\nabc\r\n", 0},
        {"no end of trailers", chunked + "3\r\nabc\r\n0\r\nA: b\r\n", 0},
    };
    for (const auto& [name, request, status] : table) {
        runs = 0;
        Client client{engine.port()};
        client.send(request);
        client.half_close();
        const std::string answer = client.read_to_close();
        EXPECT_EQ(status_of(answer), status) << name;
        EXPECT_EQ(answer.empty(), status == 0) << name;
        EXPECT_EQ(runs, status == 200 ? 1 : 0) << name;
    }
    engine.expect_alive("half-closed clients");
}

TEST_F(Hostile, garbage_behind_good_requests_is_refused_after_their_answers) {
    for (const std::string& garbage : {std::string("\0\0\0\r\n\r\n", 7), std::string{"GET /echo HTTP/1.1\n\n"},
                                       std::string{"\xFF\xFE\r\n\r\n"}, std::string{"abc\r\n\r\n"}}) {
        Client client{engine.port()};
        client.send(std::string{get} + post(2) + "ok" + garbage + std::string{get});
        EXPECT_EQ(status_of(client.read_one()), 200);
        EXPECT_NE(client.read_one().find("\"ok\""), std::string::npos);
        EXPECT_EQ(status_of(client.read_one()), 400);
        EXPECT_EQ(client.read_to_close(), "") << "nothing behind the garbage is answered";
    }
    engine.expect_alive("garbage");
}

TEST_F(Hostile, an_expectation_of_100_is_met_once_and_only_where_a_body_is_awaited) {
    const auto ask = [](std::string_view version, std::string_view framing) {
        return "POST /echo HTTP/" + std::string{version} + "\r\nHost: a\r\nExpect: 100-continue\r\n" +
               std::string{framing} + "\r\n\r\n";
    };
    for (const auto& [framing, body] :
         {std::pair{"Content-Length: 3", "abc"}, std::pair{"Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n"}}) {
        Client client{engine.port()};
        client.send(ask("1.1", framing));
        EXPECT_EQ(client.read_header(), "HTTP/1.1 100 Continue\r\n\r\n") << framing;
        client.send(body);
        EXPECT_NE(client.read_one().find("\"abc\""), std::string::npos) << framing;
    }
    const Case table[]{
        {"the body is there", ask("1.1", "Content-Length: 3") + "abc", 200},
        {"no body", ask("1.1", "Content-Length: 0"), 200},
        {"HTTP/1.0", ask("1.0", "Content-Length: 3") + "abc", 200},
        {"the body would be too large", ask("1.1", "Content-Length: 65537"), 413},
    };
    expect_statuses(engine, table);    // whose first answer is the final one
    Client old{engine.port()};
    old.send(ask("1.0", "Content-Length: 3"));
    old.half_close();
    EXPECT_EQ(old.read_to_close(), "") << "HTTP/1.0 knows no 100";
}

TEST_F(Hostile, HEAD_has_the_length_and_no_body) {
    Client client{engine.port()};
    client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string head = client.read_header();
    EXPECT_EQ(status_of(head), 200);
    EXPECT_NE(head.find("content-length: 2\r\n"), std::string::npos);
    client.send("HEAD /big HTTP/1.1\r\nHost: a\r\n\r\n");    // no such row
    EXPECT_EQ(status_of(client.read_header()), 404);
    client.send(get);
    EXPECT_EQ(status_of(client.read_one()), 200) << "what follows starts with its own status line";
}

TEST_F(Hostile, a_connection_stays_open_as_its_version_and_fields_say) {
    struct Keep {
        std::string_view name;
        std::string request;
        std::string_view field;    // of the answer; empty: the connection stays open without a word
    };
    const std::string old = "GET /echo HTTP/1.0\r\nHost: a\r\n", now = "GET /echo HTTP/1.1\r\nHost: a\r\n";
    const Keep table[]{
        {"1.0", old + "\r\n", "connection: close"},
        {"1.0, keep-alive", old + "Connection: keep-alive\r\n\r\n", "connection: keep-alive"},
        {"1.0, Keep-Alive", old + "Connection: Keep-Alive\r\n\r\n", "connection: keep-alive"},
        {"1.0, keep-alive and close", old + "Connection: keep-alive, close\r\n\r\n", "connection: close"},
        {"1.1", now + "\r\n", ""},
        {"1.1, close", now + "Connection: close\r\n\r\n", "connection: close"},
        {"1.1, close among others", now + "Connection: x, Close ,y\r\n\r\n", "connection: close"},
        {"1.1, close in a second field", now + "Connection: x\r\nConnection: close\r\n\r\n", "connection: close"},
    };
    for (const auto& [name, request, field] : table) {
        Client client{engine.port()};
        client.send(request);
        const std::string answer = client.read_one();
        EXPECT_EQ(status_of(answer), 200) << name;
        EXPECT_EQ(answer.find("connection: ") == std::string::npos, field.empty()) << name;
        EXPECT_NE(answer.find(field), std::string::npos) << name;
        if (field == "connection: close") {
            EXPECT_EQ(client.read_to_close(), "") << name;
            continue;
        }
        client.send(get);
        EXPECT_EQ(status_of(client.read_one()), 200) << name;
    }
}

TEST_F(Hostile, a_client_that_resets_in_mid_request_costs_nothing) {
    for (const std::string& part : {std::string{"GET /ec"}, post(100) + "abc", chunked + "3\r\nab", std::string{get}}) {
        Client client{engine.port()};
        client.send(part);
        client.reset();
    }
    await("the connections are gone", [&] { return engine.metrics().connections() == 0; });
    engine.expect_alive("resets");
}

TEST_F(Hostile, an_answer_larger_than_any_buffer_arrives_whole) {
    Client client{engine.port()};
    client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = client.read_one();
    EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, big_size);
}

class Slow : public testing::Test {
  protected:
    static EngineSetup setup() {
        EngineSetup made;
        constexpr Milliseconds brief{40};
        made.limits.time_to_header = made.limits.time_to_body = made.limits.idle = made.limits.time_to_write = brief;
        return made;
    }
    void SetUp() override { runs = 0; }
    TestEngine engine{rows, setup()};
};

TEST_F(Slow, INP_01_bytes_that_drip_do_not_buy_time) {
    for (const std::string& start : {std::string{"GET /"}, post(60'000), chunked}) {
        Client client{engine.port()};
        client.send(start);
        pollfd answered{.fd = client.descriptor(), .events = POLLIN, .revents = 0};
        const std::string_view drip = start == chunked ? "1\r\na\r\n" : "a";
        constexpr int a_moment_ms = 5;
        for (int sent = 0; ::poll(&answered, 1, a_moment_ms) == 0 && sent < 2000; ++sent) client.send_unheard(drip);
        EXPECT_EQ(status_of(client.read_one()), 408) << start;
        EXPECT_EQ(client.read_to_close(), "") << start;
    }
    EXPECT_EQ(runs, 0);
    engine.expect_alive("slow clients");
}

TEST_F(Slow, INP_01_a_second_request_has_a_time_of_its_own) {
    Client client{engine.port()};
    client.send(std::string{get} + "GET /ec");
    EXPECT_EQ(status_of(client.read_one()), 200);
    EXPECT_EQ(status_of(client.read_one()), 408);
    EXPECT_EQ(client.read_to_close(), "");
}

TEST_F(Slow, INP_01_a_client_that_never_reads_is_cut_and_holds_one_answer_at_most) {
    constexpr int small_room = 4096;
    std::string asks;
    for (int i = 0; i < 50; ++i) asks += "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
    Client client{engine.port(), small_room};
    client.send(asks);
    await("the first answer is made", [&] { return runs == 1; });
    await("the connection is closed", [&] { return engine.metrics().connections() == 0; });
    EXPECT_EQ(runs, 1);
    EXPECT_LT(client.read_to_close().size(), big_size);
    engine.expect_alive("a client that does not read");
}

}    // namespace
}    // namespace countersign::http

// Direct TLS over real sockets: which handshakes there are, what is refused, and that HTTP behind it is the same.
#include "raw/tls_client.hpp"

namespace countersign::http {
namespace {

using namespace raw;
using namespace std::string_view_literals;

std::atomic<int> runs{0};
Result<Response> run_echo(Exchange& x) {
    ++runs;
    std::string text;
    json::Writer{text}.value(x.request().body);
    return Response::json(std::move(text));
}
constexpr std::size_t big_size = std::size_t{8} << 20U;
Result<Response> run_big(Exchange&) { return Response::json(std::string(big_size, 'x')); }
constexpr Endpoint post_echo = row(Method::post, "/echo", Lane::storage, run_echo);
constexpr Endpoint big = row(Method::get, "/big", Lane::inline_, run_big);
constexpr std::array rows{&post_echo, &big};

constexpr std::string_view get_ping = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n";
std::string post(std::string_view body) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string{body};
}

const Certificate& certificate() {
    static const Certificate made;
    return made;
}

class Tls : public testing::Test {
  protected:
    void SetUp() override {
        runs = 0;
        auto loaded = TlsContext::load(certificate().files());
        ASSERT_TRUE(loaded.has_value());
        context = *std::move(loaded);
        start({});
    }
    void start(const Limits& limits) {
        engine.reset();
        engine.emplace(rows, EngineSetup{.limits = limits, .tls = context.get()});
    }
    std::uint16_t port() const { return engine->port(); }
    void expect_alive(std::string_view after) {
        TlsClient client{port()};
        client.send(get_ping);
        EXPECT_EQ(status_of(client.read_one()), 200) << after;
    }

    std::unique_ptr<TlsContext> context;
    std::optional<TestEngine> engine;
};

TEST_F(Tls, INP_11_versions_and_ciphers) {
    struct Case {
        std::string_view name;
        Wish wish;
        std::string_view version;    // empty: refused
        int refusal;
    };
    const Case table[]{
        {"TLS 1.3", {.lowest = TLS1_3_VERSION}, "TLSv1.3", 0},
        {"TLS 1.2", {.highest = TLS1_2_VERSION}, "TLSv1.2", 0},
        {"both", {}, "TLSv1.3", 0},
        {"TLS 1.1", {.lowest = TLS1_VERSION, .highest = TLS1_1_VERSION}, "", SSL_R_TLSV1_ALERT_PROTOCOL_VERSION},
        {"TLS 1.0", {.lowest = TLS1_VERSION, .highest = TLS1_VERSION}, "", SSL_R_TLSV1_ALERT_PROTOCOL_VERSION},
        {"TLS 1.2, CBC",
         {.highest = TLS1_2_VERSION, .old_ciphers = "ECDHE-ECDSA-AES128-SHA256"},
         "",
         SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE},
        {"TLS 1.2, no forward secrecy",
         {.highest = TLS1_2_VERSION, .old_ciphers = "AES128-GCM-SHA256"},
         "",
         SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE},
    };
    for (const auto& [name, wish, version, refusal] : table) {
        TlsClient client{port(), wish};
        EXPECT_EQ(client.connected(), !version.empty()) << name;
        EXPECT_EQ(client.refusal(), refusal) << name;
        if (version.empty()) continue;
        EXPECT_EQ(SSL_get_version(client.ssl()), version) << name;
        client.send(get_ping);
        EXPECT_EQ(status_of(client.read_one()), 200) << name;
    }
    expect_alive("the table");
}

TEST_F(Tls, INP_03_ALPN_offers_http_1_1_only) {
    struct Case {
        std::string_view name;
        std::string_view offered;
        std::string_view chosen;    // empty and refused, or empty because nothing was asked
        int refusal;
    };
    const Case table[]{
        {"nothing", ""sv, "", 0},
        {"http/1.1", "\x08http/1.1"sv, "http/1.1", 0},
        {"h2 first", "\x02h2\x08http/1.1"sv, "http/1.1", 0},
        {"h2 only", "\x02h2"sv, "", SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL},
        {"http/1.0", "\x08http/1.0"sv, "", SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL},
        {"other case", "\x08HTTP/1.1"sv, "", SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL},
    };
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const auto& [name, offered, chosen, refusal] : table) {
            TlsClient client{port(), {.lowest = version, .highest = version, .protocols = offered}};
            EXPECT_EQ(client.connected(), refusal == 0) << name;
            EXPECT_EQ(client.refusal(), refusal) << name;
            EXPECT_EQ(client.protocol(), chosen) << name;
        }
    }
    expect_alive("the table");
}

TEST_F(Tls, bodies_of_any_size_go_both_ways) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client{port(), {.lowest = version, .highest = version}};
        const std::string body(65'536, 'b');
        client.send(post(body));
        EXPECT_NE(client.read_one().find("\"" + body + "\""), std::string::npos);
        client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
        const std::string answer = client.read_one();
        EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, big_size);
        client.send(post("after it"));
        EXPECT_NE(client.read_one().find("\"after it\""), std::string::npos);
    }
}

TEST_F(Tls, requests_in_a_row_are_answered_in_order) {
    TlsClient client{port()};
    std::string requests;
    for (int i = 0; i < 100; ++i) requests += post("n" + std::to_string(i)) + std::string{get_ping};
    client.send(requests);
    for (int i = 0; i < 100; ++i) {
        EXPECT_NE(client.read_one().find("\"n" + std::to_string(i) + "\""), std::string::npos);
        EXPECT_NE(client.read_one().find("\"pong\""), std::string::npos);
    }
}

TEST_F(Tls, a_request_in_records_of_one_byte_is_a_request) {
    TlsClient client{port()};
    for (const char c : post("abc")) client.send({&c, 1});
    EXPECT_NE(client.read_one().find("\"abc\""), std::string::npos);
}

TEST_F(Tls, the_limits_of_http_hold_behind_it) {
    const std::string host = "Host: a\r\n";
    const std::pair<std::string, int> table[]{
        {"GET /ping HTTP/1.1\n" + host + "\n", 400},
        {"GET /ping HTTP/1.1\r\n" + host + "A: " + std::string(40'000, 'a') + "\r\n\r\n", 431},
        {"POST /echo HTTP/1.1\r\n" + host + "Content-Length: 65537\r\n\r\n", 413},
    };
    for (const auto& [request, status] : table) {
        TlsClient client{port()};
        client.send(request);
        EXPECT_EQ(status_of(client.read_to_close()), status);
        EXPECT_EQ(client.end, TlsClient::End::said);
    }
    expect_alive("the table");
}

TEST_F(Tls, a_body_is_asked_for_with_100) {
    TlsClient client{port()};
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    std::array<char, go_on.size()> got{};
    std::size_t size = 0;
    ASSERT_EQ(SSL_read_ex(client.ssl(), got.data(), got.size(), &size), 1);
    EXPECT_EQ(std::string_view(got.data(), size), go_on);
    client.send("abc");
    EXPECT_NE(client.read_one().find("\"abc\""), std::string::npos);
}

TEST_F(Tls, the_end_is_said_so_that_a_cut_answer_is_told_from_a_whole_one) {
    TlsClient client{port()};
    client.send("GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(status_of(client.read_to_close()), 200);
    EXPECT_EQ(client.end, TlsClient::End::said);
}

TEST_F(Tls, a_client_that_says_its_end_is_answered_if_its_request_is_whole) {
    for (const auto& [request, status] : {std::pair{post("abc"), 200}, {post("abc").substr(0, 50), 0}}) {
        runs = 0;
        TlsClient client{port()};
        client.send(request);
        SSL_shutdown(client.ssl());
        client.tcp().half_close();
        EXPECT_EQ(status_of(client.read_to_close()), status);
        EXPECT_EQ(runs, status == 200 ? 1 : 0);
    }
    expect_alive("clients that end");
}

TEST_F(Tls, what_is_no_handshake_is_closed) {
    const std::string garbage(20'000, '\xA5');
    const std::string_view table[]{
        get_ping,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        garbage,
        "\x16\x03\x01\xFF\xFF"sv,                        // a record over its limit
        "\x16\x03\x01\x00\x04\x01\x00\x00\x00"sv,        // an empty ClientHello
        "\x17\x03\x03\x00\x05hello"sv,                   // data before any handshake
        "\x15\x03\x01\x00\x02\x02\x28"sv,                // an alert
        "\x80\x2E\x01\x03\x01\x00\x15\x00\x00\x00"sv,    // SSL 2.0
        "\0\0\0\0\0\0\0\0"sv,
    };
    for (const std::string_view bytes : table) {
        Client client{port()};
        client.send_unheard(bytes);
        client.half_close();
        const std::string answer = client.read_to_close();
        EXPECT_TRUE(answer.empty() || answer.starts_with("\x15\x03")) << "nothing, or an alert";
        EXPECT_TRUE(client.closed);
        EXPECT_EQ(answer.find("HTTP"), std::string::npos);
    }
    expect_alive("garbage");
}

TEST_F(Tls, INP_01_handshakes_and_requests_that_do_not_end_are_cut) {
    constexpr Milliseconds brief{60};
    start({.time_to_header = brief});
    Client silent{port()}, half{port()};
    half.send("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"sv);
    EXPECT_EQ(silent.read_to_close(), "");
    EXPECT_EQ(half.read_to_close(), "");
    start({.time_to_body = brief, .idle = brief});
    TlsClient body{port()};
    body.send(post("abc").substr(0, post("abc").size() - 1));
    EXPECT_EQ(status_of(body.read_to_close()), 408);
    TlsClient idle{port()};
    idle.send(get_ping);
    EXPECT_EQ(status_of(idle.read_one()), 200);
    EXPECT_EQ(idle.read_to_close(), "");
    EXPECT_EQ(idle.end, TlsClient::End::said);
}

TEST_F(Tls, records_that_are_cut_or_forged_end_the_connection_and_run_nothing) {
    const std::string forged = std::string{"\x17\x03\x03\x00\x28"sv} + std::string(40, 'f');
    {
        TlsClient client{port()};
        client.tcp().send(forged);
        EXPECT_EQ(client.read_to_close(), "");
        EXPECT_EQ(client.refusal(), SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
    }
    {
        TlsClient client{port()};
        client.send(post("abc").substr(0, 30));
        client.tcp().send(std::string_view{forged}.substr(0, 20));
        client.tcp().half_close();
        EXPECT_EQ(client.read_to_close(), "");
    }
    {
        TlsClient client{port()};
        client.send(post("abc").substr(0, 30));
        client.tcp().reset();
    }
    EXPECT_EQ(runs, 0);
    expect_alive("forged records");
}

TEST_F(Tls, there_is_no_second_handshake) {
    TlsClient client{port(), {.highest = TLS1_2_VERSION}};
    client.send(get_ping);
    EXPECT_EQ(status_of(client.read_one()), 200);
    ERR_clear_error();
    SSL_renegotiate(client.ssl());
    EXPECT_NE(SSL_do_handshake(client.ssl()), 1);
    EXPECT_EQ(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
    expect_alive("renegotiation");
}

TEST_F(Tls, new_keys_within_a_connection_are_taken) {
    TlsClient client{port(), {.lowest = TLS1_3_VERSION}};
    for (int i = 0; i < 10; ++i) {
        SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED);
        client.send(get_ping);
        EXPECT_EQ(status_of(client.read_one()), 200);
    }
}

TEST_F(Tls, no_connection_resumes_another) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const Wish wish{.lowest = version, .highest = version};
        TlsClient first{port(), wish};
        first.send(get_ping);
        EXPECT_EQ(status_of(first.read_one()), 200);
        const std::unique_ptr<SSL_SESSION, crypto::Freed<SSL_SESSION_free>> session{SSL_get1_session(first.ssl())};
        EXPECT_EQ(SSL_SESSION_has_ticket(session.get()), 0);
        TlsClient second{port(), wish, session.get()};
        ASSERT_TRUE(second.connected());
        EXPECT_EQ(SSL_session_reused(second.ssl()), 0);
    }
}

TEST_F(Tls, connections_over_the_limit_are_closed) {
    Limits limits;
    limits.connections = 1;
    start(limits);
    TlsClient first{port()};
    first.send(get_ping);
    EXPECT_EQ(status_of(first.read_one()), 200);
    Client second{port()};
    EXPECT_EQ(second.read_to_close(), "");
}

TEST(TlsFiles, that_cannot_serve_are_told_apart) {
    const Certificate& mine = certificate();
    const Certificate other;
    mine.write_key("sealed.pem", "a passphrase");
    mine.write("garbage.pem", "garbage");
    const TlsFiles good = mine.files();
    struct Case {
        std::string_view name;
        TlsFiles files;
        TlsFault fault;
    };
    const Case table[]{
        {"no certificate", {mine.path("absent.pem"), good.key}, TlsFault::certificate},
        {"garbage for a certificate", {mine.path("garbage.pem"), good.key}, TlsFault::certificate},
        {"a key for a certificate", {good.key, good.key}, TlsFault::certificate},
        {"no key", {good.certificate, mine.path("absent.pem")}, TlsFault::key},
        {"garbage for a key", {good.certificate, mine.path("garbage.pem")}, TlsFault::key},
        {"a key that needs a passphrase", {good.certificate, mine.path("sealed.pem")}, TlsFault::key},
        {"the key of another certificate", {good.certificate, other.files().key}, TlsFault::mismatch},
    };
    EXPECT_TRUE(TlsContext::load(good).has_value());
    for (const auto& [name, files, fault] : table) {
        const auto loaded = TlsContext::load(files);
        ASSERT_FALSE(loaded.has_value()) << name;
        EXPECT_EQ(loaded.error(), fault) << name;
    }
}

}    // namespace
}    // namespace countersign::http

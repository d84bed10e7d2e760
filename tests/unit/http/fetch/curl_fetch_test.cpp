#include <openssl/ssl.h>
#include <stdlib.h>

#include "http/fetch/curl_fetch.hpp"
#include "support/certificate.hpp"
#include "support/loopback_server.hpp"

namespace countersign::http {
namespace {

/// Names mean what the test says, another thing at each look-up if it says so.
class ScriptedResolver final : public Resolver {
  public:
    Result<std::vector<IpAddress>> resolve(const std::string& host, Milliseconds /*time*/) override {
        hosts_.push_back(host);
        std::vector<IpAddress> out;
        const std::size_t turn = std::min(hosts_.size(), turns_.size());
        if (turn == 0) return fail(Code::fetch_failed, "no such name");
        for (const std::string& text : turns_[turn - 1]) out.push_back(*IpAddress::parse(text));
        return out;
    }
    void mean(std::vector<std::vector<std::string>> turns) {
        turns_ = std::move(turns);
        hosts_.clear();
    }
    std::size_t lookups() const { return hosts_.size(); }

  private:
    std::vector<std::vector<std::string>> turns_;
    std::vector<std::string> hosts_;
};

class Fetching : public testing::Test {
  protected:
    FetchRequest ask(std::string url, UrlSource source = UrlSource::operator_configured) const {
        return {.url = std::move(url), .source = source, .timeout = Seconds{5}, .max_bytes = 100};
    }
    std::string_view label(const FetchRequest& request) {
        answer = fetch.fetch(request);
        return answer.ok() ? "ok" : answer.error().label();
    }
    ScriptedResolver resolver;
    CurlFetch fetch{resolver};
    Result<FetchResponse> answer = fail(Code::fetch_failed);
};

TEST_F(Fetching, gets_status_headers_and_body) {
    const LoopbackServer server{
        "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
        "HTTP/1.1 500 No\r\nContent-Type:  application/json \r\nx-a: 1\r\nContent-Length: 2\r\n\r\n{}"};
    ASSERT_EQ(label(ask(server.url("/a?b=c"))), "ok");
    EXPECT_EQ(answer->status, 500);
    EXPECT_EQ(answer->body, "{}");
    EXPECT_EQ(answer->headers, (std::vector<std::pair<std::string, std::string>>{
                                   {"content-type", "application/json"}, {"x-a", "1"}, {"content-length", "2"}}));
    const std::string head = server.last_head();
    EXPECT_TRUE(head.starts_with("GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")) << head;
    for (const std::string_view absent : {"Accept-Encoding", "Cookie", "Authorization", "Proxy", "Upgrade", "Referer"})
        EXPECT_FALSE(head.contains(absent)) << absent;
}

TEST_F(Fetching, posts_its_body) {
    std::atomic<bool> whole{false};
    const LoopbackServer server{[&](int socket, const std::string& head) {
        whole = head.starts_with("POST / ") && head.contains("Content-Length: 3\r\n") && head.contains("X-A: b\r\n");
        LoopbackServer::send(socket, "HTTP/1.1 204 Fine\r\n\r\n");
    }};
    FetchRequest request = ask(server.url());
    request.method = "POST";
    request.headers = {{"X-A", "b"}};
    request.body = std::string{"a\0b", 3};
    ASSERT_EQ(label(request), "ok");
    EXPECT_EQ(answer->status, 204);
    EXPECT_TRUE(whole);
}

TEST_F(Fetching, KEY_03_bounds_hold_while_the_answer_arrives) {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const auto endless = [](std::string first, std::string more) {
        return [first = std::move(first), more = std::move(more)](int socket, const std::string&) {
            if (!LoopbackServer::send(socket, first)) return;
            while (LoopbackServer::send(socket, more)) {
            }
        };
    };
    const auto text = [](std::string all) {
        return [all = std::move(all)](int socket, const std::string&) { LoopbackServer::send(socket, all); };
    };
    struct Row {
        std::string_view name;
        LoopbackServer::Serve serve;
        std::string_view outcome;
    };
    const std::string chunk = "64\r\n" + std::string(100, 'a') + "\r\n";
    const Row table[]{
        {"as much as is allowed", text(ok + "Content-Length: 100\r\n\r\n" + std::string(100, 'a')), "ok"},
        {"one more", text(ok + "Content-Length: 101\r\n\r\n" + std::string(101, 'a')), "fetch.too_large"},
        {"without a length", text(ok + "\r\n" + std::string(100, 'a')), "ok"},
        {"one more without a length", text(ok + "\r\n" + std::string(101, 'a')), "fetch.too_large"},
        {"chunks", text(ok + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n"), "ok"},
        {"endless", endless(ok + "\r\n", std::string(1000, 'a')), "fetch.too_large"},
        {"endless chunks", endless(ok + "Transfer-Encoding: chunked\r\n\r\n", chunk), "fetch.too_large"},
        {"a header within bounds", text(ok + "X: " + std::string(30'000, 'a') + "\r\nContent-Length: 0\r\n\r\n"), "ok"},
        {"a huge header", text(ok + "X: " + std::string(33'000, 'a') + "\r\n\r\n"), "fetch.too_large"},
        {"endless headers", endless(ok, "X: a\r\n"), "fetch.too_large"},
        {"endless interim answers", endless("", "HTTP/1.1 103 Early Hints\r\nX: a\r\n\r\n"), "fetch.too_large"},
        {"cut off", text(ok + "Content-Length: 100\r\n\r\n" + std::string(99, 'a')), "fetch.failed"},
        {"cut off in a chunk", text(ok + "Transfer-Encoding: chunked\r\n\r\n64\r\naaa"), "fetch.failed"},
        {"nothing", text(""), "fetch.failed"},
        {"no HTTP", text("hello\r\n\r\n"), "fetch.failed"},
        {"HTTP/0.9", text("<html>"), "fetch.failed"},
    };
    for (const Row& row : table) {
        const LoopbackServer server{row.serve};
        EXPECT_EQ(label(ask(server.url())), row.outcome) << row.name;
    }
}

TEST_F(Fetching, KEY_03_a_server_that_says_nothing_is_left) {
    const LoopbackServer silent{[](int socket, const std::string&) { LoopbackServer::wait_for_end(socket); }};
    const LoopbackServer slow{[](int socket, const std::string&) {
        LoopbackServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\na");
        LoopbackServer::wait_for_end(socket);
    }};
    for (const LoopbackServer* server : {&silent, &slow}) {
        FetchRequest request = ask(server->url());
        request.timeout = Seconds{1};
        EXPECT_EQ(label(request), "fetch.timeout");
    }
}

TEST_F(Fetching, KEY_02_redirects_are_not_followed) {
    const LoopbackServer target{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    for (const std::string_view status : {"301", "302", "303", "307", "308", "300", "304"}) {
        const LoopbackServer server{"HTTP/1.1 " + std::string{status} + " x\r\nLocation: " + target.url() +
                                    "\r\nContent-Length: 0\r\n\r\n"};
        EXPECT_EQ(label(ask(server.url())), "fetch.redirect") << status;
    }
    EXPECT_EQ(target.connections(), 0);
    EXPECT_EQ(label(ask(target.url())), "ok");
}

TEST_F(Fetching, INP_09_KEY_02_data_reaches_nothing_that_is_not_public) {
    const LoopbackServer server{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    const std::string by_name = server.url("/", "keys.test", "https");
    for (const std::string_view address :
         {"127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0",
          "::", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "fd00:ec2::254", "224.0.0.1"}) {
        resolver.mean({{std::string{address}}});
        EXPECT_EQ(label(ask(by_name, UrlSource::data)), "fetch.address_refused") << address;
        EXPECT_EQ(resolver.lookups(), 1);
    }
    resolver.mean({{"1.1.1.1", "127.0.0.1"}});
    EXPECT_EQ(label(ask(by_name, UrlSource::data)), "fetch.address_refused") << "one bad address of two";
    for (const std::string_view host : {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]"}) {
        EXPECT_EQ(label(ask(server.url("/", host, "https"), UrlSource::data)), "fetch.address_refused") << host;
    }
    for (const std::string_view host : {"0x7f.1", "2130706433", "0177.0.0.1", "127.1", "127.0.0.1."}) {
        EXPECT_EQ(label(ask(server.url("/", host, "https"), UrlSource::data)), "fetch.url_refused") << host;
        EXPECT_EQ(label(ask(server.url("/", host))), "fetch.url_refused") << host;
    }
    EXPECT_EQ(label(ask(server.url(), UrlSource::data)), "fetch.url_refused") << "http";
    EXPECT_EQ(server.connections(), 0);
    EXPECT_EQ(label(ask(server.url())), "ok");    // the operator may
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(Fetching, KEY_02_a_name_is_looked_up_once_and_its_address_pinned) {
    const LoopbackServer server{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    const FetchRequest request = ask(server.url("/", "rebound.test"));
    resolver.mean({{"127.0.0.1"}, {"10.0.0.1"}, {"127.0.0.1"}});
    EXPECT_EQ(label(request), "ok");
    EXPECT_EQ(resolver.lookups(), 1);
    EXPECT_TRUE(server.last_head().contains("\r\nHost: rebound.test:")) << server.last_head();
    EXPECT_EQ(label(request), "fetch.address_refused");
    EXPECT_EQ(label(request), "ok");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(Fetching, both_families_are_tried) {
    const LoopbackServer server{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    resolver.mean({{"::1", "127.0.0.1"}, {"127.0.0.1", "::1"}, {"::1"}});
    EXPECT_EQ(label(ask(server.url("/", "both.test"))), "ok");
    EXPECT_EQ(label(ask(server.url("/", "both.test"))), "ok");
    EXPECT_EQ(label(ask(server.url("/", "both.test"))), "fetch.failed");    // nobody listens there
}

TEST_F(Fetching, KEY_01_what_each_source_may_reach) {
    const PlainHttp reason{.reason = std::string{"lab network"}};
    struct Row {
        std::string_view url, address;
        UrlSource source;
        bool with_reason, fine;
    };
    constexpr auto configured = UrlSource::operator_configured;
    const Row table[]{{"https://a.test/", "1.1.1.1", UrlSource::data, false, true},
                      {"https://a.test/", "10.0.0.1", UrlSource::data, false, false},
                      {"https://a.test/", "10.0.0.1", UrlSource::data, true, false},
                      {"https://a.test/", "10.0.0.1", configured, false, true},
                      {"http://a.test/", "10.0.0.1", configured, false, false},
                      {"http://a.test/", "1.1.1.1", configured, false, false},
                      {"http://a.test/", "127.0.0.1", configured, false, true},
                      {"http://a.test/", "10.0.0.1", configured, true, true}};
    for (const Row& row : table) {
        FetchRequest request = ask(std::string{row.url}, row.source);
        if (row.with_reason) request.plain_http = reason;
        EXPECT_EQ(check_address(*IpAddress::parse(row.address), request).ok(), row.fine)
            << row.url << " " << row.address << " " << row.fine;
    }
}

TEST_F(Fetching, the_environment_leads_nowhere) {
    const LoopbackServer proxy{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    const LoopbackServer server{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"})
        ASSERT_EQ(::setenv(name, proxy.url().c_str(), 1), 0);
    EXPECT_EQ(label(ask(server.url())), "ok");
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
    EXPECT_EQ(proxy.connections(), 0);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(Fetching, what_is_asked_wrongly_is_refused_before_anything_happens) {
    const LoopbackServer server{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    const FetchRequest good = ask(server.url());
    struct Row {
        std::string_view name;
        std::function<void(FetchRequest&)> change;
    };
    const Row table[]{{"method", [](auto& r) { r.method = "GET / HTTP/1.1\r\nX: y"; }},
                      {"no time", [](auto& r) { r.timeout = Seconds{0}; }},
                      {"endless time", [](auto& r) { r.timeout = Seconds{61}; }},
                      {"no bound", [](auto& r) { r.max_bytes = 0; }},
                      {"fragment", [](auto& r) { r.url += "#a"; }},
                      {"line break", [](auto& r) { r.url += "a\r\nX: y"; }},
                      {"blank", [](auto& r) { r.url += "a b"; }},
                      {"user part", [](auto& r) { r.url.insert(7, "a:b@"); }},
                      {"file", [](auto& r) { r.url = "file:///etc/passwd"; }},
                      {"gopher", [](auto& r) { r.url.replace(0, 4, "gopher"); }},
                      {"header name", [](auto& r) { r.headers = {{"a b", "c"}}; }},
                      {"header value", [](auto& r) { r.headers = {{"a", "b\r\nX: y"}}; }}};
    for (const Row& row : table) {
        FetchRequest request = good;
        row.change(request);
        EXPECT_EQ(label(request), "fetch.url_refused") << row.name;
    }
    EXPECT_EQ(server.connections(), 0);
    EXPECT_EQ(label(good), "ok");
}

/// The other end of TLS: one answer to one request.
void answer_tls(int socket, const Certificate& certificate, std::string_view answer) {
    const std::unique_ptr<SSL_CTX, crypto::Freed<SSL_CTX_free>> context{SSL_CTX_new(TLS_server_method())};
    SSL_CTX_use_certificate_file(context.get(), certificate.path("certificate.pem").c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context.get(), certificate.path("key.pem").c_str(), SSL_FILETYPE_PEM);
    const std::unique_ptr<SSL, crypto::Freed<SSL_free>> ssl{SSL_new(context.get())};
    SSL_set_fd(ssl.get(), socket);
    std::array<char, 4096> head;
    if (SSL_accept(ssl.get()) != 1 || SSL_read(ssl.get(), head.data(), head.size()) <= 0) return;
    SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
}

TEST_F(Fetching, certificates_are_always_checked) {
    const Certificate certificate, other;
    const auto serve = [&](int socket, const std::string&) {
        answer_tls(socket, certificate, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    };
    const LoopbackServer server{serve};
    struct Row {
        std::string_view name, host;
        std::string ca_file;
        std::string_view outcome;
    };
    const Row table[]{{"trusted", "localhost", certificate.path("certificate.pem"), "ok"},
                      {"unknown", "localhost", "", "fetch.tls_untrusted"},
                      {"of another", "localhost", other.path("certificate.pem"), "fetch.tls_untrusted"},
                      {"wrong name", "keys.test", certificate.path("certificate.pem"), "fetch.tls_untrusted"}};
    for (const Row& row : table) {
        resolver.mean({{"127.0.0.1"}});
        CurlFetch secured{resolver, row.ca_file};
        const auto got = secured.fetch(ask(server.url("/", row.host, "https")));
        EXPECT_EQ(got.ok() ? "ok" : got.error().label(), row.outcome) << row.name;
    }
}

TEST_F(Fetching, a_server_that_leaves_does_not_end_the_process) {
    const Certificate certificate;
    const LoopbackServer server{[&](int socket, const std::string&) {
        answer_tls(socket, certificate, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        ::shutdown(socket, SHUT_WR);    // and then a reset: whatever the client writes now could raise SIGPIPE
        const sockaddr nowhere{.sa_family = AF_UNSPEC, .sa_data = {}};
        ::connect(socket, &nowhere, sizeof nowhere);
    }};
    CurlFetch secured{resolver, certificate.path("certificate.pem")};
    for (int i = 0; i < 20; ++i) {
        resolver.mean({{"127.0.0.1"}});
        static_cast<void>(secured.fetch(ask(server.url("/", "localhost", "https"))));
    }
    EXPECT_EQ(server.connections(), 20);
}

TEST(SystemResolver, knows_localhost_and_gives_up_in_time) {
    SystemResolver resolver;
    const auto found = resolver.resolve("localhost", Milliseconds{5'000});
    ASSERT_TRUE(found.ok());
    for (const IpAddress& address : *found) EXPECT_EQ(reach_of(address), Reach::loopback);
    const auto late = resolver.resolve("localhost", Milliseconds{0});
    EXPECT_TRUE(late.ok() || late.error().code() == Code::fetch_timeout);
}

}    // namespace
}    // namespace countersign::http

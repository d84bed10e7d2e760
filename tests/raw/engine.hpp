// A server of the real engine with rows for tests, and a client that sends and reads bytes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "http/server.hpp"

namespace countersign::http::raw {

inline Result<Response> run_echo(Exchange& x) {
    std::string text;
    json::Writer out{text};
    out.begin_object().key("path").value(x.request().path).key("body").value(x.request().body).end_object();
    return Response::json(std::move(text));
}
inline Result<Response> run_deferred(Exchange& x) {
    if (x.lane() == Lane::inline_) return Response::defer(Lane::storage);
    return Response::json("\"from the lane\"");
}
inline Result<Response> run_throws(Exchange&) { throw std::bad_alloc{}; }

/// Handlers on the hash lane wait here until a test lets them go.
inline std::atomic<int> blocked{0};
inline std::atomic<bool> released{false};
inline Result<Response> run_blocked(Exchange&) {
    ++blocked;
    released.wait(false);
    return Response::json("\"released\"");
}
inline Result<Response> run_now(Exchange& x) { return Response::json(std::to_string(x.now().unix_ms())); }

constexpr Endpoint row(Method method, std::string_view path, Lane lane, Handler run, Media media = Media::ignored) {
    return {.method = method,
            .path = path,
            .caller = Caller::anyone,
            .origin = method == Method::get ? OriginRule::safe_method : OriginRule::trusted_only,
            .limit = Limit::general(),
            .lane = lane,
            .run = run,
            .summary = "a row of these tests",
            .media = media};
}
inline constexpr std::array rows{
    row(Method::get, "/echo", Lane::inline_, run_echo),
    row(Method::post, "/echo", Lane::inline_, run_echo),
    row(Method::get, "/deferred", Lane::inline_, run_deferred),
    row(Method::get, "/throws", Lane::inline_, run_throws),
    row(Method::get, "/blocks", Lane::hash, run_blocked),
    row(Method::get, "/now", Lane::inline_, run_now),
    row(Method::post, "/json", Lane::inline_, run_echo, Media::json),
};

/// Moves only when told to; read by loops on other threads.
class HandClock final : public Clock {
  public:
    Instant now() const override { return Instant::from_unix_ms(at_.load()); }
    void set(std::int64_t unix_ms) { at_ = unix_ms; }

  private:
    std::atomic<std::int64_t> at_{1'700'000'000'000};
};

/// Lets everything in but /limited, and counts what was refused.
class OpenGate final : public RequestGate {
  public:
    Result<void> arrive(Exchange& x) override {
        if (x.request().path == "/limited") return fail(Code::rate_limited);
        return {};
    }
    Result<void> admit(Exchange&) override { return {}; }
    Result<void> redirects(Exchange&) override { return {}; }
    std::optional<Response> preflight(const Exchange&, std::span<const Method>) override { return std::nullopt; }
    void decorate(const Exchange&, Response&) override {}
    void refused(const Exchange&, const AuthError&) override { ++refusals; }
    std::atomic<int> refusals{0};
};

class Client {
  public:
    Client() : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {}
    explicit Client(std::uint16_t port) : Client{} { connect(port); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { ::close(socket_); }

    void connect(std::uint16_t port) {
        sockaddr_in address{
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    bool connected() const { return connected_; }
    void send(std::string_view text) const {
        EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    }
    /// As send(), for a peer that may have had enough.
    void send_what_it_takes(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void half_close() const { ::shutdown(socket_, SHUT_WR); }
    /// Whether anything can be read within this time.
    bool has_answer(Milliseconds within) const {
        pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
        return ::poll(&wanted, 1, static_cast<int>(within.count())) == 1;
    }
    /// Reads until `enough` says so, the peer closes, or ten seconds pass (a failure).
    std::string read(const std::function<bool(std::string_view)>& enough) {
        std::string text;
        std::array<char, 4096> part{};
        while (!enough(text)) {
            if (!has_answer(patience)) {
                ADD_FAILURE() << "no answer; so far: " << text;
                break;
            }
            const ssize_t got = ::recv(socket_, part.data(), part.size(), 0);
            if (got <= 0) {
                ending = got == 0 ? Ending::orderly : Ending::reset;
                break;
            }
            text.append(part.data(), static_cast<std::size_t>(got));
        }
        return text;
    }
    std::string read_to_close() {
        return read([](std::string_view) { return false; });
    }
    std::string read_one() {
        return read([](std::string_view text) {
            const std::size_t end = text.find("\r\n\r\n"), length = text.find("content-length: ");
            if (end == std::string_view::npos || length == std::string_view::npos) return false;
            return text.size() >= end + 4 + std::stoul(std::string{text.substr(length + 16, 8)});
        });
    }
    enum class Ending : std::uint8_t { open, orderly, reset };
    Ending ending = Ending::open;

  private:
    static constexpr Milliseconds patience{10'000};
    int socket_;
    bool connected_ = false;
};

inline int status_of(std::string_view answer) {
    return answer.size() < 12 ? 0 : std::stoi(std::string{answer.substr(9, 3)});
}

class Engine : public testing::Test {
  protected:
    void SetUp() override {
        blocked = 0;
        released = false;
        start({}, {});
    }
    void start(Limits limits, LaneOptions lanes) {
        server_.reset();    // its port is free again, and nothing counts any more
        ServerOptions options{.loops = 2, .lanes = lanes};
        options.sites.push_back({.address = {.host = "127.0.0.1"},
                                 .pipeline = &pipeline_,
                                 .metrics = &metrics_,
                                 .services = &services_,
                                 .limits = limits});
        auto started = Server::start(std::move(options), clock_, random_);
        ASSERT_TRUE(started.ok()) << started.error().detail();
        server_ = *std::move(started);
    }
    static Router make_router() {
        Router router{""};
        for (const Endpoint& each : rows) router.add(each);
        return router;
    }
    std::string once(std::string_view request) {
        Client client{server_->port(0)};
        client.send(request);
        return client.read_one();
    }

    HandClock clock_;
    SystemRandom random_;
    Services services_;
    Router router_ = make_router();
    OpenGate gate_;
    Pipeline pipeline_{router_, gate_, nullptr, {}};
    Metrics metrics_{router_, 2};
    std::unique_ptr<Server> server_;
};

}    // namespace countersign::http::raw

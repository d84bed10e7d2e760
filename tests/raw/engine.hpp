// An engine with rows of the test's own, and a client that sends bytes: for tests over real sockets.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <thread>

#include "http/server.hpp"

namespace countersign::http::raw {

/// No answer within this time is a failure; nothing that works comes near it.
constexpr Milliseconds patience{10'000};

/// Lets everything in and counts what was refused.
class OpenGate final : public RequestGate {
  public:
    Result<Arrival> arrive(Exchange&) override { return count_ ? Arrival::count : Arrival::done; }
    Result<void> count(Exchange&) override {
        count_();
        return {};
    }
    Result<void> admit(Exchange&) override { return {}; }
    Result<void> redirects(Exchange&) override { return {}; }
    std::optional<Response> preflight(const Exchange&, std::span<const Method>) override { return std::nullopt; }
    void decorate(const Exchange&, Response&) override {}
    void refused(const Exchange&, const AuthError&) override { ++refusals; }
    void went_on(const Exchange&, const AuthError&) override {}
    void incomplete(const Exchange&, const AuthError&) override {}
    /// Every request has to be counted first, by this and in the storage lane. Before the engine starts.
    void count_with(std::function<void()> count) { count_ = std::move(count); }
    std::atomic<int> refusals{0};

  private:
    std::function<void()> count_;
};

constexpr Endpoint row(Method method, std::string_view path, Lane lane, Handler run) {
    return {.method = method,
            .path = path,
            .caller = Caller::anyone,
            .origin = OriginRule::safe_method,
            .limit = Limit::general(),
            .lane = lane,
            .run = run,
            .summary = "s",
            .media = Media::ignored};
}

inline Result<Response> run_ping(Exchange&) { return Response::json("\"pong\""); }
inline constexpr Endpoint ping = row(Method::get, "/ping", Lane::inline_, run_ping);

/// Gives other threads the machine until `happened`; a failure if it does not happen.
inline void await(std::string_view what, const std::function<bool()>& happened) {
    const auto latest = std::chrono::steady_clock::now() + patience;
    while (!happened()) {
        if (std::chrono::steady_clock::now() > latest) {
            ADD_FAILURE() << "did not happen: " << what;
            return;
        }
        std::this_thread::yield();
    }
}

/// One TCP connection to 127.0.0.1. `receive_room` sets SO_RCVBUF before connecting.
class Client {
  public:
    explicit Client(std::uint16_t port, int receive_room = 0) : Client{} {
        if (receive_room > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_room, sizeof receive_room);
        connect(port);
    }
    Client() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { close(); }

    void connect(std::uint16_t port) {
        const int at_once = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
        const sockaddr_in address{
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    bool connected() const { return connected_; }
    int descriptor() const { return socket_; }
    void close() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    /// Closes with a reset, as a crashed client does.
    void reset() {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }
    void send(std::string_view text) const {
        EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    }
    /// As much as the connection takes; the peer may have closed it already.
    void send_unheard(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void half_close() const { ::shutdown(socket_, SHUT_WR); }

    /// Reads until `enough` says so or the peer closes. What came too much is kept for the next call.
    std::string read(const std::function<std::size_t(std::string_view)>& enough) {
        std::array<char, 16384> part{};
        while (true) {
            if (const std::size_t size = enough(seen_); size > 0) {
                std::string text = seen_.substr(0, size);
                seen_.erase(0, size);
                return text;
            }
            pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
            if (::poll(&wanted, 1, static_cast<int>(patience.count())) != 1) {
                ADD_FAILURE() << "no answer; so far: " << seen_.substr(0, 2000);
                return std::exchange(seen_, {});
            }
            const ssize_t got = ::recv(socket_, part.data(), part.size(), 0);
            if (got <= 0) {
                closed = true;
                return std::exchange(seen_, {});
            }
            seen_.append(part.data(), static_cast<std::size_t>(got));
        }
    }
    std::string read_to_close() {
        return read([](std::string_view) { return std::size_t{0}; });
    }
    /// One answer that has a body of the length that it names.
    std::string read_one() { return read(size_of_answer); }
    /// One answer without body, whatever length it names: to HEAD, or 100.
    std::string read_header() {
        return read([](std::string_view text) {
            const std::size_t end = text.find("\r\n\r\n");
            return end == std::string_view::npos ? 0 : end + 4;
        });
    }
    bool closed = false;

    static std::size_t size_of_answer(std::string_view text) {
        const std::size_t end = text.find("\r\n\r\n"), length = text.find("content-length: ");
        if (end == std::string_view::npos || length > end) return 0;
        const std::size_t size = end + 4 + std::stoul(std::string{text.substr(length + 16, 9)});
        return text.size() >= size ? size : 0;
    }

  private:
    int socket_;
    bool connected_ = false;
    std::string seen_;
};

inline int status_of(std::string_view answer) {
    return answer.starts_with("HTTP/1.1 ") && answer.size() >= 12 ? std::stoi(std::string{answer.substr(9, 3)}) : 0;
}

struct EngineSetup {
    Limits limits{};
    LaneOptions lanes{};
    std::size_t loops = 2;
    const TlsContext* tls = nullptr;
    std::function<void()> count{};    // requests have to be counted by it first, in the storage lane
};

/// A server of one site on a free port of 127.0.0.1.
class TestEngine {
  public:
    explicit TestEngine(std::span<const Endpoint* const> rows, const EngineSetup& setup = {})
        : router_{routed(rows)},
          pipeline_{router_, gate_, nullptr, {}},
          metrics_{router_, setup.loops} {
        gate_.count_with(setup.count);
        auto started = Server::start(options(setup, 0), clock_, random_);
        EXPECT_TRUE(started.ok()) << started.error().detail();
        if (started.ok()) server_ = *std::move(started);
    }

    std::uint16_t port() const { return server_->port(0); }
    Server& server() { return *server_; }
    const Metrics& metrics() const { return metrics_; }
    int refusals() const { return gate_.refusals.load(); }
    std::string once(std::string_view request) {
        Client client{port()};
        client.send(request);
        return client.read_one();
    }
    /// A fresh connection is served, whatever happened on others.
    void expect_alive(std::string_view after) {
        EXPECT_EQ(status_of(once("GET /ping HTTP/1.1\r\nHost: a\r\n\r\n")), 200) << after;
    }
    /// Starts another server with the same rows.
    Result<std::unique_ptr<Server>> start_on(std::uint16_t port) {
        return Server::start(options({.loops = 1}, port), clock_, random_);
    }

  private:
    static Router routed(std::span<const Endpoint* const> rows) {
        Router router{""};
        router.add(ping);
        router.add(rows);
        return router;
    }
    ServerOptions options(const EngineSetup& setup, std::uint16_t port) {
        constexpr Milliseconds tick{10};
        ServerOptions made{.loops = setup.loops, .lanes = setup.lanes, .tick = tick};
        made.sites.push_back({.address = {.host = "127.0.0.1", .port = port},
                              .pipeline = &pipeline_,
                              .metrics = &metrics_,
                              .services = &services_,
                              .limits = setup.limits,
                              .tls = setup.tls});
        return made;
    }

    SystemClock clock_;
    SystemRandom random_;
    Services services_;
    Router router_;
    OpenGate gate_;
    Pipeline pipeline_;
    Metrics metrics_;
    std::unique_ptr<Server> server_;
};

}    // namespace countersign::http::raw

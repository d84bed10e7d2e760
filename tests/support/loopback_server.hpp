// A server on loopback that does to each connection what a test wants, and counts them.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <mutex>
#include <thread>

namespace countersign {

class LoopbackServer {
  public:
    /// What one connection gets: its socket, and the head of its request if it sent one.
    using Serve = std::function<void(int socket, const std::string& head)>;

    explicit LoopbackServer(Serve serve) : serve_{std::move(serve)}, listener_{::socket(AF_INET, SOCK_STREAM, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_, 16), 0);
        EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this] { run(); }};
    }
    /// Answers each request with this text.
    explicit LoopbackServer(std::string text)
        : LoopbackServer{[text = std::move(text)](int socket, const std::string&) { send(socket, text); }} {}
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;
    ~LoopbackServer() {
        stop_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    std::uint16_t port() const { return port_; }
    std::string url(std::string_view path = "/", std::string_view host = "127.0.0.1",
                    std::string_view scheme = "http") const {
        return std::string{scheme} + "://" + std::string{host} + ":" + std::to_string(port_) + std::string{path};
    }
    int connections() const { return connections_; }
    std::string last_head() const {
        const std::lock_guard held{lock_};
        return last_head_;
    }

    /// False once the other side is gone.
    static bool send(int socket, std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Until the other side closes.
    static void wait_for_end(int socket) {
        std::array<char, 4096> buffer;
        while (::recv(socket, buffer.data(), buffer.size(), 0) > 0) {
        }
    }

  private:
    void run() {
        sigset_t pipe{};    // TLS writes to connections that the client has left
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        while (!stop_) {
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (socket < 0) continue;
            ++connections_;
            serve_(socket, take_head(socket));
            ::shutdown(socket, SHUT_WR);
            wait_for_end(socket);    // closing on unread bytes would reset what was sent
            ::close(socket);
        }
    }
    std::string take_head(int socket) {
        std::string head;
        std::array<char, 4096> buffer;
        while (!head.contains("\r\n\r\n")) {
            // Peeked at first: bytes that are no HTTP stay for whoever serves the connection.
            const ssize_t seen = ::recv(socket, buffer.data(), buffer.size(), MSG_PEEK);
            if (seen <= 0 || (head.empty() && buffer[0] == 0x16)) return head;    // a TLS handshake
            const ssize_t got = ::recv(socket, buffer.data(), static_cast<std::size_t>(seen), 0);
            if (got <= 0) return head;
            head.append(buffer.data(), static_cast<std::size_t>(got));
        }
        const std::lock_guard held{lock_};
        last_head_ = head;
        return head;
    }

    Serve serve_;
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> stop_{false};
    std::atomic<int> connections_{0};
    mutable std::mutex lock_;
    std::string last_head_;
    std::thread thread_;
};

}    // namespace countersign

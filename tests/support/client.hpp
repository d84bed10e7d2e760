// A client of real sockets that sends what it is told, byte for byte, and reads one answer at a time.
#pragma once

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::testing_support {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// `status` is 0 when the connection ended without an answer.
struct Answer {
    int status = 0;
    Headers headers;
    std::string body;

    std::vector<std::string> all(std::string_view name) const {
        std::vector<std::string> found;
        for (const auto& [name_of, value] : headers) {
            if (name_of == name) found.push_back(value);
        }
        return found;
    }
    /// The only header of this name; "absent" or "several" otherwise.
    std::string header(std::string_view name) const {
        const std::vector<std::string> found = all(name);
        if (found.empty()) return "absent";
        return found.size() == 1 ? found.front() : "several";
    }
    std::string reference() const { return header("x-request-id"); }
    /// `name=value` of the Set-Cookie line of this name, to be sent back; empty without one.
    std::string cookie(std::string_view name) const {
        for (const std::string& line : all("set-cookie")) {
            if (line.starts_with(std::string{name} + "=")) return line.substr(0, line.find(';'));
        }
        return {};
    }
};

struct Ask {
    std::string method = "GET";
    std::string target = "/api/auth/ok";
    Headers headers = {};
    std::string body = {};
};

inline std::string bytes_of_request(const Ask& ask) {
    std::string text = ask.method + " " + ask.target + " HTTP/1.1\r\nhost: localhost\r\n";
    for (const auto& [name, value] : ask.headers) text += name + ": " + value + "\r\n";
    if (!ask.body.empty()) text += "content-length: " + std::to_string(ask.body.size()) + "\r\n";
    return text + "\r\n" + ask.body;
}

class Client {
  public:
    explicit Client(std::uint16_t port) : port_{port} {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { hang_up(); }

    Answer send(const Ask& ask) {
        put(bytes_of_request(ask));
        return read();
    }
    /// For answers that are to be read later, or never.
    void put(std::string_view bytes) {
        if (socket_ < 0) connect();
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;    // the server has closed: what it answered can still be read
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    Answer read() {
        std::size_t end = std::string::npos;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
            if (!more()) return hang_up(), Answer{};
        }
        Answer answer = head_of(std::string_view{buffer_}.substr(0, end + 2));
        buffer_.erase(0, end + 4);
        std::size_t length = 0;
        const std::string text = answer.header("content-length");
        std::from_chars(text.data(), text.data() + text.size(), length);
        while (buffer_.size() < length && more()) {
        }
        answer.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
        if (answer.header("connection") == "close") hang_up();
        return answer;
    }

  private:
    void connect() {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        constexpr timeval patience{.tv_sec = 30, .tv_usec = 0};    // a test that hangs fails instead
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    void hang_up() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
        buffer_.clear();
    }
    bool more() {
        std::array<char, 16384> part{};
        const ssize_t count = ::recv(socket_, part.data(), part.size(), 0);
        if (count <= 0) return false;
        buffer_.append(part.data(), static_cast<std::size_t>(count));
        return true;
    }
    static Answer head_of(std::string_view text) {
        Answer answer;
        std::from_chars(text.data() + std::string_view{"HTTP/1.1 "}.size(), text.data() + text.size(), answer.status);
        text.remove_prefix(text.find("\r\n") + 2);
        while (!text.empty()) {
            const std::string_view line = text.substr(0, text.find("\r\n"));
            const std::size_t colon = line.find(": ");
            answer.headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 2, line.size())));
            text.remove_prefix(line.size() + 2);
        }
        return answer;
    }

    std::uint16_t port_;
    int socket_ = -1;
    std::string buffer_;
};

}    // namespace countersign::testing_support

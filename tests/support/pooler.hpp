// Somebody between a client and PostgreSQL, as poolers are: says another process id than that of the server, and sees
// which statements were given a name.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "support/postgres.hpp"

namespace countersign::testing_support {

class Pooler {
  public:
    explicit Pooler(const PostgresServer& server) : server_{server.folder() + "/.s.PGSQL.5432"} {
        folder_ = server.folder() + "/pooler" + std::to_string(::getpid());
        std::filesystem::create_directories(folder_);
        const sockaddr_un address = address_of(folder_ + "/.s.PGSQL.5432");
        EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener_, 16), 0);
        accepting_ = std::thread{[this] { accept_all(); }};
    }
    Pooler(const Pooler&) = delete;
    Pooler& operator=(const Pooler&) = delete;
    /// After everybody who is connected has gone.
    ~Pooler() {
        ::shutdown(listener_, SHUT_RDWR);
        accepting_.join();
        ::close(listener_);
        ::unlink((folder_ + "/.s.PGSQL.5432").c_str());    // the next one listens there
        for (std::thread& one : relays_) one.join();
    }
    std::string url(const std::string& database) const { return "postgres://owner@/" + database + "?host=" + folder_; }
    int named() const { return named_; }
    int unnamed() const { return unnamed_; }

  private:
    static sockaddr_un address_of(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), std::min(path.size(), sizeof address.sun_path - 1));
        return address;
    }
    void accept_all() {
        for (int client = ::accept(listener_, nullptr, nullptr); client >= 0;
             client = ::accept(listener_, nullptr, nullptr))
            relays_.emplace_back([this, client] { relay(client); });
    }
    static std::uint32_t length_of(const std::string& bytes, std::size_t at) {
        std::uint32_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) length = length << 8U | static_cast<unsigned char>(bytes[at + i]);
        return length;
    }
    /// Whole messages of `bytes` go to `out`; `look` may change them.
    template <class Look>
    static void take_messages(std::string& bytes, std::string& out, Look look) {
        while (bytes.size() >= 5) {
            const std::size_t size = 1 + length_of(bytes, 1);
            if (bytes.size() < size) return;
            std::string message = bytes.substr(0, size);
            bytes.erase(0, size);
            look(message);
            out += message;
        }
    }
    void relay(int client) {
        const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
        const sockaddr_un address = address_of(server_);
        std::string up, down, out;
        bool started = false;
        std::array<char, 65536> chunk{};
        pollfd both[]{{.fd = client, .events = POLLIN, .revents = 0}, {.fd = server, .events = POLLIN, .revents = 0}};
        bool goes_on = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        while (goes_on && ::poll(both, 2, -1) > 0) {
            for (const pollfd& one : both) {
                if (one.revents == 0) continue;
                const ssize_t count = ::read(one.fd, chunk.data(), chunk.size());
                goes_on = goes_on && count > 0;
                if (count <= 0) continue;
                out.clear();
                if (one.fd == client) {
                    up.append(chunk.data(), static_cast<std::size_t>(count));
                    if (!started) {    // the first message has no type
                        out = std::exchange(up, {});
                        started = true;
                    }
                    take_messages(up, out, [this](const std::string& message) {
                        if (message.front() == 'P') ++(message[5] == '\0' ? unnamed_ : named_);
                    });
                } else {
                    down.append(chunk.data(), static_cast<std::size_t>(count));
                    take_messages(down, out, [](std::string& message) {
                        if (message.front() == 'K') message[8] = static_cast<char>(message[8] + 1);    // the process id
                    });
                }
                const int to = one.fd == client ? server : client;
                goes_on = goes_on && ::send(to, out.data(), out.size(), MSG_NOSIGNAL) >= 0;
            }
        }
        ::close(client);
        ::close(server);
    }

    std::string server_, folder_;
    int listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    std::atomic<int> named_{0}, unnamed_{0};
    std::vector<std::thread> relays_;
    std::thread accepting_;
};

}    // namespace countersign::testing_support

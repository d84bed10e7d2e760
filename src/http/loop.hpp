// Private to the engine: one event loop, its turn, its deadlines. Asio is seen only here and in what includes this.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

#include "http/server.hpp"

namespace countersign::http {

namespace asio = boost::asio;
using asio::ip::tcp;
class Connection;

/// What a connection waits for; each phase has one fixed time, so a FIFO list a phase is sorted by deadline.
enum class Phase : std::uint8_t { header, body, idle, write, none };
inline constexpr std::size_t timed_phases = 4;

/// Connections in all and of each client, over all loops; touched when one opens or closes only.
class Census {
  public:
    enum class Entry : std::uint8_t { admitted, refused };
    Entry enter(const std::string& client, const Limits& limits);
    void leave(const std::string& client);

  private:
    std::mutex lock_;
    std::size_t all_ = 0;
    std::unordered_map<std::string, std::size_t> by_client_;
};

class Loop {
  public:
    Loop(std::size_t index, const std::vector<Site>& sites, Lanes& lanes, Census& census, const Clock& clock,
         std::uint64_t first_reference);
    ~Loop();

    /// A listener of `site` on this loop; 0 as port takes a free one. Answers the port.
    Result<std::uint16_t> listen(std::size_t site, std::uint16_t port);
    void run();
    /// From another thread: drain, then leave run().
    void stop(std::chrono::steady_clock::time_point latest);

    // For connections, on this loop's thread.
    using Deadlines = std::list<Connection*>;
    void enter_phase(Connection& connection, Phase phase);
    void forget(Connection& connection);
    void ready(std::shared_ptr<Connection> connection) { ready_.push_back(std::move(connection)); }
    void submit(std::shared_ptr<Connection> connection);
    bool draining() const { return draining_; }
    std::string next_reference();
    Instant now() const { return now_; }
    const std::string& date() const { return date_; }
    std::string& scratch() { return scratch_; }
    std::size_t index() const { return index_; }
    Census& census() { return *census_; }
    asio::io_context& io() { return io_; }

  private:
    void accept(std::size_t listener);
    void turn();
    void finish_turn();
    void run_ready(std::vector<std::shared_ptr<Connection>>& batch, const Site& site);
    void tick();
    void expire();
    void start_drain();
    void renew_time();

    struct Listener {
        std::size_t site;
        tcp::acceptor acceptor;
    };
    std::size_t index_;
    const std::vector<Site>* sites_;
    Lanes* lanes_;
    Census* census_;
    const Clock* clock_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
    asio::steady_timer ticker_{io_};
    std::vector<Listener> listeners_;
    std::array<Deadlines, timed_phases + 1> phases_;
    std::vector<std::shared_ptr<Connection>> ready_;
    std::string scratch_;
    std::string date_;
    Instant now_;
    std::uint64_t reference_;
    bool draining_ = false;
    std::chrono::steady_clock::time_point latest_{};
};

}    // namespace countersign::http

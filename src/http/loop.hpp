// Private to the engine: one event loop, its turn, its deadlines. Asio is seen only here and in what includes this.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <map>

#include "http/server.hpp"

namespace countersign::http {

namespace asio = boost::asio;
using asio::ip::tcp;
/// With the one executor that there is, instead of any: fewer indirect calls an operation.
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
class Connection;

/// What a connection waits for; each phase has one fixed time, so a FIFO list a phase is sorted by deadline.
enum class Phase : std::uint8_t { header, body, idle, write, linger, none };
inline constexpr std::size_t timed_phases = 5;

/// Connections of each site, in all and of each client, over all loops; touched when one opens or closes only.
class Census {
  public:
    enum class Entry : std::uint8_t { admitted, refused };
    Entry enter(const Site& site, const std::string& client);
    void leave(const Site& site, const std::string& client);

  private:
    struct OfSite {
        std::size_t all = 0;
        std::map<std::string, std::size_t> by_client;    // ordered: clients choose the keys (INP-05)
    };
    std::mutex lock_;
    std::map<const Site*, OfSite> sites_;
};

class Loop {
  public:
    Loop(std::size_t index, const ServerOptions& options, Lanes& lanes, Census& census, const Clock& clock,
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
    /// At the end of the turn: by then the next request has often come, and asking for it is not in vain.
    void read_later(std::shared_ptr<Connection> connection) { readers_.push_back(std::move(connection)); }
    void submit(const std::shared_ptr<Connection>& connection);
    /// Whether connections of this site are to end.
    bool drains(const Site& site) const { return draining_ && site.drain == Drain::first; }
    std::string next_reference();
    /// Read at most once in a turn, when first asked for: never older than the event that asks.
    struct Time {
        Instant wall;
        std::chrono::steady_clock::time_point steady;
        std::string date;    // IMF-fixdate of `wall`
    };
    const Time& time();
    std::string& scratch() { return scratch_; }
    /// For bytes of TLS connections on their way in, and for what handshakes answer.
    std::string& wire() { return wire_; }
    std::size_t index() const { return index_; }
    Census& census() { return *census_; }
    asio::io_context& io() { return io_; }

  private:
    void accept(std::size_t listener);
    void turn();
    void submit_look_ups();
    void submit_burst(const std::shared_ptr<std::vector<std::shared_ptr<Connection>>>& burst);
    void finish_turn();
    void run_ready(std::vector<std::shared_ptr<Connection>>& batch, const Site& site);
    void tick();
    void expire();
    void start_drain();
    void close_connections(const std::function<bool(const Connection&)>& which);
    bool has_work() const;
    void resume_accepting();

    struct Listener {
        std::size_t site;
        Acceptor acceptor;
        enum class Accepting : std::uint8_t { yes, paused };
        Accepting accepting = Accepting::yes;
    };
    std::size_t index_;
    const std::vector<Site>* sites_;
    Milliseconds tick_every_;
    Lanes* lanes_;
    Census* census_;
    const Clock* clock_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
    asio::steady_timer ticker_{io_};
    std::vector<Listener> listeners_;
    std::array<Deadlines, timed_phases + 1> phases_;
    std::vector<std::shared_ptr<Connection>> ready_;
    std::vector<std::shared_ptr<Connection>> batch_;       // of the turn that runs
    std::vector<std::shared_ptr<Connection>> look_ups_;    // of this turn, for a lane
    std::vector<std::shared_ptr<Connection>> readers_;     // answered in this turn
    std::string scratch_;
    std::string wire_;
    Time time_;
    enum class TimeIs : std::uint8_t { fresh, old };
    TimeIs time_is_ = TimeIs::old;
    std::chrono::steady_clock::duration longest_turn_{0};    // since the last tick
    std::uint64_t reference_;
    bool draining_ = false;
    std::chrono::steady_clock::time_point latest_{};
};

}    // namespace countersign::http

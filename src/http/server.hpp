// The engine: one event loop a core, sites with an address and a pipeline each, lanes for what may not run on a loop.
#pragma once

#include "base/random.hpp"
#include "http/lanes.hpp"
#include "http/metrics.hpp"
#include "http/pipeline.hpp"
#include "http/strict_check.hpp"
#include "http/tls.hpp"

namespace countersign::http {

struct ListenAddress {
    std::string host;          // literal address
    std::uint16_t port = 0;    // 0: any free one
};

/// `127.0.0.1:8080` or `[::1]:8080`. Errors: config.invalid.
Result<ListenAddress> parse_listen_address(std::string_view text);

/// What a stop does first: most sites close at once, the management site answers until the others are done.
enum class Drain : std::uint8_t { first, last };

struct Site {
    ListenAddress address;
    Pipeline* pipeline = nullptr;
    Metrics* metrics = nullptr;
    const Services* services = nullptr;
    Limits limits{};
    const TlsContext* tls = nullptr;    // absent: plain http
    Drain drain = Drain::first;
};

struct ServerOptions {
    std::vector<Site> sites;
    std::size_t loops = 1;
    LaneOptions lanes{};
    Milliseconds tick{1000};    // how often time limits are looked at
};

class Server {
  public:
    /// Binds every site, refusing an address that another server holds, then serves. Errors: config.invalid.
    static Result<std::unique_ptr<Server>> start(ServerOptions options, const Clock& clock, Random& random);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// The port that a site listens on.
    std::uint16_t port(std::size_t site) const;
    const Lanes& lanes() const;
    /// Stops accepting, finishes what is in flight, closes, joins. What takes longer than `longest` is cut.
    void stop(Seconds longest);

  private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}    // namespace countersign::http

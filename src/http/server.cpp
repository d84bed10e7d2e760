#include "http/server.hpp"

#include <charconv>

#include "http/loop.hpp"

namespace countersign::http {

Result<ListenAddress> parse_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return fail(Code::config_invalid, "host:port", text);
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    const std::string_view digits = text.substr(colon + 1);
    ListenAddress address{.host = std::string{host}};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    boost::system::error_code bad;
    asio::ip::make_address(address.host, bad);
    if (error != std::errc{} || end != digits.data() + digits.size() || bad) {
        return fail(Code::config_invalid, "an address and a port, as 127.0.0.1:8080", text);
    }
    return address;
}

struct Server::State {
    ServerOptions options;
    Census census;
    // Lanes go first: their work refers to loops. The order of destruction is that of stop().
    std::vector<std::unique_ptr<Loop>> loops;
    std::unique_ptr<Lanes> lanes;
    std::vector<std::thread> threads;
    std::vector<std::uint16_t> ports;
    bool stopped = false;
};

namespace {

/// SO_REUSEPORT would let a second server take half of the connections: a plain bind says whether one is there.
Result<void> probe(const ListenAddress& address) {
    if (address.port == 0) return {};
    asio::io_context io;
    boost::system::error_code error;
    const tcp::endpoint endpoint{asio::ip::make_address(address.host, error), address.port};
    tcp::acceptor acceptor{io};
    if (!error) acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error) acceptor.bind(endpoint, error);
    if (error) {
        return fail(Code::config_invalid, "an address that no other server holds",
                    address.host + ":" + std::to_string(address.port) + ": " + error.message());
    }
    return {};
}

}    // namespace

Server::Server(std::unique_ptr<State> state) : state_{std::move(state)} {}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, const Clock& clock, Random& random) {
    std::unique_ptr<Server> server{new Server{std::make_unique<State>()}};
    State& state = *server->state_;
    state.options = std::move(options);
    state.lanes = std::make_unique<Lanes>(state.options.lanes);
    for (const Site& site : state.options.sites) {
        CS_CHECK(probe(site.address));
        state.ports.push_back(site.address.port);
    }
    for (std::size_t i = 0; i < state.options.loops; ++i) {
        std::array<std::byte, sizeof(std::uint64_t)> seed{};
        random.fill(seed);
        state.loops.push_back(std::make_unique<Loop>(i, state.options, *state.lanes, state.census, clock,
                                                     std::bit_cast<std::uint64_t>(seed)));
        for (std::size_t site = 0; site < state.options.sites.size(); ++site) {
            CS_TRY(state.ports[site], state.loops.back()->listen(site, state.ports[site]));
        }
    }
    for (const auto& loop : state.loops) {
        state.threads.emplace_back([&running = *loop] { running.run(); });
    }
    return server;
}

Server::~Server() { stop(Seconds{0}); }

std::uint16_t Server::port(std::size_t site) const { return state_->ports[site]; }
const Lanes& Server::lanes() const { return *state_->lanes; }

void Server::stop(Seconds longest) {
    if (state_->stopped) return;
    state_->stopped = true;
    const auto latest = std::chrono::steady_clock::now() + longest;
    for (const auto& loop : state_->loops) loop->stop(latest);
    for (std::thread& thread : state_->threads) thread.join();
    state_->lanes.reset();
    state_->loops.clear();
}

}    // namespace countersign::http

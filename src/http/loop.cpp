#include "http/loop.hpp"

#include <boost/asio/post.hpp>

#include <ctime>

#include "base/waiting.hpp"
#include "http/connection.hpp"

namespace countersign::http {
namespace {

constexpr std::ptrdiff_t look_ups_at_once = 16;    // measured: more make a database no faster
constexpr int polls_in_a_turn = 64;                // DESIGN D7: no snapshot outlives a turn
constexpr Milliseconds linger_time{2000};          // for a client to read a refusal while it is still sending
using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

std::string http_date(Instant at) {    // IMF-fixdate, RFC 9110 §5.6.7
    const std::time_t seconds = at.unix_seconds();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), size};
}

Milliseconds time_of(Phase phase, const Limits& limits) {
    switch (phase) {
        case Phase::header:
            return limits.time_to_header;
        case Phase::body:
            return limits.time_to_body;
        case Phase::idle:
            return limits.idle;
        case Phase::write:
            return limits.time_to_write;
        case Phase::linger:
            return linger_time;
        case Phase::none:
            break;
    }
    return Milliseconds{0};
}

}    // namespace

Census::Entry Census::enter(const Site& site, const std::string& client) {
    const std::scoped_lock held{lock_};
    OfSite& of_site = sites_[&site];
    if (of_site.all >= site.limits.connections) return Entry::refused;
    const auto found = of_site.by_client.find(client);
    const std::size_t open = found == of_site.by_client.end() ? 0 : found->second;
    if (open >= site.limits.connections_per_client) return Entry::refused;
    ++of_site.all;
    of_site.by_client[client] = open + 1;
    return Entry::admitted;
}

void Census::leave(const Site& site, const std::string& client) {
    const std::scoped_lock held{lock_};
    OfSite& of_site = sites_[&site];
    --of_site.all;
    const auto found = of_site.by_client.find(client);
    if (found != of_site.by_client.end() && --found->second == 0) of_site.by_client.erase(found);
}

Loop::Loop(std::size_t index, const ServerOptions& options, Lanes& lanes, Census& census, const Clock& clock,
           std::uint64_t first_reference)
    : index_{index},
      sites_{&options.sites},
      tick_every_{options.tick},
      lanes_{&lanes},
      census_{&census},
      clock_{&clock},
      reference_{first_reference} {}

Loop::~Loop() = default;

Result<std::uint16_t> Loop::listen(std::size_t site, std::uint16_t port) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address((*sites_)[site].address.host, error);
    if (error) return fail(Code::config_invalid, "an address", (*sites_)[site].address.host);
    const tcp::endpoint endpoint{address, port};
    Acceptor acceptor{io_};
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address{true}, error);
    if (!error) acceptor.set_option(reuse_port{true}, error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(Code::config_invalid, "an address that is free", error.message());
    const std::uint16_t bound = acceptor.local_endpoint().port();
    listeners_.push_back({site, std::move(acceptor)});
    return bound;
}

void Loop::accept(std::size_t listener) {
    listeners_[listener].acceptor.async_accept([this, listener](const boost::system::error_code& error, Socket socket) {
        if (error == asio::error::operation_aborted || drains((*sites_)[listeners_[listener].site])) return;
        if (error) {
            // No descriptor or memory is left, and the newcomer stays in the queue: to ask again at once would
            // spin. The next tick does.
            listeners_[listener].accepting = Listener::Accepting::paused;
            (*sites_)[listeners_[listener].site].metrics->accepting_paused(index_);
            return;
        }
        boost::system::error_code gone;
        const auto peer = socket.remote_endpoint(gone);
        const Site& site = (*sites_)[listeners_[listener].site];
        std::string client = gone ? std::string{} : peer.address().to_string();
        if (!gone && census_->enter(site, client) == Census::Entry::admitted) {
            std::make_shared<Connection>(*this, site, std::move(socket), std::move(client))->start();
        } else if (!gone && site.tls == nullptr) {
            constexpr std::string_view full =
                "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: "
                "close\r\n\r\n";
            socket.write_some(asio::buffer(full), gone);
        }
        accept(listener);
    });
}

void Loop::enter_phase(Connection& connection, Phase phase) {
    Deadlines& from = phases_[static_cast<std::size_t>(connection.phase)];
    Deadlines& to = phases_[static_cast<std::size_t>(phase)];
    if (connection.place == Deadlines::iterator{}) {
        to.push_back(&connection);
        connection.place = std::prev(to.end());
    } else {
        to.splice(to.end(), from, connection.place);
    }
    connection.phase = phase;
    connection.deadline = time().steady + time_of(phase, connection.site().limits);
}

void Loop::forget(Connection& connection) {
    if (connection.place == Deadlines::iterator{}) return;
    phases_[static_cast<std::size_t>(connection.phase)].erase(connection.place);
    connection.place = {};
}

void Loop::expire() {
    const auto now = std::chrono::steady_clock::now();
    for (std::size_t phase = 0; phase < timed_phases; ++phase) {
        while (!phases_[phase].empty() && phases_[phase].front()->deadline <= now) {
            const std::shared_ptr<Connection> kept = phases_[phase].front()->shared_from_this();
            kept->expired();
            // Whatever it did, it must not stand at the front any more, or this would not end.
            if (!phases_[phase].empty() && phases_[phase].front() == kept.get()) kept->close();
        }
    }
}

void Loop::tick() {
    ticker_.expires_after(tick_every_);
    ticker_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        // How late the tick is says how long the loop had no time for what came.
        const auto lag = std::max(std::chrono::steady_clock::now() - ticker_.expiry(), longest_turn_);
        longest_turn_ = {};
        (*sites_)[0].metrics->lag(index_, std::chrono::duration_cast<std::chrono::microseconds>(lag));
        expire();
        resume_accepting();
        tick();
    });
}

void Loop::submit(const std::shared_ptr<Connection>& connection) {
    const auto queued = lanes_->submit(connection->lane(), [this, connection] {
        connection->run_in_lane();
        asio::post(io_, [this, connection] { ready(connection); });
    });
    if (queued.ok()) return;
    connection->refuse(queued.error());
    connection->after_run();
}

/// All look-ups of one turn that are for a lane: as many at once as one thread asks for in one go.
void Loop::submit_look_ups() {
    for (auto from = look_ups_.begin(); from != look_ups_.end();) {
        const Site& site = (*from)->site();
        const auto most = std::min<std::ptrdiff_t>(look_ups_at_once, look_ups_.end() - from);
        const auto to = std::find_if(from, from + most, [&](const auto& one) { return &one->site() != &site; });
        submit_burst(std::make_shared<std::vector<std::shared_ptr<Connection>>>(from, to));
        from = to;
    }
    look_ups_.clear();
}

void Loop::submit_burst(const std::shared_ptr<std::vector<std::shared_ptr<Connection>>>& burst) {
    const auto queued = lanes_->submit(burst->front()->lane(), [this, burst] {
        Connection::look_up_all(*burst);
        asio::post(io_, [this, burst] {
            for (const auto& connection : *burst) ready(connection);
        });
    });
    if (queued.ok()) return;
    for (const auto& connection : *burst) {
        connection->refuse(queued.error());
        connection->after_run();
    }
}

void Loop::resume_accepting() {
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        if (drains((*sites_)[listeners_[i].site])) continue;
        if (std::exchange(listeners_[i].accepting, Listener::Accepting::yes) == Listener::Accepting::paused) accept(i);
    }
}

const Loop::Time& Loop::time() {
    if (time_is_ == TimeIs::fresh) return time_;
    const Instant now = clock_->now();
    if (time_.date.empty() || now.unix_seconds() != time_.wall.unix_seconds()) time_.date = http_date(now);
    time_.wall = now;
    time_.steady = std::chrono::steady_clock::now();
    time_is_ = TimeIs::fresh;
    return time_;
}

std::string Loop::next_reference() {
    constexpr std::uint64_t step = 0x9E3779B97F4A7C15ULL;    // odd: the sequence visits every value once
    reference_ += step;
    std::string text(2 * sizeof reference_, '0');
    std::uint64_t rest = reference_;
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, rest >>= 4U)
        *digit = "0123456789abcdef"[rest & 15U];
    return text;
}

/// Inline work of one site's exchanges, all within one read transaction.
void Loop::run_ready(std::vector<std::shared_ptr<Connection>>& batch, const Site& site) {
    site.pipeline->begin_turn();
    for (const auto& connection : batch) {
        if (&connection->site() != &site || !connection->in_flight()) continue;
        connection->identify();
        connection->run_inline();
    }
    site.pipeline->end_turn();
}

void Loop::finish_turn() {
    batch_.swap(ready_);
    for (const Site& site : *sites_) {
        const bool any = std::ranges::any_of(batch_, [&](const auto& c) { return &c->site() == &site; });
        if (any) run_ready(batch_, site);
    }
    for (const auto& connection : batch_) {
        if (connection->look_up() == Connection::LookUp::in_lane) {
            look_ups_.push_back(connection);
        } else if (connection->in_flight()) {
            connection->after_run();
        }
    }
    batch_.clear();
    submit_look_ups();
    for (const auto& connection : readers_) connection->read_on();
    readers_.clear();
}

void Loop::turn() {
    time_is_ = TimeIs::old;
    if (ready_.empty()) io_.run_one();
    for (int i = 0; i < polls_in_a_turn && io_.poll_one() > 0; ++i) {
    }
    finish_turn();
    if (time_is_ == TimeIs::fresh) {
        longest_turn_ = std::max(longest_turn_, std::chrono::steady_clock::now() - time_.steady);
    }
}

void Loop::close_connections(const std::function<bool(const Connection&)>& which) {
    for (Deadlines& list : phases_) {
        for (auto next = list.begin(); next != list.end();) {
            const std::shared_ptr<Connection> connection = (*next++)->shared_from_this();
            if (which(*connection)) connection->close();    // takes itself off the list
        }
    }
}

void Loop::start_drain() {
    draining_ = true;
    boost::system::error_code ignored;
    for (Listener& listener : listeners_) {
        if (drains((*sites_)[listener.site])) listener.acceptor.close(ignored);
    }
    close_connections([this](const Connection& c) {
        const bool waits = c.phase == Phase::idle || c.phase == Phase::header || c.phase == Phase::linger;
        return waits && drains(c.site());
    });
}

/// Connections that a drain waits for.
bool Loop::has_work() const {
    return std::ranges::any_of(phases_, [this](const Deadlines& list) {
        return std::ranges::any_of(list, [this](const Connection* c) { return drains(c->site()); });
    });
}

void Loop::stop(std::chrono::steady_clock::time_point latest) {
    asio::post(io_, [this, latest] {
        latest_ = latest;
        start_drain();
    });
}

void Loop::run() {
    const NoWaiting loop;
    for (std::size_t i = 0; i < listeners_.size(); ++i) accept(i);
    tick();
    while (!draining_ || (has_work() && std::chrono::steady_clock::now() < latest_)) turn();
    boost::system::error_code ignored;
    for (Listener& listener : listeners_) listener.acceptor.close(ignored);    // other loops may still take clients
    close_connections([](const Connection&) { return true; });
}

}    // namespace countersign::http

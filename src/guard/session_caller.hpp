// Joins the session gate to the engine: reads the cookie, asks the gate, puts the Actor into the exchange.
#pragma once

#include "guard/session_cookies.hpp"
#include "http/gates.hpp"
#include "session/gate.hpp"

namespace countersign::guard {

/// What became of the cookie with the cached session.
enum class Cached : std::uint8_t { not_asked, believed, refused };

/// What a handler finds behind x.caller_state<SessionState>() when x.has_actor().
struct SessionState final : http::CallerState {
    SessionState(session::SignedIn found, Cached seal) : signed_in{std::move(found)}, cached{seal} {}
    session::SignedIn signed_in;
    Cached cached;
};

/// What is known of the client that gets a session.
session::ClientFacts client_of(const http::Exchange& x);

class SessionCaller final : public http::CallerGate {
  public:
    SessionCaller(SessionGate gate, const SessionCookies& cookies, storage::Storage& storage)
        : gate_{gate},
          cookies_{&cookies},
          storage_{&storage} {}

    // Where reads wait nothing is looked up in a turn of a loop.
    void begin_turn() override {
        if (storage_->reads() == storage::Reads::at_once) storage_->begin_reads();
    }
    void end_turn() override {
        if (storage_->reads() == storage::Reads::at_once) storage_->end_reads();
    }
    void ask_ahead(std::span<http::Exchange* const> asked) override;
    void forget_ahead() override { gate_.forget_ahead(); }
    Result<void> identify(http::Exchange& x) override;

  private:
    Result<void> identify_from_storage(http::Exchange& x, std::string_view token, Cached cached);
    SessionGate gate_;
    const SessionCookies* cookies_;
    storage::Storage* storage_;
};

}    // namespace countersign::guard

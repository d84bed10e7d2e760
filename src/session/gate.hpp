// The gate: a token that the client holds becomes an Actor here and nowhere else (DESIGN §7).
#pragma once

#include "session/sessions.hpp"

namespace countersign {

class SessionGate {
  public:
    struct Found {
        Actor actor;
        session::SignedIn signed_in;
    };

    explicit SessionGate(session::Sessions& sessions) : sessions_{&sessions} {}

    /// `token` has passed its signature check. Errors: session.unknown, session.expired; storage.* when it could not be
    /// looked up, which is not an answer about the session.
    Result<Found> identify(std::string_view token, Instant now) const;
    /// Of a seal that opened: it says who was signed in when it was made. Errors: session.expired, storage.corrupt.
    Result<Found> accept(session::SignedIn sealed, Instant now) const;
    /// What identify() of these will ask for, in one go; on this thread, until forget_ahead().
    void ask_ahead(std::span<const std::string> tokens) const { sessions_->ask_ahead(tokens); }
    void forget_ahead() const { sessions_->forget_ahead(); }
    /// Errors: session.not_fresh.
    Result<void> check_fresh(const Actor& who, Instant now) const;

  private:
    session::Sessions* sessions_;
};

}    // namespace countersign

// Proof of who asks. An Actor comes only from SessionGate (session/), so a function that takes one cannot be called
// with a user id out of a request (DESIGN §7, wall 2).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/id.hpp"
#include "base/time.hpp"

namespace countersign {

class SessionGate;

/// What was proved at sign-in.
enum class Proof : std::uint8_t { password, link, code, passkey, federation };

class Actor {
  public:
    const UserId& user() const { return user_; }
    const SessionId& session() const { return session_; }
    Instant since() const { return since_; }    // when the session began

  private:
    friend class SessionGate;
    Actor(UserId user, SessionId session, Instant since)
        : user_{std::move(user)},
          session_{std::move(session)},
          since_{since} {}
    UserId user_;
    SessionId session_;
    Instant since_;
};

/// A session with a factor outstanding: not an Actor, and convertible to none.
class Pending {
  public:
    const UserId& user() const { return user_; }

  private:
    friend class SessionGate;
    explicit Pending(UserId user) : user_{std::move(user)} {}
    UserId user_;
};

/// Work that nobody asked for: housekeeping. The reason is part of the call and of the log.
class SystemActor {
  public:
    explicit consteval SystemActor(std::string_view reason) : reason_{reason} {}
    std::string_view reason() const { return reason_; }

  private:
    std::string_view reason_;
};

}    // namespace countersign

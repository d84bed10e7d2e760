// What the engine asks of the layers above it. guard/ and session/ implement these, app/ wires them.
#pragma once

#include "http/exchange.hpp"

namespace countersign::http {

/// The session look-up (session/): the only way to an Actor.
class CallerGate {
  public:
    virtual ~CallerGate() = default;
    /// All look-ups of one loop turn stand between these two: one read transaction (DESIGN D3).
    virtual void begin_turn() = 0;
    virtual void end_turn() = 0;
    /// Where reads of storage may wait: asks for all that identify() of these will read, in one go. It finds the
    /// answers on this thread until forget_ahead(); what is not there it reads itself.
    virtual void ask_ahead(std::span<Exchange* const> asked) = 0;
    virtual void forget_ahead() = 0;
    /// Sets the caller of `x` or says why there is none. A failure is that of storage, not of the caller.
    virtual Result<void> identify(Exchange& x) = 0;
};

/// What is left to be done before a request that has arrived goes on.
enum class Arrival : std::uint8_t {
    done,
    count,    // count(x), where one may wait
};

/// Who may come in, and what leaves a mark (guard/).
class RequestGate {
  public:
    virtual ~RequestGate() = default;
    /// Before routing: client address, disabled paths, request limits. Blocks on nothing.
    virtual Result<Arrival> arrive(Exchange& x) = 0;
    /// The request limit where its counts stand outside of this process: only after arrive() has said so, in the
    /// storage lane.
    virtual Result<void> count(Exchange& x) = 0;
    /// After routing, before validation: Origin and CSRF rules of the row.
    virtual Result<void> admit(Exchange& x) = 0;
    /// After validation: redirect parameters of the row (`Field::redirect`).
    virtual Result<void> redirects(Exchange& x) = 0;
    /// CORS: an OPTIONS request that is a preflight for a row; absent when CORS is off or it is none.
    virtual std::optional<Response> preflight(const Exchange& x, std::span<const Method> methods) = 0;
    /// CORS headers on every answer of a CORS-enabled server, refusals included.
    virtual void decorate(const Exchange& x, Response& answer) = 0;
    /// The record of a refusal: log line and decision trace, under x.reference().
    virtual void refused(const Exchange& x, const AuthError& why) = 0;
    /// A session that was sent was not accepted, and the request goes on without one: as a refusal, but for the answer.
    virtual void went_on(const Exchange& x, const AuthError& why) = 0;
    /// What a hook would have added to the answer is left out.
    virtual void incomplete(const Exchange& x, const AuthError& why) = 0;
};

}    // namespace countersign::http

// Time as types: an Instant is a point on the UTC line with millisecond precision, the precision of every row we store.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace countersign {

using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

/// A moment in UTC, in milliseconds since 1970-01-01T00:00:00Z.
class Instant {
  public:
    constexpr Instant() = default;
    static constexpr Instant from_unix_ms(std::int64_t ms) { return Instant{Milliseconds{ms}}; }
    static constexpr Instant from_unix(Seconds s) { return Instant{s}; }

    constexpr std::int64_t unix_ms() const { return since_epoch_.count(); }
    /// Whole seconds, rounded down: the form of `iat` and `exp` (RFC 7519 §2, NumericDate).
    constexpr std::int64_t unix_seconds() const { return std::chrono::floor<Seconds>(since_epoch_).count(); }

    friend constexpr auto operator<=>(const Instant&, const Instant&) = default;
    friend constexpr Instant operator+(Instant at, Milliseconds by) { return Instant{at.since_epoch_ + by}; }
    friend constexpr Instant operator-(Instant at, Milliseconds by) { return Instant{at.since_epoch_ - by}; }
    friend constexpr Milliseconds operator-(Instant a, Instant b) { return a.since_epoch_ - b.since_epoch_; }

  private:
    constexpr explicit Instant(Milliseconds since) : since_epoch_{since} {}
    Milliseconds since_epoch_{0};
};

/// `YYYY-MM-DDTHH:MM:SS.sssZ`, the one form that Better Auth stores and answers (years 0000 to 9999).
std::string to_iso8601(Instant at);
void append_iso8601(std::string& out, Instant at);
/// Exactly the form above; anything else is absent.
std::optional<Instant> parse_iso8601(std::string_view text);

/// Where the current time comes from. Code that needs the time takes a `const Clock&`.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

/// The real clock of the machine.
class SystemClock final : public Clock {
  public:
    Instant now() const override;
};

/// A clock for tests that moves only when told to.
class FixedClock final : public Clock {
  public:
    explicit FixedClock(Instant at) : at_{at} {}
    Instant now() const override { return at_; }
    void set(Instant at) { at_ = at; }
    void advance(Milliseconds by) { at_ = at_ + by; }

  private:
    Instant at_;
};

}    // namespace countersign

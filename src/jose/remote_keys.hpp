// The last good key set of one issuer, and when to look for the next. Holds no lock and no clock: whoever holds one of
// these says what time it is and lets one caller in at a time.
#pragma once

#include "jose/key_place.hpp"

namespace countersign::jose {

/// Why somebody looks: time has passed, or a token names a key that is not there (KEY-04).
enum class Need : std::uint8_t { fresh_keys, unknown_kid };

class RemoteKeySet {
  public:
    explicit RemoteKeySet(RemoteTimes times) : times_{times} {}

    /// Whether the issuer should be asked now.
    bool is_due(Need need, Instant now) const;
    /// Counts the attempt, so that the next caller is not due.
    void begin(Instant now) { tried_ = now; }
    enum class Change : std::uint8_t { none, other_keys };
    /// A failure leaves what was there: nothing but a usable set replaces a good one.
    Change finish(Result<KeyPlace::Published> answer, Instant now);

    /// The set to verify with; null before the first good one, and when that has become too old (KEY-05).
    const std::string* find_usable(Instant now) const;
    /// Why there is none, or why the last attempt failed.
    const std::optional<AuthError>& refusal() const { return refusal_; }
    AuthError why_unusable(Instant now) const;

    /// Until when nothing of the above changes by time alone.
    struct Quiet {
        Instant from, until;
    };
    Quiet quiet(Instant now) const;

  private:
    bool is_cool(Instant now, Seconds pause) const;
    RemoteTimes times_;
    std::string text_;
    Seconds life_{};
    std::optional<Instant> fetched_, tried_;
    std::optional<AuthError> refusal_;
};

}    // namespace countersign::jose

// Limits on wrong passwords (ENU-06 to ENU-08): what is counted for whom, and the attempts that identity/ asks.
#pragma once

#include <atomic>

#include "guard/failure_counts.hpp"
#include "guard/known_device.hpp"
#include "http/exchange.hpp"
#include "identity/attempt.hpp"

namespace countersign::guard {

struct FailureOptions {
    enum class State : std::uint8_t { off, on };
    State state = State::off;
    unsigned attempts = 5;    // of a network in `window`, of an account, device or session at all, before it waits
    Seconds window{900};
    unsigned account_stop = 100;
    /// Whether the owner of an account that comes to its stop is told by mail, at most once a day.
    enum class Notice : std::uint8_t { off, on };
    Notice notice = Notice::off;
    std::string site = {};    // named in the mail
};
FailureRules failure_rules(const FailureOptions& options);

class FailureLimit {
  public:
    static constexpr std::size_t most_keys = 50'000;    // of each kind

    /// `key` hides the names in the tables; it is for nothing else.
    FailureLimit(FailureOptions options, crypto::HmacKey key, KnownDevices devices,
                 std::unique_ptr<FailureCounts> counts, const Clock& clock)
        : options_{std::move(options)},
          key_{std::move(key)},
          devices_{std::move(devices)},
          counts_{std::move(counts)},
          clock_{&clock} {}

    /// Whoever asks from this browser has proved to be `account`: its failures are counted apart from those of
    /// strangers from now on.
    void remember(http::Response& answer, const http::RequestView& request, std::string_view account) const;
    /// The account has a new password: what was guessed before counts no more (ENU-07). Where that cannot be written
    /// it stays counted.
    void forgive(std::string_view account) const;

    /// The new password that came with a mailed token was refused by the rules for passwords (REC-02). Spent: the token
    /// should go.
    enum class Tries : std::uint8_t { left, spent };
    Result<Tries> count_refused_with(std::string_view token) const;

    /// How many attempts were refused since the start, by who decided it: the name of `Whose`, or "stop".
    struct Refused {
        std::string_view whose;
        std::uint64_t count;
    };
    std::vector<Refused> refused() const;

  private:
    friend class PasswordAttempt;
    FailureKey key(Whose whose, std::span<const std::byte> name) const;
    FailureKey key(Whose whose, std::string_view name) const;
    bool is_off() const { return options_.state == FailureOptions::State::off; }
    void count_refusal(const Standing& standing);

    FailureOptions options_;
    crypto::HmacKey key_;
    KnownDevices devices_;
    std::unique_ptr<FailureCounts> counts_;
    const Clock* clock_;
    static constexpr std::array<std::string_view, 5> refusers{"network", "account", "device", "session", "stop"};
    using Refusals = std::array<std::atomic<std::uint64_t>, refusers.size()>;
    std::unique_ptr<Refusals> refused_ = std::make_unique<Refusals>();
};

/// The attempt of a request whose row says that it takes a password.
class PasswordAttempt final : public identity::Attempt {
  public:
    explicit PasswordAttempt(http::Exchange& x);

    Result<void> begin(std::string_view account) override;
    Result<void> begin(const Actor& who) override;
    Result<void> end(Outcome outcome) override;

  private:
    Result<void> refuse_unless_open(const Standing& standing);
    Result<void> tell_owner_of_stop(Instant now);

    http::Exchange* x_;
    FailureLimit* limit_;
    std::string account_;
    std::vector<FailureKey> deciding_;
    std::vector<FailureKey> also_;        // a failure counts for them, whatever they say
    std::vector<FailureKey> forgiven_;    // by a success
};

}    // namespace countersign::guard

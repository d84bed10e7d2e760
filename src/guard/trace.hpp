// The decision trace: what was refused and exactly why, in a bounded ring file, found by the reference that the client
// was given. A trace that cannot be written never stops a refusal.
#pragma once

#include <mutex>
#include <unordered_map>

#include "base/json.hpp"

namespace countersign::guard {

/// What became of the request: refused, or served as one without a session.
enum class Outcome : std::uint8_t { refused, went_on };

struct Decision {
    std::string_view reference;
    Instant at;
    std::string_view endpoint;    // a row's path, or "unrouted": never the client's text
    std::string_view client;
    const AuthError* why;
    Outcome outcome = Outcome::refused;
};

class DecisionTrace {
  public:
    static constexpr std::size_t slot_bytes = 512;
    static constexpr std::size_t default_bytes = std::size_t{64} << 20U;
    static constexpr unsigned full_rate = 50;        // refusals a second and client that are all kept
    static constexpr unsigned sample_one_in = 64;    // above that

    /// A file that cannot be opened leaves a trace that drops everything, and counts it.
    explicit DecisionTrace(const std::string& path, std::size_t bytes = default_bytes);
    ~DecisionTrace();
    DecisionTrace(const DecisionTrace&) = delete;
    DecisionTrace& operator=(const DecisionTrace&) = delete;

    /// `sampled_out`: the client refuses to stop; only every 64th of its refusals is recorded and logged.
    enum class Kept : std::uint8_t { yes, sampled_out };
    Kept record(const Decision& decision);
    std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

    /// The record of a reference in the file at `path`, newest if there are several.
    static Result<std::optional<json::Value>> find(const std::string& path, std::string_view reference);

  private:
    enum class Keep : std::uint8_t { yes, no };
    Keep sampled(std::string_view client, Instant at);
    int file_ = -1;
    std::size_t slots_;
    std::atomic<std::uint64_t> next_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::mutex lock_;
    std::int64_t second_ = 0;
    std::unordered_map<std::string, unsigned> in_second_;
};

/// The record as prose for a person at a terminal.
std::string explain(const json::Value& record);

}    // namespace countersign::guard

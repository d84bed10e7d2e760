// Better Auth's request limit: so many requests of one client to one path, measured from the last one that was allowed
// (WIRE rate limiting).
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"

namespace countersign::guard {

struct LimitRule {
    unsigned max = 0;
    Seconds window{0};
};

/// A rule for one path, or for those that a glob matches. Without rule: not limited.
struct CustomRule {
    std::string path;    // below basePath
    std::optional<LimitRule> rule;
};

struct RequestLimitOptions {
    enum class State : std::uint8_t { off, on };
    State state = State::off;
    LimitRule general{.max = 100, .window = Seconds{10}};
    std::vector<CustomRule> custom = {};
};

/// Counters of a bounded number of keys, exact over threads. Whoever is over a limit keeps its counter until its window
/// ends, however many others come (ENU-11, ENU-13).
class RequestCounters {
  public:
    explicit RequestCounters(std::size_t most);
    ~RequestCounters();
    RequestCounters(const RequestCounters&) = delete;
    RequestCounters& operator=(const RequestCounters&) = delete;

    /// Absent: allowed, and counted. Otherwise how long it is refused from now on, in whole seconds.
    std::optional<Seconds> count(std::string_view key, const LimitRule& rule, Instant now);
    std::size_t size() const;

  private:
    struct Shard;
    std::size_t most_a_shard_;
    std::vector<std::unique_ptr<Shard>> shards_;
};

class RequestLimit {
  public:
    static constexpr std::size_t most_keys = 200'000;

    explicit RequestLimit(RequestLimitOptions options) : options_{std::move(options)} {}
    /// `path` below basePath, as it was sent. Absent: allowed.
    std::optional<Seconds> refused_for(std::string_view client, std::string_view path, Instant now);
    /// The rule of a path, absent where it is exempt.
    std::optional<LimitRule> rule_of(std::string_view path) const;

  private:
    RequestLimitOptions options_;
    RequestCounters counters_{most_keys};
};

}    // namespace countersign::guard

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
    enum class Storage : std::uint8_t { memory, database, secondary };
    Storage storage = Storage::memory;
};

/// What a request counts for.
struct Counted {
    std::string key;    // `client|path`, as Better Auth writes it
    LimitRule rule;
    enum class By : std::uint8_t { general, own };
    By by;    // whether the path has a rule of its own
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
    /// Of a path only so much tells it from others: none of ours is longer, and keys are kept.
    static constexpr std::size_t most_of_path = 256;

    explicit RequestLimit(RequestLimitOptions options) : options_{std::move(options)} {}
    /// `path` below basePath, as it was sent. Absent where nothing limits it.
    std::optional<Counted> counted(std::string_view client, std::string_view path) const;
    /// Counts in memory. Absent: allowed.
    std::optional<Seconds> refused_for(const Counted& counted, Instant now);
    /// The rule of a path, absent where it is exempt.
    std::optional<LimitRule> rule_of(std::string_view path) const;
    /// Of all rules: the longest window, and the fewest requests that are allowed in one.
    Seconds longest_window() const;
    unsigned smallest_max() const;

  private:
    struct Ruled {
        LimitRule rule;
        Counted::By by;
    };
    std::optional<Ruled> ruled(std::string_view path) const;
    std::vector<LimitRule> rules() const;

    RequestLimitOptions options_;
    RequestCounters counters_{most_keys};
};

}    // namespace countersign::guard

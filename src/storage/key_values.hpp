// A store of keys and values that end by themselves: what Better Auth calls secondary storage (WIRE §8). Here the
// contract, and the type that lives in this process.
#pragma once

#include <memory>
#include <mutex>

#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::storage {

/// Every operation is one step for all threads and, in a store of the network, for all nodes. A time to live of 0 or
/// less leaves nothing behind. Errors of all: storage.unavailable when the store cannot be asked or has no room; what
/// it holds already is unchanged then, and never given up for something newer.
class KeyValues {
  public:
    virtual ~KeyValues() = default;
    /// Absent: never set, removed or ended.
    virtual Result<std::optional<std::string>> get(std::string_view key) = 0;
    virtual Result<void> set(std::string_view key, std::string_view value, Seconds ttl) = 0;
    /// Fine if there is none.
    virtual Result<void> remove(std::string_view key) = 0;
    /// At most one caller ever gets it (INP-12).
    virtual Result<std::optional<std::string>> get_and_remove(std::string_view key) = 0;
    /// Adds 1 and returns the sum; a new key begins at 1 and ends after `ttl`, which later calls do not move. Errors:
    /// storage.corrupt if the value is no number.
    virtual Result<std::int64_t> increment(std::string_view key, Seconds ttl) = 0;

    enum class Replaced : std::uint8_t { yes, no };
    /// Only if the key still holds `expected` (absent: holds nothing): `value` is set, or the key removed if that is
    /// absent. What two writers read and write at once is lost by neither.
    virtual Result<Replaced> replace(std::string_view key, std::optional<std::string_view> expected,
                                     std::optional<std::string_view> value, Seconds ttl) = 0;
};

/// In memory: sharded, exact over threads, empty after a restart. Counters have room of their own, so that clients who
/// make many of them leave room for sessions.
class MemoryKeyValues final : public KeyValues {
  public:
    struct Room {
        std::size_t entries;
        std::size_t bytes;    // of keys and values, and what keeping them costs
    };
    struct Rooms {
        Room values{.entries = 2'000'000, .bytes = std::size_t{1} << 30U};
        Room counters{.entries = 500'000, .bytes = std::size_t{128} << 20U};
    };
    struct Entry {
        std::string key;
        std::string value;
        Seconds ttl;    // as it was set last
        Instant ends;
    };

    explicit MemoryKeyValues(const Clock& clock) : MemoryKeyValues{clock, Rooms{}} {}
    MemoryKeyValues(const Clock& clock, Rooms rooms);
    ~MemoryKeyValues() override;
    MemoryKeyValues(const MemoryKeyValues&) = delete;
    MemoryKeyValues& operator=(const MemoryKeyValues&) = delete;

    Result<std::optional<std::string>> get(std::string_view key) override;
    Result<void> set(std::string_view key, std::string_view value, Seconds ttl) override;
    Result<void> remove(std::string_view key) override;
    Result<std::optional<std::string>> get_and_remove(std::string_view key) override;
    Result<std::int64_t> increment(std::string_view key, Seconds ttl) override;
    Result<Replaced> replace(std::string_view key, std::optional<std::string_view> expected,
                             std::optional<std::string_view> value, Seconds ttl) override;

    /// What has not ended, ordered by key. Each shard is seen at one moment, the whole is not.
    std::vector<Entry> entries() const;
    void clear();
    struct Usage {
        Room values;
        Room counters;
    };
    /// What is kept now, ended entries that were not swept yet included.
    Usage usage() const;

  private:
    enum class Kind : std::uint8_t { value, counter };
    class Budget;
    class Shard;
    Shard& shard_of(std::string_view key);
    Budget& budget_of(Kind kind);
    Result<void> put(Shard& shard, Kind kind, std::string_view key, std::string_view value, Seconds ttl, Instant now);
    void make_room(Kind kind, std::string_view key, std::string_view value, Instant now);

    const Clock* clock_;
    std::unique_ptr<Budget> values_, counters_;
    std::vector<std::unique_ptr<Shard>> shards_;
};

}    // namespace countersign::storage

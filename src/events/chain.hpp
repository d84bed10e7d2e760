// The chain of this node: every event gets the next sequence number and a link over itself and the link before. A
// segment is a chain that began with a process or took over from a full one; it names the row that the table ended with
// when it was opened. Runs inside transactions only, so that the database puts writers in order.
#pragma once

#include <mutex>

#include "base/random.hpp"
#include "events/checkpoint.hpp"
#include "storage/storage.hpp"

namespace countersign::events {

struct ChainOptions {
    std::int64_t segment_rows = 10'000;
    Seconds segment_life{86400};
    Seconds retention{0};    // 0: nothing is removed
};

/// A process that serves begins a segment; a command beside it goes on with the newest one.
enum class Begin : std::uint8_t { own_segment, newest_segment };

class Chain {
  public:
    Chain(std::span<const EventKeys> keys, const Clock& clock, Random& random, ChainOptions options, Begin begin)
        : keys_{keys},
          clock_{&clock},
          random_{&random},
          options_{options},
          begin_{begin} {}

    Result<Position> append(storage::Tx& tx, const Event& event);
    /// Rows up to this one are known to be durable: from now on a table that ends before it has been cut.
    void confirm(const Position& position);
    /// Removes the oldest segments that are closed and whose last row is older than the retention; the chain says so.
    /// How many rows.
    Result<std::int64_t> trim(storage::Tx& tx);
    /// The newest row of the segment that is written to; absent before the first one.
    Result<std::optional<Position>> head(storage::Rows rows) const;

  private:
    Result<Position> put(storage::Tx& tx, const std::optional<Position>& before, Record record);
    Result<Position> open_segment(storage::Tx& tx);
    Result<std::optional<Record>> find_last(storage::Rows& rows) const;
    Result<std::optional<Position>> current(storage::Tx& tx);
    Result<std::size_t> key_of(storage::Rows& rows, const std::string& segment) const;
    bool is_full(const Position& head) const;
    Result<std::optional<Position>> find_cut(storage::Tx& tx) const;

    std::span<const EventKeys> keys_;
    const Clock* clock_;
    Random* random_;
    ChainOptions options_;
    Begin begin_;
    mutable std::mutex lock_;    // of what the confirming thread shares with the one that writes
    std::string segment_;
    std::size_t key_ = 0;    // of the segment
    std::optional<Position> durable_;
};

/// The first row of a range of ids, the last one, and all of a segment. Errors: storage.
Result<std::optional<Record>> find_record(storage::Rows& rows, const storage::Unowned& statement, std::string_view from,
                                          std::string_view to);
Result<std::vector<Record>> records_of(storage::Rows& rows, std::string_view segment);
/// The segment that follows, oldest first; the first of all for an empty text.
Result<std::optional<std::string>> next_segment(storage::Rows& rows, std::string_view after);

inline constexpr std::string_view opened_after = "after=";
inline constexpr std::string_view opened_first = "first";
inline constexpr std::string_view removed_through = "through=";

}    // namespace countersign::events

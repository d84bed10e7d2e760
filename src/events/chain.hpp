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
    /// What `append` found gone or unreadable since the last call.
    std::optional<std::string> take_damage();
    /// Removes the oldest segment if it is closed and all of it is older than the retention; the chain says so. How
    /// many rows.
    Result<std::int64_t> trim(storage::Tx& tx);
    /// The newest row of the segment that is written to; absent before the first one.
    Result<std::optional<Position>> head(storage::Rows rows) const;

  private:
    Result<Position> put(storage::Tx& tx, const std::optional<Position>& before, Record record);
    Result<Position> open_segment(storage::Tx& tx);
    Result<std::optional<Position>> current(storage::Tx& tx);
    Result<std::optional<std::string>> find_damage(storage::Tx& tx, std::optional<Position>& head);
    Result<std::size_t> key_of(storage::Rows& rows, const std::string& segment) const;
    bool is_full(const Position& head) const;
    void forget(const std::string& segment);
    Result<std::optional<Record>> find_boundary(storage::Tx& tx, const std::string& oldest) const;

    std::span<const EventKeys> keys_;
    const Clock* clock_;
    Random* random_;
    ChainOptions options_;
    Begin begin_;
    mutable std::mutex lock_;    // of what the confirming thread shares with the one that writes
    std::string segment_;
    std::size_t key_ = 0;    // of the segment
    std::optional<Position> durable_;
    std::optional<std::string> damage_;
};

/// The first or the last row of a range of ids. Errors: storage.
Result<std::optional<Record>> find_record(storage::Rows& rows, const storage::Unowned& statement, std::string_view from,
                                          std::string_view to);
/// The row with an id; absent as well if a cell has not the form of its column.
Result<std::optional<Record>> find_readable(storage::Rows& rows, const std::string& id);
/// Which of the keys wrote the row that opens a segment; null: none.
const EventKeys* opener_of(std::span<const EventKeys> keys, const Record& opening);

/// A row as the table has it, whoever wrote it.
struct StoredRow {
    std::string id;
    std::optional<Record> record;    // absent: a cell has not the form of its column
};
/// All of a segment, in the order of their ids.
Result<std::vector<StoredRow>> rows_of(storage::Rows& rows, std::string_view segment);
/// The segment that follows, oldest first; the first of all for an empty text. In a table that others write to it can
/// be any text of at most `segment_length` bytes, and is greater than `after`.
Result<std::optional<std::string>> next_segment(storage::Rows& rows, std::string_view after);

inline constexpr std::string_view opened_after = "after=";
inline constexpr std::string_view opened_first = "first";
inline constexpr std::string_view opened_blind = "after what cannot be read";
inline constexpr std::string_view removed_through = "through=";

}    // namespace countersign::events

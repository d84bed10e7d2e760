// The chain of this process: every event gets the next sequence number and a link over itself and the link before. It
// is written in segments. Where one process has the database, the segments of all processes follow each other, and each
// names the row that the table ended with. Where several write at the same time, each has a chain of its own: its first
// segment says beside which row it began, and each further one follows the one before. There whoever opens a segment
// also names the ends of other chains that nobody has named yet, so that none can lose its end when its process is
// gone. Runs inside transactions only, so that the database puts writers in order.
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
    /// Whether other processes may have the database, each with a chain of its own.
    enum class Others : std::uint8_t { none, possible } others = Others::none;
};

/// A process that serves begins a chain; a command beside it goes on with the newest segment, whosever it is.
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
    /// Removes the oldest segment if all of it is older than the retention, whosever it is; the chain says so. How many
    /// rows.
    Result<std::int64_t> trim(storage::Tx& tx);
    /// The newest row of the segment that is written to; absent before the first one.
    Result<std::optional<Position>> head(storage::Rows rows) const;

  private:
    Result<Position> put(storage::Tx& tx, const std::optional<Position>& before, Record record);
    Result<Position> open_segment(storage::Tx& tx, const std::optional<Position>& own);
    Result<Position> name_others(storage::Tx& tx, Position head, const Position& named);
    bool is_alone() const { return options_.others == ChainOptions::Others::none; }
    bool is_past_retention(const std::string& segment) const;
    bool is_old_enough(const Record& opening, const std::string& oldest) const;
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

/// When it was opened, as its name says; the beginning of all time for a name of another form.
Instant opened_at(std::string_view segment);

inline constexpr std::string_view opened_after = "after=";      // nothing follows there
inline constexpr std::string_view opened_beside = "beside=";    // of another chain: it may go on
inline constexpr std::string_view opened_first = "first";
inline constexpr std::string_view opened_blind = "after what cannot be read";
inline constexpr std::string_view seen_at = "seen=";    // the end of another chain: it may go on
inline constexpr std::string_view removed_through = "through=";
/// The position behind one of the words above; absent for another text.
std::optional<Position> position_behind(std::string_view word, std::string_view detail);

}    // namespace countersign::events

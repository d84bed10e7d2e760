// The rows of all chains in one order, for people and archives: by their time, and those of one chain as they were
// written. No more is in memory than the segments that go on at the same time.
#pragma once

#include "events/chain.hpp"

namespace countersign::events {

class Timeline {
  public:
    explicit Timeline(storage::Rows rows) : rows_{rows} {}

    /// The next row, readable or not; absent behind the last one. Errors: storage.
    Result<std::optional<StoredRow>> next();

  private:
    /// A segment, and how far it has been read. What cannot be read has the time of the row before.
    struct Reading {
        std::vector<StoredRow> rows;
        std::size_t at = 0;
        Instant time;
        void move_to(std::size_t row);
    };
    Result<void> look_ahead();
    Result<void> open_ahead();

    storage::Rows rows_;
    enum class Begun : std::uint8_t { no, yes } begun_ = Begun::no;
    std::optional<std::string> ahead_;    // the first segment that has not been opened
    std::vector<Reading> open_;           // oldest first
};

}    // namespace countersign::events

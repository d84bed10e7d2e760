// Whether the table is as it was written: nothing altered, removed, put in, re-ordered or cut off (ERR-05).
#pragma once

#include <array>

#include "events/checkpoint.hpp"
#include "storage/storage.hpp"

namespace countersign::events {

enum class Fault : std::uint8_t {
    unreadable,
    altered,
    missing,
    foreign,
    cut_off,
    segment_missing,
    forked,
    unknown_secret,
    reported,
    checkpoint_forged,
    checkpoint_missing,
    checkpoint_differs,
};

struct FaultRow {
    Given<Fault> fault;
    Given<std::string_view> name;
    Given<std::string_view> meaning;
};
inline constexpr std::array faults{
    FaultRow{Fault::unreadable, "row.unreadable", "a cell has not the form of its column"},
    FaultRow{Fault::altered, "row.altered", "the row is not the one that was written there"},
    FaultRow{Fault::missing, "row.missing", "what was written there is gone"},
    FaultRow{Fault::foreign, "row.foreign", "rows stand under ids that the server does not give"},
    FaultRow{Fault::cut_off, "segment.cut_off", "the end of the segment is gone: a later one names its last row"},
    FaultRow{Fault::segment_missing, "segment.missing", "a later segment names it, and it was not removed by age"},
    FaultRow{Fault::forked, "segment.forked",
             "a closed segment goes on: rows of another table or of a copy were put in, or two servers wrote at once"},
    FaultRow{Fault::unknown_secret, "segment.unknown",
             "its first row was altered, or the secret that it was written with is no longer listed"},
    FaultRow{Fault::reported, "events.cut", "the running server saw that rows were gone, and says so in this row"},
    FaultRow{Fault::checkpoint_forged, "checkpoint.forged", "no listed secret made this checkpoint"},
    FaultRow{Fault::checkpoint_missing, "checkpoint.missing", "the log has seen this row, and it is gone"},
    FaultRow{Fault::checkpoint_differs, "checkpoint.differs", "the log has seen another row in this place"},
};
static_assert([] {
    for (std::size_t i = 0; i < faults.size(); ++i) {
        if (static_cast<std::size_t>(*faults[i].fault) != i) return false;
    }
    return faults.size() == static_cast<std::size_t>(Fault::checkpoint_differs) + 1;
}());
constexpr const FaultRow& row_of(Fault fault) { return faults[static_cast<std::size_t>(fault)]; }

struct Finding {
    Fault fault;
    std::string where;    // SEGMENT:SEQUENCE, SEGMENT:FIRST-LAST or SEGMENT
};

struct Report {
    std::int64_t rows = 0;
    std::int64_t segments = 0;
    std::int64_t checkpoints = 0;
    std::vector<Finding> findings;    // empty: all is well
};

/// Every fault there is to see, oldest row first. `rows` should be one snapshot. Errors: storage.
Result<Report> verify(storage::Rows rows, std::span<const EventKeys> keys, std::span<const ReadCheckpoint> checkpoints);

}    // namespace countersign::events

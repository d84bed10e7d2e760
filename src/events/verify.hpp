// Whether the table is as it was written: nothing altered, removed, put in, re-ordered or cut off (ERR-05).
#pragma once

#include "events/checkpoint.hpp"
#include "storage/storage.hpp"

namespace countersign::events {

enum class Fault : std::uint8_t {
    unreadable,    // a cell has not the form of its column
    altered,       // a link does not cover its row
    missing,       // a row inside a segment
    cut_off,       // the end of a segment
    segment_missing,
    unknown_secret,        // no listed secret made the segment, or its first row was altered
    reported,              // the server itself has seen that rows were gone
    checkpoint_forged,     // no listed secret made the checkpoint
    checkpoint_missing,    // the row of a checkpoint is not there
    checkpoint_differs,    // another row stands in its place
};
std::string_view name_of(Fault fault);

struct Finding {
    Fault fault;
    std::string where;    // SEGMENT:SEQUENCE
};

struct Report {
    std::int64_t rows = 0;
    std::int64_t segments = 0;
    std::int64_t checkpoints = 0;
    std::vector<Finding> findings;    // empty: all is well
};

/// Segment by segment; of each the first fault. Errors: storage.
Result<Report> verify(storage::Rows rows, std::span<const EventKeys> keys, std::span<const ReadCheckpoint> checkpoints);

}    // namespace countersign::events

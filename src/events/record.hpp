// One row of `auditEvent`: an event at its place in a chain. The link of a row covers everything in it and the link
// before it.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/digest.hpp"
#include "events/event.hpp"
#include "storage/table.hpp"

namespace countersign::events {

using Link = crypto::Sha256;

struct Record {
    std::string segment;
    std::int64_t sequence = 0;    // 0: the row that opened the segment
    Instant at;
    std::string kind;    // a name of `kinds`, or of a later version
    std::string user, session, network, agent, reference, detail;
    Link link{};
};

/// Greater numbers are nobody's: one more is always a number.
inline constexpr std::int64_t last_sequence = (std::int64_t{1} << 53U) - 1;

/// Where a chain stands: a row and its link.
struct Position {
    std::string segment;
    std::int64_t sequence = 0;
    Link link{};
    friend bool operator==(const Position&, const Position&) = default;
};
Position position_of(const Record& record);
/// `SEGMENT:SEQUENCE:LINK`.
std::string text_of(const Position& position);
/// Exactly the form above; anything else is absent.
std::optional<Position> parse_position(std::string_view text);

/// Of each text of a row: shorter than a checkpoint, so that no client puts one into the log.
inline constexpr std::size_t longest_text = 128;
/// What the kind does not list is left out; texts are cut and printable.
Record record_of(const Event& event);
Link link_of(const crypto::HmacKey& key, const Link& before, const Record& record);

storage::Row row_from(const Record& record);
/// Errors: storage.corrupt.
Result<Record> record_from(const storage::Row& row);

/// Ids of the rows of a segment sort as its sequence does, and segments as they were opened.
inline constexpr std::size_t segment_length = 16;
std::string id_of(std::string_view segment, std::int64_t sequence);
std::string first_id(std::string_view segment);
std::string last_id(std::string_view segment);
/// `SEGMENT:SEQUENCE` of an id, for people; one of another form as it is.
std::string place_of(std::string_view id);
std::string place_of(std::string_view segment, std::int64_t sequence);
/// Absent for an id of another form.
std::optional<std::int64_t> sequence_of(std::string_view id);
/// The first and the last id that a row of ours can have.
inline constexpr std::string_view lowest_id = "00000000000000000000000000000000";
inline constexpr std::string_view highest_id = "ffffffffffffffffffffffffffffffff";

}    // namespace countersign::events

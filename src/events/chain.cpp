#include "events/chain.hpp"

#include <charconv>

#include "base/encoding.hpp"
#include "storage/statements.hpp"

namespace countersign::events {
namespace {

namespace st = storage::statements;
constexpr std::size_t segments_at_once = 4;    // of a removal: the writer has other work
constexpr std::size_t stamp_length = 12;       // of a segment: when it was opened, in milliseconds

std::optional<std::int64_t> stamp_of(std::string_view segment) {
    std::int64_t ms = 0;
    const char* const end = segment.data() + std::min(stamp_length, segment.size());
    const auto [read, error] = std::from_chars(segment.data(), end, ms, 16);
    if (error != std::errc{} || read != end) return std::nullopt;
    return ms;
}

/// Sorts behind every segment that the table has, also after the clock was put back.
std::string new_segment(Instant now, const std::optional<Record>& last, Random& random) {
    std::int64_t stamp = now.unix_ms();
    if (last) stamp = std::max(stamp, stamp_of(last->segment).value_or(0) + 1);
    std::array<std::byte, segment_length / 2> bytes{};
    random.fill(bytes);
    constexpr std::size_t stamped = stamp_length / 2;
    for (std::size_t i = 0; i < stamped; ++i)
        bytes[i] = static_cast<std::byte>(static_cast<std::uint64_t>(stamp) >> (8 * (stamped - 1 - i)));
    return hex(bytes);
}

}    // namespace

Result<std::optional<Record>> find_record(storage::Rows& rows, const storage::Unowned& statement, std::string_view from,
                                          std::string_view to) {
    const storage::Value range[]{std::string{from}, std::string{to}};
    CS_TRY(const std::optional<storage::Row> row, rows.find_one(statement, range));
    if (!row) return std::optional<Record>{};
    CS_TRY(Record record, record_from(*row));
    return std::optional{std::move(record)};
}

Result<std::vector<Record>> records_of(storage::Rows& rows, std::string_view segment) {
    const storage::Value range[]{first_id(segment), last_id(segment)};
    CS_TRY(const std::vector<storage::Row> found, rows.find_many(st::audit_range, range));
    std::vector<Record> records;
    records.reserve(found.size());
    for (const storage::Row& row : found) {
        CS_TRY(Record record, record_from(row));
        records.push_back(std::move(record));
    }
    return records;
}

Result<std::optional<std::string>> next_segment(storage::Rows& rows, std::string_view after) {
    // `g` sorts behind every hex digit, so behind all rows of the segment.
    const std::string from = after.empty() ? std::string{lowest_id} : std::string{after} + "g";
    CS_TRY(const std::optional<Record> first, find_record(rows, st::audit_first, from, highest_id));
    return first ? std::optional{first->segment} : std::nullopt;
}

Result<std::optional<Record>> Chain::find_last(storage::Rows& rows) const {
    return find_record(rows, st::audit_last, lowest_id, highest_id);
}

/// The key that the segment was opened with. Errors: secret.unusable.
Result<std::size_t> Chain::key_of(storage::Rows& rows, const std::string& segment) const {
    const std::string id = first_id(segment);
    CS_TRY(const std::optional<Record> opening, find_record(rows, st::audit_first, id, id));
    for (std::size_t i = 0; opening && i < keys_.size(); ++i) {
        if (link_of(keys_[i].chain, Link{}, *opening) == opening->link) return i;
    }
    return fail(Code::secret_unusable, "the secret of the newest segment of events", segment);
}

Result<Position> Chain::put(storage::Tx& tx, const std::optional<Position>& before, Record record) {
    record.segment = segment_;
    record.sequence = before ? before->sequence + 1 : 0;
    record.link = link_of(keys_[key_].chain, before ? before->link : Link{}, record);
    CS_CHECK(tx.create(st::audit_create, row_from(record)));
    return position_of(record);
}

Result<Position> Chain::open_segment(storage::Tx& tx) {
    CS_TRY(const std::optional<Record> last, find_last(tx));
    segment_ = new_segment(clock_->now(), last, *random_);
    key_ = 0;
    const std::string detail =
        last ? std::string{opened_after} + text_of(position_of(*last)) : std::string{opened_first};
    return put(tx, std::nullopt, record_of({.kind = Kind::segment_opened, .at = clock_->now(), .detail = detail}));
}

bool Chain::is_full(const Position& head) const {
    const std::int64_t opened = stamp_of(head.segment).value_or(0);
    return head.sequence + 1 >= options_.segment_rows ||
           clock_->now() - Instant::from_unix_ms(opened) >= options_.segment_life;
}

/// The row that was known to be durable, if the table now ends before it.
Result<std::optional<Position>> Chain::find_cut(storage::Tx& tx) const {
    if (!durable_) return std::optional<Position>{};
    const std::string& segment = durable_->segment;
    CS_TRY(const std::optional<Record> last, find_record(tx, st::audit_last, first_id(segment), last_id(segment)));
    return last && last->sequence >= durable_->sequence ? std::nullopt : durable_;
}

/// The head of the segment to write to; absent: one is to be opened.
Result<std::optional<Position>> Chain::current(storage::Tx& tx) {
    if (segment_.empty() && begin_ == Begin::newest_segment) {
        CS_TRY(const std::optional<Record> last, find_last(tx));
        if (!last) return std::optional<Position>{};
        CS_TRY(key_, key_of(tx, last->segment));
        segment_ = last->segment;
    }
    if (segment_.empty()) return std::optional<Position>{};
    CS_TRY(const std::optional<Record> last, find_record(tx, st::audit_last, first_id(segment_), last_id(segment_)));
    return last ? std::optional{position_of(*last)} : std::nullopt;
}

Result<Position> Chain::append(storage::Tx& tx, const Event& event) {
    const std::scoped_lock held{lock_};
    CS_TRY(std::optional<Position> head, current(tx));
    CS_TRY(const std::optional<Position> cut, find_cut(tx));
    if (cut) {
        // What is gone cannot be written again under its numbers: the rest goes into a new segment, which says so.
        const std::string detail = "missing " + text_of(*cut);
        CS_TRY(head, open_segment(tx));
        CS_TRY(head, put(tx, head, record_of({.kind = Kind::chain_cut, .at = clock_->now(), .detail = detail})));
    }
    if (!head || is_full(*head)) {
        CS_TRY(head, open_segment(tx));
    }
    return put(tx, head, record_of(event));
}

void Chain::confirm(const Position& position) {
    const std::scoped_lock held{lock_};
    const bool older = durable_ && position.segment == durable_->segment && position.sequence < durable_->sequence;
    if (!older) durable_ = position;
}

Result<std::optional<Position>> Chain::head(storage::Rows rows) const {
    std::string segment;
    {
        const std::scoped_lock held{lock_};
        segment = segment_;
    }
    if (segment.empty()) return std::optional<Position>{};
    CS_TRY(const std::optional<Record> last, find_record(rows, st::audit_last, first_id(segment), last_id(segment)));
    return last ? std::optional{position_of(*last)} : std::nullopt;
}

Result<std::int64_t> Chain::trim(storage::Tx& tx) {
    if (options_.retention.count() == 0) return std::int64_t{0};
    const Instant before = clock_->now() - options_.retention;
    std::int64_t removed = 0;
    std::optional<Position> through;
    for (std::size_t taken = 0; taken < segments_at_once; ++taken) {
        CS_TRY(const std::optional<std::string> oldest, next_segment(tx, ""));
        if (!oldest) break;
        CS_TRY(const std::optional<std::string> follower, next_segment(tx, *oldest));
        if (!follower) break;    // the newest one is not closed
        CS_TRY(const std::optional<Record> last, find_record(tx, st::audit_last, first_id(*oldest), last_id(*oldest)));
        if (last->at >= before) break;
        const storage::Value range[]{first_id(*oldest), last_id(*oldest)};
        CS_TRY(const std::int64_t rows, tx.remove_many(st::audit_remove, range));
        removed += rows;
        through = position_of(*last);
    }
    if (!through) return removed;
    const std::string detail = std::string{removed_through} + text_of(*through);
    CS_TRY([[maybe_unused]] const Position said,
           append(tx, {.kind = Kind::segments_removed, .at = clock_->now(), .detail = detail}));
    return removed;
}

}    // namespace countersign::events

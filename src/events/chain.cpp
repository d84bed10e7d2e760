#include "events/chain.hpp"

#include <charconv>
#include <map>

#include "base/encoding.hpp"
#include "storage/cells.hpp"
#include "storage/statements.hpp"

namespace countersign::events {
namespace {

namespace st = storage::statements;
constexpr std::size_t stamp_length = 12;    // of a segment: when it was opened, in milliseconds
constexpr std::int64_t last_stamp = (std::int64_t{1} << 48U) - 1;

std::int64_t stamp_of(std::string_view segment) {
    std::int64_t ms = 0;
    const char* const end = segment.data() + std::min(stamp_length, segment.size());
    const auto [read, error] = std::from_chars(segment.data(), end, ms, 16);
    return error == std::errc{} && read == end ? ms : 0;
}

/// Sorts behind those before, also after the clock was put back.
std::string new_segment(Instant now, std::string_view newest, std::string_view own, Random& random) {
    const std::int64_t follows = std::max(stamp_of(newest), stamp_of(own)) + 1;
    const std::int64_t stamp = follows > last_stamp ? now.unix_ms() : std::max(now.unix_ms(), follows);
    std::array<std::byte, segment_length / 2> bytes{};
    random.fill(bytes);
    constexpr std::size_t stamped = stamp_length / 2;
    for (std::size_t i = 0; i < stamped; ++i)
        bytes[i] = static_cast<std::byte>(static_cast<std::uint64_t>(stamp) >> (8 * (stamped - 1 - i)));
    return hex(bytes);
}

/// Greater than every id that begins with the segment, and than nothing else of the form of an id.
std::string end_of(std::string_view segment) {
    std::string end{segment};
    if (end.size() < segment_length) return end;
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

bool is_corrupt(const AuthError& error) { return error.code() == Code::storage_corrupt; }

/// Of the segments that an opening looks back at. Who starts again and again makes many of them.
constexpr std::size_t most_looked_at = 256, most_named = 64;

/// Up to which row somebody whom we believe has named the end of a segment.
class Named {
  public:
    explicit Named(std::span<const EventKeys> keys) : keys_{keys} {}
    void add(const Position& position) {
        std::int64_t& known = known_.try_emplace(position.segment, -1).first->second;
        known = std::max(known, position.sequence);
    }
    bool has(const Position& position) const {
        const auto found = known_.find(position.segment);
        return found != known_.end() && found->second >= position.sequence;
    }
    /// What the head of a segment names: the row that opens it, and those right behind it.
    enum class Whose : std::uint8_t { ours, unknown };
    Result<Whose> read(storage::Rows& rows, const std::string& segment) {
        CS_TRY(std::optional<Record> row, find_readable(rows, first_id(segment)));
        const EventKeys* key = row ? opener_of(keys_, *row) : nullptr;
        if (key == nullptr) return Whose::unknown;
        for (const std::string_view word : {opened_after, opened_beside}) {
            if (const auto named = position_behind(word, row->detail)) add(*named);
        }
        while (true) {
            CS_TRY(std::optional<Record> next, find_readable(rows, id_of(segment, row->sequence + 1)));
            const bool ours = next && link_of(key->chain, row->link, *next) == next->link;
            if (!ours || next->kind != *row_of(Kind::chain_seen).name) return Whose::ours;
            if (const auto named = position_behind(seen_at, next->detail)) add(*named);
            row = std::move(next);
        }
    }

  private:
    std::span<const EventKeys> keys_;
    std::map<std::string, std::int64_t> known_;
};

/// The last row of the segments in front of this one. Absent: there is none, or it cannot be read, which verifying
/// says.
Result<std::optional<Record>> find_end_before(storage::Rows& rows, const std::string& segment) {
    Result<std::optional<Record>> found = find_record(rows, st::audit_last, lowest_id, segment);
    if (!found.ok() && is_corrupt(found.error())) return std::optional<Record>{};
    return found;
}

}    // namespace

Instant opened_at(std::string_view segment) { return Instant::from_unix_ms(stamp_of(segment)); }

std::optional<Position> position_behind(std::string_view word, std::string_view detail) {
    return detail.starts_with(word) ? parse_position(detail.substr(word.size())) : std::nullopt;
}

Result<std::optional<Record>> find_record(storage::Rows& rows, const storage::Unowned& statement, std::string_view from,
                                          std::string_view to) {
    const storage::Value range[]{std::string{from}, std::string{to}};
    CS_TRY(const std::optional<storage::Row> row, rows.find_one(statement, range));
    if (!row) return std::optional<Record>{};
    CS_TRY(Record record, record_from(*row));
    return std::optional{std::move(record)};
}

Result<std::optional<Record>> find_readable(storage::Rows& rows, const std::string& id) {
    Result<std::optional<Record>> found = find_record(rows, st::audit_first, id, id);
    if (!found.ok() && is_corrupt(found.error())) return std::optional<Record>{};
    return found;
}

const EventKeys* opener_of(std::span<const EventKeys> keys, const Record& opening) {
    const auto found = std::ranges::find_if(
        keys, [&](const EventKeys& one) { return link_of(one.chain, Link{}, opening) == opening.link; });
    return found == keys.end() ? nullptr : &*found;
}

Result<std::vector<StoredRow>> rows_of(storage::Rows& rows, std::string_view segment) {
    const storage::Value range[]{std::string{segment}, end_of(segment)};
    const Result<std::vector<storage::Row>> found = rows.find_many(st::audit_range, range);
    std::vector<StoredRow> stored;
    if (found.ok()) {
        for (const storage::Row& row : *found) {
            CS_TRY(std::string id, storage::cell<std::string>(row, 0));
            Result<Record> record = record_from(row);
            stored.push_back({std::move(id), record.ok() ? std::optional{*std::move(record)} : std::nullopt});
        }
        return stored;
    }
    if (!is_corrupt(found.error())) return fail(found.error());
    CS_TRY(const std::vector<storage::Row> ids, rows.find_many(st::audit_ids, range));
    for (const storage::Row& row : ids) {
        CS_TRY(std::string id, storage::cell<std::string>(row, 0));
        CS_TRY(std::optional<Record> record, find_readable(rows, id));
        stored.push_back({std::move(id), std::move(record)});
    }
    return stored;
}

Result<std::optional<std::string>> next_segment(storage::Rows& rows, std::string_view after) {
    constexpr std::string_view behind_all = "~";
    const bool odd = !after.empty() && after.size() < segment_length;
    const storage::Value range[]{odd ? std::string{after} + "!" : end_of(after), std::string{behind_all}};
    CS_TRY(const std::optional<storage::Row> row, rows.find_one(st::audit_next_id, range));
    if (!row) return std::optional<std::string>{};
    CS_TRY(const std::string id, storage::cell<std::string>(*row, 0));
    std::string segment = id.substr(0, segment_length);
    // Bytes that sort behind everything could lead back to where we were.
    return segment > after ? std::optional{std::move(segment)} : std::nullopt;
}

/// The key that the segment was opened with. Errors: secret.unusable.
Result<std::size_t> Chain::key_of(storage::Rows& rows, const std::string& segment) const {
    CS_TRY(const std::optional<Record> opening, find_readable(rows, first_id(segment)));
    if (const EventKeys* key = opening ? opener_of(keys_, *opening) : nullptr)
        return static_cast<std::size_t>(key - keys_.data());
    return fail(Code::secret_unusable, "the secret of the newest segment of events", segment);
}

Result<Position> Chain::put(storage::Tx& tx, const std::optional<Position>& before, Record record) {
    record.segment = segment_;
    record.sequence = before ? before->sequence + 1 : 0;
    record.link = link_of(keys_[key_].chain, before ? before->link : Link{}, record);
    CS_CHECK(tx.create(st::audit_create, row_from(record)));
    return position_of(record);
}

/// `own`: the last row of the chain's segment before. Absent: a chain begins here.
Result<Position> Chain::open_segment(storage::Tx& tx, const std::optional<Position>& own) {
    const Result<std::optional<Record>> last = find_record(tx, st::audit_last, lowest_id, highest_id);
    if (!last.ok() && !is_corrupt(last.error())) return fail(last.error());
    const bool alone = is_alone();
    std::optional<Position> named = alone ? std::nullopt : own;
    std::string detail{last.ok() ? opened_first : opened_blind}, newest;
    if (last.ok() && *last) {
        newest = (*last)->segment;
        if (!named) named = position_of(**last);
    }
    if (named) detail = std::string{alone || own ? opened_after : opened_beside} + text_of(*named);
    segment_ = new_segment(clock_->now(), newest, segment_, *random_);
    key_ = 0;
    CS_TRY(const Position opened,
           put(tx, std::nullopt, record_of({.kind = Kind::segment_opened, .at = clock_->now(), .detail = detail})));
    return named && !alone ? name_others(tx, opened, *named) : Result<Position>{opened};
}

/// A row for the end of each other segment that nobody has named yet. None of them is older by twice the life of a
/// segment than the newest one of ours, or somebody has opened one behind it meanwhile.
Result<Position> Chain::name_others(storage::Tx& tx, Position head, const Position& already) {
    Named named{keys_};
    named.add(already);
    std::optional<Instant> oldest;
    std::string segment = head.segment;
    std::vector<Position> ends;
    for (std::size_t looked_at = 0; looked_at < most_looked_at && ends.size() < most_named; ++looked_at) {
        CS_TRY(const std::optional<Record> end, find_end_before(tx, segment));
        if (!end || (oldest && opened_at(end->segment) < *oldest)) break;
        segment = end->segment;
        if (!named.has(position_of(*end))) ends.push_back(position_of(*end));
        CS_TRY(const Named::Whose whose, named.read(tx, segment));
        if (whose == Named::Whose::ours && !oldest) oldest = opened_at(segment) - 2 * options_.segment_life;
    }
    for (const Position& end : ends) {
        const Event seen{.kind = Kind::chain_seen, .at = clock_->now(), .detail = std::string{seen_at} + text_of(end)};
        CS_TRY(head, put(tx, head, record_of(seen)));
    }
    return head;
}

/// Nobody writes to it any more, and whoever keeps events as long as we do may have removed it.
bool Chain::is_past_retention(const std::string& segment) const {
    const Instant last = opened_at(segment) + options_.segment_life;
    return !is_alone() && options_.retention.count() != 0 && last < clock_->now() - options_.retention;
}

bool Chain::is_full(const Position& head) const {
    return head.sequence >= options_.segment_rows - 1 ||
           clock_->now() - opened_at(head.segment) >= options_.segment_life;
}

/// The head of the segment to write to; absent: one is to be opened.
Result<std::optional<Position>> Chain::current(storage::Tx& tx) {
    if (segment_.empty() && begin_ == Begin::newest_segment) {
        CS_TRY(const std::optional<Record> last, find_record(tx, st::audit_last, lowest_id, highest_id));
        if (!last) return std::optional<Position>{};
        CS_TRY(key_, key_of(tx, last->segment));
        segment_ = last->segment;
    }
    if (segment_.empty()) return std::optional<Position>{};
    CS_TRY(const std::optional<Record> last, find_record(tx, st::audit_last, first_id(segment_), last_id(segment_)));
    return last ? std::optional{position_of(*last)} : std::nullopt;
}

/// What somebody else did to the end of the chain: rows that were durable are gone, or the last one cannot be read.
Result<std::optional<std::string>> Chain::find_damage(storage::Tx& tx, std::optional<Position>& head) {
    Result<std::optional<Position>> found = current(tx);
    if (!found.ok() && !is_corrupt(found.error())) return fail(found.error());
    if (!found.ok()) return std::optional{"the end of " + segment_ + " cannot be read"};
    head = *std::move(found);
    const bool elsewhere = head && durable_ && head->segment != durable_->segment;
    if (!durable_ || elsewhere || is_past_retention(durable_->segment)) return std::optional<std::string>{};
    const std::string first = first_id(durable_->segment), end = last_id(durable_->segment);
    const Result<std::optional<Record>> last = find_record(tx, st::audit_last, first, end);
    if (!last.ok() && !is_corrupt(last.error())) return fail(last.error());
    if (last.ok() && *last && (*last)->sequence >= durable_->sequence) return std::optional<std::string>{};
    return std::optional{"missing " + text_of(*durable_)};
}

Result<Position> Chain::append(storage::Tx& tx, const Event& event) {
    const std::scoped_lock held{lock_};
    std::optional<Position> head;
    CS_TRY(const std::optional<std::string> damage, find_damage(tx, head));
    if (damage) {
        // What is gone cannot be written again under its numbers: the rest goes into a new segment, which says so.
        CS_TRY(head, open_segment(tx, std::nullopt));
        CS_TRY(head, put(tx, head, record_of({.kind = Kind::chain_cut, .at = clock_->now(), .detail = *damage})));
        damage_ = damage;
    }
    if (!head || is_full(*head)) {
        // A command closes nobody's segment: its owner may have another clock.
        const bool is_ours = begin_ == Begin::own_segment;
        CS_TRY(head, open_segment(tx, is_ours ? head : std::nullopt));
    }
    return put(tx, head, record_of(event));
}

std::optional<std::string> Chain::take_damage() {
    const std::scoped_lock held{lock_};
    return std::exchange(damage_, std::nullopt);
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

/// What is removed by age is not missed.
void Chain::forget(const std::string& segment) {
    const std::scoped_lock held{lock_};
    if (durable_ && durable_->segment == segment) durable_.reset();
    if (segment_ == segment) segment_.clear();
}

/// Whether all that stands in the oldest segment was written before the retention: the segment behind it was opened
/// that long ago, or if the oldest one could go on beside it, that long before its longest life.
bool Chain::is_old_enough(const Record& opening, const std::string& oldest) const {
    const std::optional<Position> closed = position_behind(opened_after, opening.detail);
    const bool is_closed = is_alone() || (closed && closed->segment == oldest);
    const Instant last = opened_at(opening.segment) + (is_closed ? Seconds{0} : options_.segment_life);
    return last < clock_->now() - options_.retention;
}

/// A segment behind the oldest that one of our keys opened, and that shows it to be old. What the rows of the oldest
/// one say of their time may not be theirs, and its key may be gone.
Result<std::optional<Record>> Chain::find_boundary(storage::Tx& tx, const std::string& oldest) const {
    const std::int64_t before = (clock_->now() - options_.retention).unix_ms();
    std::string segment = oldest;
    while (true) {
        CS_TRY(std::optional<std::string> next, next_segment(tx, segment));
        if (!next) return std::optional<Record>{};
        segment = *std::move(next);
        CS_TRY(std::optional<Record> opening, find_readable(tx, first_id(segment)));
        if (!opening || opener_of(keys_, *opening) == nullptr) continue;
        if (stamp_of(segment) >= before) return std::optional<Record>{};
        if (is_old_enough(*opening, oldest)) return opening;
    }
}

Result<std::int64_t> Chain::trim(storage::Tx& tx) {
    if (options_.retention.count() == 0) return std::int64_t{0};
    CS_TRY(const std::optional<std::string> oldest, next_segment(tx, ""));
    if (!oldest) return std::int64_t{0};
    CS_TRY(const std::optional<Record> boundary, find_boundary(tx, *oldest));
    if (!boundary) return std::int64_t{0};
    const storage::Value range[]{*oldest, end_of(*oldest)};
    CS_TRY(const std::int64_t removed, tx.remove_many(st::audit_remove, range));
    forget(*oldest);
    const Position through{.segment = *oldest, .sequence = last_sequence};
    CS_TRY([[maybe_unused]] const Position said,
           append(tx, {.kind = Kind::segments_removed,
                       .at = clock_->now(),
                       .detail = std::string{removed_through} + text_of(through)}));
    return removed;
}

}    // namespace countersign::events

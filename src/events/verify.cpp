#include "events/verify.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "events/chain.hpp"
#include "storage/statements.hpp"

namespace countersign::events {
namespace {

std::string range_of(std::string_view segment, std::int64_t first, std::int64_t last) {
    return place_of(segment, first) + (last > first ? "-" + std::to_string(last) : std::string{});
}

/// The link before a row: as it stands, and as it should. Either is enough, so that one altered row is one finding.
struct Before {
    Link stored, right;
};

class Walk {
  public:
    Walk(storage::Rows rows, std::span<const EventKeys> keys, std::span<const ReadCheckpoint> checkpoints)
        : rows_{rows},
          keys_{keys},
          checkpoints_{checkpoints} {}

    Result<Report> run() {
        std::string segment;
        while (true) {
            CS_TRY(std::optional<std::string> next, next_segment(rows_, segment));
            if (!next) break;
            segment = *std::move(next);
            CS_TRY(const std::vector<StoredRow> rows, rows_of(rows_, segment));
            ++report_.segments;
            report_.rows += static_cast<std::int64_t>(rows.size());
            look_at(segment, rows);
        }
        for (const Naming& naming : namings_) CS_CHECK(check(naming));
        CS_TRY(const std::int64_t all, rows_.count(storage::statements::audit_count, {}));
        if (all > report_.rows) find(Fault::foreign, std::to_string(all - report_.rows) + " rows");
        for (const ReadCheckpoint& read : checkpoints_) CS_CHECK(check(read));
        report_.checkpoints = static_cast<std::int64_t>(checkpoints_.size());
        return std::move(report_);
    }

  private:
    /// A row that says what stood at the end of another segment.
    struct Naming {
        std::string by;    // place of the row
        Position named;
        enum class End : std::uint8_t { open, closed } end;    // closed: nothing follows there
    };

    void find(Fault fault, std::string where) {
        const bool said = std::ranges::any_of(
            report_.findings, [&](const Finding& one) { return one.fault == fault && one.where == where; });
        if (!said) report_.findings.push_back({.fault = fault, .where = std::move(where)});
    }

    void look_at(const std::string& segment, std::span<const StoredRow> rows) {
        const auto first =
            std::ranges::find_if(rows, [](const StoredRow& row) { return sequence_of(row.id).has_value(); });
        if (first == rows.end()) return check_rows(segment, nullptr, rows);    // nothing of ours
        const EventKeys* key = nullptr;
        if (sequence_of(first->id) != 0) find(Fault::missing, place_of(segment, 0));
        if (first->record && first->record->sequence == 0) {
            key = opener_of(keys_, *first->record);
            key == nullptr ? find(Fault::unknown_secret, place_of(segment, 0)) : check_opening(*first->record);
        }
        check_rows(segment, key, rows);
    }

    void check_rows(const std::string& segment, const EventKeys* key, std::span<const StoredRow> rows) {
        std::optional<Before> before;
        std::int64_t expected = 0;
        for (const StoredRow& row : rows) {
            const std::optional<std::int64_t> sequence = sequence_of(row.id);
            if (sequence && *sequence > expected) {
                if (expected > 0) find(Fault::missing, range_of(segment, expected, *sequence - 1));
                before.reset();
            }
            if (sequence) {
                expected = *sequence + 1;
                ends_[segment] = *sequence;
            }
            if (!row.record) {
                find(Fault::unreadable, place_of(row.id));
                if (sequence) before.reset();
                continue;
            }
            before = check_row(key, before, *row.record);
        }
    }

    /// What the next row has to follow.
    Before check_row(const EventKeys* key, const std::optional<Before>& before, const Record& record) {
        const Before unchecked{.stored = record.link, .right = record.link};
        if (key == nullptr || record.sequence == 0 || !before) return unchecked;
        const Link right = link_of(key->chain, before->stored, record);
        if (right == record.link || link_of(key->chain, before->right, record) == record.link) {
            note(record);
            return unchecked;
        }
        find(Fault::altered, place_of(record.segment, record.sequence));
        return {.stored = record.link, .right = right};
    }

    /// Of rows whose link is right.
    void note(const Record& record) {
        if (record.kind == *row_of(Kind::chain_cut).name)
            find(Fault::reported, place_of(record.segment, record.sequence));
        if (record.kind == *row_of(Kind::chain_seen).name)
            remember(record, position_behind(seen_at, record.detail), Naming::End::open);
        if (record.kind != *row_of(Kind::segments_removed).name) return;
        if (const auto through = position_behind(removed_through, record.detail)) removed_.push_back(*through);
    }

    void remember(const Record& by, std::optional<Position> named, Naming::End end) {
        if (named) namings_.push_back({place_of(by.segment, by.sequence), *std::move(named), end});
    }

    /// The row that opens a segment names the last one before, of its own chain or of another. Only the first chain of
    /// all names none.
    void check_opening(const Record& opening) {
        const auto after = position_behind(opened_after, opening.detail);
        const auto beside = position_behind(opened_beside, opening.detail);
        remember(opening, after, Naming::End::closed);
        remember(opening, beside, Naming::End::open);
        if (opening.detail == opened_blind) {
            find(Fault::reported, place_of(opening.segment, 0));
        } else if (!after && !beside && !ends_.empty()) {
            find(Fault::forked, place_of(opening.segment, 0));
        }
    }

    /// Whether what was named still stands there, once all rows are known.
    Result<void> check(const Naming& naming) {
        const auto& [by, named, wanted] = naming;
        if (wanted == Naming::End::closed && !closed_.insert(named.segment).second) find(Fault::forked, by);
        const auto found = ends_.find(named.segment);
        if (found == ends_.end()) {
            if (!is_removed(named)) find(Fault::segment_missing, named.segment);
            return {};
        }
        const std::int64_t end = found->second;
        if (end < named.sequence) {
            find(Fault::cut_off, range_of(named.segment, end + 1, named.sequence));
            return {};
        }
        if (wanted == Naming::End::closed && end > named.sequence)
            find(Fault::forked, range_of(named.segment, named.sequence + 1, end));
        CS_TRY(const std::optional<Record> record, find_readable(rows_, id_of(named.segment, named.sequence)));
        if (record && record->link != named.link) find(Fault::altered, place_of(named.segment, named.sequence));
        return {};
    }

    bool is_removed(const Position& position) const {
        return std::ranges::any_of(removed_, [&](const Position& through) {
            return position.segment < through.segment ||
                   (position.segment == through.segment && position.sequence <= through.sequence);
        });
    }

    Result<void> check(const ReadCheckpoint& read) {
        const Position& position = read.checkpoint.position;
        const std::string where = place_of(position.segment, position.sequence);
        if (!is_signed(read, keys_)) {
            find(Fault::checkpoint_forged, where);
            return {};
        }
        if (is_removed(position)) return {};
        const std::string id = id_of(position.segment, position.sequence);
        const storage::Value range[]{id, id};
        CS_TRY(const auto there, rows_.find_one(storage::statements::audit_next_id, range));
        CS_TRY(const std::optional<Record> record, find_readable(rows_, id));
        if (!there) {
            find(Fault::checkpoint_missing, where);
        } else if (!record || record->link != position.link) {
            find(Fault::checkpoint_differs, where);
        }
        return {};
    }

    storage::Rows rows_;
    std::span<const EventKeys> keys_;
    std::span<const ReadCheckpoint> checkpoints_;
    Report report_;
    std::map<std::string, std::int64_t> ends_;    // of the segments: the last sequence
    std::vector<Naming> namings_;
    std::set<std::string> closed_;
    std::vector<Position> removed_;
};

}    // namespace

Result<Report> verify(storage::Rows rows, std::span<const EventKeys> keys,
                      std::span<const ReadCheckpoint> checkpoints) {
    return Walk{rows, keys, checkpoints}.run();
}

}    // namespace countersign::events

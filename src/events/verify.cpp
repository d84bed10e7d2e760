#include "events/verify.hpp"

#include <algorithm>

#include "events/chain.hpp"
#include "storage/statements.hpp"

namespace countersign::events {
namespace {

constexpr std::array<std::string_view, 10> names{
    "row.unreadable", "row.altered", "row.missing",       "segment.cut_off",    "segment.missing",
    "secret.unknown", "events.cut",  "checkpoint.forged", "checkpoint.missing", "checkpoint.differs"};

std::string place(std::string_view segment, std::int64_t sequence) {
    return std::string{segment} + ":" + std::to_string(sequence);
}

class Walk {
  public:
    Walk(storage::Rows rows, std::span<const EventKeys> keys, std::span<const ReadCheckpoint> checkpoints)
        : rows_{rows},
          keys_{keys},
          checkpoints_{checkpoints} {}

    Result<Report> run() {
        std::string segment;
        while (true) {
            CS_TRY(const std::optional<std::string> next, next_segment(rows_, segment));
            if (!next) break;
            segment = *next;
            CS_TRY(const std::vector<Record> records, records_of(rows_, segment));
            ++report_.segments;
            report_.rows += static_cast<std::int64_t>(records.size());
            look_at(records);
        }
        check_front();
        for (const ReadCheckpoint& read : checkpoints_) CS_CHECK(check(read));
        report_.checkpoints = static_cast<std::int64_t>(checkpoints_.size());
        return std::move(report_);
    }

  private:
    void find(Fault fault, std::string where) {
        report_.findings.push_back({.fault = fault, .where = std::move(where)});
    }

    void look_at(const std::vector<Record>& records) {
        const Record& first = records.front();
        if (first.sequence != 0) {
            find(Fault::missing, place(first.segment, 0));
        } else {
            check_rows(records);
            check_before(first);
        }
        before_ = position_of(records.back());
    }

    void check_rows(const std::vector<Record>& records) {
        const auto key = std::ranges::find_if(keys_, [&](const EventKeys& one) {
            return link_of(one.chain, Link{}, records.front()) == records.front().link;
        });
        if (key == keys_.end()) return find(Fault::unknown_secret, place(records.front().segment, 0));
        for (std::size_t i = 1; i < records.size(); ++i) {
            const Record& record = records[i];
            if (record.sequence != static_cast<std::int64_t>(i))
                return find(Fault::missing, place(record.segment, static_cast<std::int64_t>(i)));
            if (link_of(key->chain, records[i - 1].link, record) != record.link)
                return find(Fault::altered, place(record.segment, record.sequence));
            note(record);
        }
    }

    /// Of rows whose link is right.
    void note(const Record& record) {
        if (record.kind == *row_of(Kind::chain_cut).name) find(Fault::reported, place(record.segment, record.sequence));
        if (record.kind != *row_of(Kind::segments_removed).name || !record.detail.starts_with(removed_through)) return;
        if (const auto through = parse_position(std::string_view{record.detail}.substr(removed_through.size())))
            removed_.push_back(*through);
    }

    /// The row that opens a segment names the last row of the one before.
    void check_before(const Record& opening) {
        if (opening.detail == opened_first) {
            if (before_) find(Fault::altered, place(opening.segment, 0));
            return;
        }
        const bool named = opening.detail.starts_with(opened_after);
        const auto after =
            named ? parse_position(std::string_view{opening.detail}.substr(opened_after.size())) : std::nullopt;
        if (!after) return find(Fault::altered, place(opening.segment, 0));
        if (!before_) {
            front_ = *after;
        } else if (before_->segment != after->segment) {
            find(Fault::segment_missing, after->segment);
        } else if (*before_ != *after) {
            find(Fault::cut_off, place(after->segment, after->sequence));
        }
    }

    /// What stood before the first segment must have been removed by retention.
    void check_front() {
        if (front_ && std::ranges::find(removed_, *front_) == removed_.end())
            find(Fault::segment_missing, front_->segment);
    }

    Result<void> check(const ReadCheckpoint& read) {
        const Position& position = read.checkpoint.position;
        const std::string where = place(position.segment, position.sequence);
        if (!is_signed(read, keys_)) {
            find(Fault::checkpoint_forged, where);
            return {};
        }
        const bool removed =
            std::ranges::any_of(removed_, [&](const Position& through) { return position.segment <= through.segment; });
        if (removed) return {};
        const std::string id = id_of(position.segment, position.sequence);
        CS_TRY(const std::optional<Record> record, find_record(rows_, storage::statements::audit_first, id, id));
        if (!record) find(Fault::checkpoint_missing, where);
        if (record && record->link != position.link) find(Fault::checkpoint_differs, where);
        return {};
    }

    storage::Rows rows_;
    std::span<const EventKeys> keys_;
    std::span<const ReadCheckpoint> checkpoints_;
    Report report_;
    std::optional<Position> before_, front_;
    std::vector<Position> removed_;
};

}    // namespace

std::string_view name_of(Fault fault) { return names[static_cast<std::size_t>(fault)]; }

Result<Report> verify(storage::Rows rows, std::span<const EventKeys> keys,
                      std::span<const ReadCheckpoint> checkpoints) {
    Result<Report> report = Walk{rows, keys, checkpoints}.run();
    if (report.ok() || report.error().code() != Code::storage_corrupt) return report;
    Report broken;
    broken.findings.push_back({.fault = Fault::unreadable, .where = report.error().found().text()});
    return broken;
}

}    // namespace countersign::events

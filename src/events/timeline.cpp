#include "events/timeline.hpp"

#include <algorithm>

namespace countersign::events {

void Timeline::Reading::move_to(std::size_t row) {
    at = row;
    if (at < rows.size() && rows[at].record) time = rows[at].record->at;
}

Result<void> Timeline::look_ahead() {
    if (begun_ == Begun::yes) return {};
    CS_TRY(ahead_, next_segment(rows_, ""));
    begun_ = Begun::yes;
    return {};
}

Result<void> Timeline::open_ahead() {
    Reading reading{.time = opened_at(*ahead_)};
    CS_TRY(reading.rows, rows_of(rows_, *ahead_));
    reading.move_to(0);
    if (!reading.rows.empty()) open_.push_back(std::move(reading));
    CS_TRY(ahead_, next_segment(rows_, *ahead_));
    return {};
}

Result<std::optional<StoredRow>> Timeline::next() {
    CS_CHECK(look_ahead());
    while (true) {
        const auto earliest = std::ranges::min_element(open_, {}, &Reading::time);
        const bool none = earliest == open_.end();
        if (!ahead_ && none) return std::optional<StoredRow>{};
        if (ahead_ && (none || opened_at(*ahead_) <= earliest->time)) {
            CS_CHECK(open_ahead());
            continue;
        }
        std::optional<StoredRow> row{std::move(earliest->rows[earliest->at])};
        earliest->move_to(earliest->at + 1);
        if (earliest->at == earliest->rows.size()) open_.erase(earliest);
        return row;
    }
}

}    // namespace countersign::events

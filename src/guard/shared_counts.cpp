#include "guard/shared_counts.hpp"

#include "storage/cells.hpp"
#include "storage/row_ids.hpp"
#include "storage/statements.hpp"

namespace countersign::guard {
namespace {

using storage::Row;
using storage::Tx;
using storage::Value;
namespace rows = storage::statements;

constexpr Seconds tidy_every{60}, trim_every{10};

bool is_due(const std::optional<Instant>& done, Seconds every, Instant now) {
    return !done || now >= *done + every || now < *done;
}

Seconds rounded_up(Milliseconds rest) { return Seconds{(rest.count() + 999) / 1000}; }

/// One row as a rule sees it at a moment.
struct Entry {
    std::int64_t count = 0;
    Instant last;    // request that was allowed

    static Result<Entry> of(const Row& row) {
        CS_TRY(const std::int64_t count, storage::cell<std::int64_t>(row, 2));
        CS_TRY(const std::int64_t last, storage::cell<std::int64_t>(row, 3));
        return Entry{.count = count, .last = Instant::from_unix_ms(last)};
    }
    /// A clock that was set back makes nobody wait for it: what lies further ahead than a window is no request of now.
    bool has_ended(const LimitRule& rule, Instant now) const {
        return last + rule.window <= now || is_ahead(rule, now);
    }
    bool is_ahead(const LimitRule& rule, Instant now) const { return last > now + rule.window; }
    std::optional<Seconds> wait(const LimitRule& rule, Instant now) const {
        if (has_ended(rule, now) || count < std::int64_t{rule.max}) return std::nullopt;
        return std::min(rounded_up(last + rule.window - now), rule.window);
    }
    /// With one more that is allowed.
    Entry next(const LimitRule& rule, Instant now) const {
        if (has_ended(rule, now)) return {.count = 1, .last = now};
        return {.count = count + 1, .last = std::max(last, now)};    // others may have read their clock later than we
    }
};

Result<std::optional<Entry>> find(storage::Rows& in, std::string_view key) {
    CS_TRY(const std::optional<Row> row, in.find_one(rows::rate_limit_find, std::array{Value{std::string{key}}}));
    if (!row) return std::optional<Entry>{};
    CS_TRY(const Entry found, Entry::of(*row));
    return std::optional{found};
}

}    // namespace

Result<std::optional<Seconds>> StoredRequestCounts::count(std::string_view key, const LimitRule& rule, Instant now) {
    // Whoever is over a limit stays so until the window ends: a flood costs no writer.
    storage::Rows reader = storage_->reader();
    CS_TRY(const std::optional<Entry> seen, find(reader, key));
    if (seen && seen->wait(rule, now)) return seen->wait(rule, now);
    std::optional<Seconds> wait;
    CS_CHECK(storage_->transact([&](Tx& tx) -> Result<void> {
        CS_TRY(wait, step(tx, key, rule, now));
        return {};
    }));
    return wait;
}

Result<std::optional<Seconds>> StoredRequestCounts::step(Tx& tx, std::string_view key, const LimitRule& rule,
                                                         Instant now) {
    CS_CHECK(tidy(tx, now));
    CS_TRY(const std::optional<Entry> found, find(tx, key));
    if (!found && key != rest_key) {
        CS_TRY(const Room room, make_room(tx, now));
        if (room == Room::none) return step(tx, rest_key, rule, now);
    }
    if (found && found->wait(rule, now)) return found->wait(rule, now);
    const Entry next = found.value_or(Entry{.count = 0, .last = now}).next(rule, now);
    const Value name = std::string{key}, count = next.count, last = next.last.unix_ms();
    if (found) {
        CS_TRY([[maybe_unused]] const std::optional<Row> set,
               tx.update(rows::rate_limit_set, std::array{count, last}, std::array{name}));
    } else {
        CS_TRY(const std::string id, storage::row_id(tx, storage::rate_limit_table, *random_, options_.ids));
        CS_CHECK(tx.create(rows::rate_limit_create, std::array{Value{id}, name, count, last}));
        ++rows_;
    }
    return std::optional<Seconds>{};
}

Result<void> StoredRequestCounts::tidy(Tx& tx, Instant now) {
    if (!is_due(tidied_, tidy_every, now)) return {};
    const Instant oldest = now - *options_.longest_window;
    CS_CHECK(tx.remove_many(rows::rate_limit_purge, std::array{Value{oldest.unix_ms()}}));
    CS_TRY(rows_, tx.count(rows::rate_limit_count, {}));
    tidied_ = now;
    return {};
}

/// Not for each newcomer, or two could push each other out for ever, and neither would come to its limit.
Result<StoredRequestCounts::Room> StoredRequestCounts::make_room(Tx& tx, Instant now) {
    if (rows_ >= options_.most_rows && is_due(trimmed_, trim_every, now)) {
        CS_CHECK(tx.remove_many(rows::rate_limit_trim, std::array{Value{std::int64_t{*options_.smallest_max}}}));
        CS_TRY(rows_, tx.count(rows::rate_limit_count, {}));
        trimmed_ = now;
    }
    return rows_ < options_.most_rows ? Room::some : Room::none;
}

Result<std::optional<Seconds>> KeyedRequestCounts::count(std::string_view key, const LimitRule& rule, Instant) {
    CS_TRY(const std::int64_t sum, values_->increment(key, rule.window));
    return sum <= std::int64_t{rule.max} ? std::optional<Seconds>{} : std::optional{rule.window};
}

}    // namespace countersign::guard

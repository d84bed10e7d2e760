#include "guard/stored_failures.hpp"

#include "base/encoding.hpp"
#include "storage/cells.hpp"
#include "storage/statements.hpp"

namespace countersign::guard {
namespace {

using storage::Row;
using storage::Rows;
using storage::Tx;
using storage::Value;
namespace st = storage::statements;

constexpr Seconds count_every{60}, trim_every{10};
constexpr Seconds most_skew{10};    // of the clocks of servers; beyond it a clock was set back

bool is_due(const std::optional<Instant>& done, Seconds every, Instant now) {
    return !done || now >= *done + every || now < *done;
}

std::int64_t number_of(Whose whose) { return static_cast<std::int64_t>(whose); }

std::string id_of(const FailureKey& key) { return std::to_string(number_of(key.whose)) + ":" + hex(key.tag); }
/// Of all for whom there is no room.
std::string crowd_id(Whose whose) { return std::to_string(number_of(whose)) + ":*"; }

std::int64_t ms_before(Instant now, Seconds by) { return (now - by).unix_ms(); }

/// In the order of the table's columns behind id and kind.
std::array<Value, 4> cells_of(const FailureEntry& entry) {
    return {std::int64_t{entry.failures}, entry.first.unix_ms(), entry.last.unix_ms(), entry.until.unix_ms()};
}

Result<FailureEntry> entry_from(const Row& row) {
    constexpr std::size_t first_column = 2;
    std::array<std::int64_t, 4> cells{};
    for (std::size_t i = 0; i < cells.size(); ++i) {
        CS_TRY(cells[i], storage::cell<std::int64_t>(row, first_column + i));
    }
    const auto [failures, first, last, until] = cells;
    if (failures < 0 || failures > std::numeric_limits<unsigned>::max())
        return fail(Code::storage_corrupt, "a number of failures", failures);
    return FailureEntry{.failures = static_cast<unsigned>(failures),
                        .first = Instant::from_unix_ms(first),
                        .last = Instant::from_unix_ms(last),
                        .until = Instant::from_unix_ms(until)};
}

Result<std::optional<FailureEntry>> find(Rows& in, const std::string& id) {
    CS_TRY(const std::optional<Row> row, in.find_one(st::failure_find, std::array{Value{id}}));
    if (!row) return std::optional<FailureEntry>{};
    CS_TRY(const FailureEntry found, entry_from(*row));
    return std::optional{found};
}

Result<void> put(Tx& tx, const std::string& id, Whose whose, const FailureEntry& entry) {
    const std::array<Value, 4> cells = cells_of(entry);
    CS_TRY(const std::optional<Row> set, tx.update(st::failure_set, cells, std::array{Value{id}}));
    if (set) return {};
    return tx.create(st::failure_create, Row{id, number_of(whose), cells[0], cells[1], cells[2], cells[3]});
}

}    // namespace

Result<StoredFailureCounts::Found> StoredFailureCounts::find_worst(Rows& in, std::span<const FailureKey> keys,
                                                                   Instant now) const {
    Found out;
    for (const FailureKey& key : keys) {
        CS_TRY(std::optional<FailureEntry> entry, find(in, id_of(key)));
        if (!entry) {    // a crowd is there only while there is no room
            CS_TRY(entry, find(in, crowd_id(key.whose)));
        }
        if (!entry) continue;
        const FailureRule& rule = rule_of(key.whose);
        const FailureEntry stored = *entry;
        entry->follow_clock(rule, now);
        if (stored.until > entry->until + most_skew || stored.first > entry->first + most_skew)
            out.clock = Found::Clock::ahead;
        Standing one = entry->standing(rule, now);
        one.whose = key.whose;
        out.worst = worse_of(one, out.worst);
    }
    return out;
}

/// Or a wait would end no sooner than the clock comes back to where it was.
Result<void> StoredFailureCounts::follow_clock(Tx& tx, std::span<const FailureKey> keys, Instant now) {
    for (const FailureKey& key : keys) {
        for (const std::string& id : {id_of(key), crowd_id(key.whose)}) {
            CS_TRY(std::optional<FailureEntry> entry, find(tx, id));
            if (!entry) continue;
            entry->follow_clock(rule_of(key.whose), now);
            CS_CHECK(put(tx, id, key.whose, *entry));
        }
    }
    return {};
}

Result<Standing> StoredFailureCounts::look(std::span<const FailureKey> keys, Instant now) {
    Rows reader = storage_->reader();
    CS_TRY(const Found found, find_worst(reader, keys, now));
    if (found.clock == Found::Clock::ahead)
        CS_CHECK(storage_->transact([&](Tx& tx) { return follow_clock(tx, keys, now); }));
    return found.worst;
}

Result<Standing> StoredFailureCounts::add(std::span<const FailureKey> deciding, std::span<const FailureKey> also,
                                          Instant now) {
    // Whoever has to wait does not become open by others: a flood costs no writer.
    CS_TRY(Standing standing, look(deciding, now));
    if (standing.kind != Standing::Kind::open) return standing;
    const auto work = [&](Tx& tx) -> Result<void> {
        CS_TRY(const Found found, find_worst(tx, deciding, now));
        standing = found.worst;
        if (standing.kind != Standing::Kind::open) return {};
        for (const FailureKey& key : deciding) CS_CHECK(count(tx, key, now));
        for (const FailureKey& key : also) {
            CS_TRY(const Found own, find_worst(tx, {&key, 1}, now));
            if (own.worst.kind == Standing::Kind::open) CS_CHECK(count(tx, key, now));
        }
        return {};
    };
    CS_CHECK(storage_->transact(work));
    return standing;
}

Result<void> StoredFailureCounts::count(Tx& tx, const FailureKey& key, Instant now) {
    const std::string id = id_of(key);
    CS_TRY(std::optional<FailureEntry> entry, find(tx, id));
    if (!entry) {
        CS_TRY(const Place place, make_room(tx, key.whose, now));
        if (place == Place::none) return count_in_crowd(tx, key.whose, now);
        CS_TRY([[maybe_unused]] const std::int64_t crowds,
               tx.remove(st::failure_remove, std::array{Value{crowd_id(key.whose)}}));
        ++rooms_[static_cast<std::size_t>(key.whose)].rows;
        entry.emplace();
    }
    entry->fail(rule_of(key.whose), now);
    return put(tx, id, key.whose, *entry);
}

/// A crowd waits, and no more.
Result<void> StoredFailureCounts::count_in_crowd(Tx& tx, Whose whose, Instant now) {
    const FailureRule& rule = rule_of(whose);
    CS_TRY(std::optional<FailureEntry> crowd, find(tx, crowd_id(whose)));
    if (!crowd) crowd.emplace();
    crowd->fail(rule, now);
    if (rule.stop > 0) crowd->failures = std::min(crowd->failures, rule.stop - 1);
    return put(tx, crowd_id(whose), whose, *crowd);
}

Result<StoredFailureCounts::Place> StoredFailureCounts::make_room(Tx& tx, Whose whose, Instant now) {
    Room& room = rooms_[static_cast<std::size_t>(whose)];
    const std::array kind{Value{number_of(whose)}};
    if (is_due(room.counted, count_every, now)) {
        CS_CHECK(purge(tx, whose, now));
        CS_TRY(room.rows, tx.count(st::failure_count, kind));
        room.counted = now;
    }
    // Not for each newcomer, or they could push each other out for ever, and none would come to its limit.
    if (room.rows >= most_ && is_due(room.trimmed, trim_every, now)) {
        CS_CHECK(trim(tx, whose, now));
        CS_TRY(room.rows, tx.count(st::failure_count, kind));
        room.trimmed = now;
    }
    return room.rows < most_ ? Place::some : Place::none;
}

/// What its rule forgets.
Result<void> StoredFailureCounts::purge(Tx& tx, Whose whose, Instant now) {
    const FailureRule& rule = rule_of(whose);
    if (rule.window == Seconds{0}) return {};
    const std::array values{Value{number_of(whose)}, Value{std::int64_t{*rule.free}},
                            Value{ms_before(now, rule.window)}};
    CS_CHECK(tx.remove_many(st::failure_purge_few, values));
    CS_CHECK(tx.remove_many(st::failure_purge_many, values));
    return {};
}

Result<void> StoredFailureCounts::trim(Tx& tx, Whose whose, Instant now) {
    const FailureRule& rule = rule_of(whose);
    const Value kind = number_of(whose);
    const std::int64_t all = rule.stop > 0 ? std::int64_t{rule.stop} : std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t below : {std::int64_t{2}, std::int64_t{*rule.free}, all}) {
        CS_TRY(const std::int64_t gone,
               tx.remove_many(st::failure_trim, std::array{kind, Value{below}, Value{now.unix_ms()}}));
        if (gone > 0) return {};
    }
    if (rule.stop == 0) return {};
    CS_CHECK(tx.remove_many(st::failure_trim_stops,
                            std::array{kind, Value{std::int64_t{rule.stop}}, Value{ms_before(now, idle_stop)}}));
    return {};
}

Result<void> StoredFailureCounts::forgive(const FailureKey& key) {
    const std::string id = id_of(key);
    Rows reader = storage_->reader();
    CS_TRY(const std::optional<FailureEntry> entry, find(reader, id));
    if (!entry) return {};    // most who sign in have not failed: no write for them
    return storage_->transact([&](Tx& tx) -> Result<void> {
        CS_CHECK(tx.remove(st::failure_remove, std::array{Value{id}}));
        return {};
    });
}

}    // namespace countersign::guard

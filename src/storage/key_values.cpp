#include "storage/key_values.hpp"

#include <charconv>
#include <limits>
#include <map>

namespace countersign::storage {
namespace {

constexpr std::size_t shard_count = 64;
constexpr std::size_t swept_a_write = 64;    // ended entries that a write takes along, so that none piles up
constexpr std::size_t entry_cost = 192;      // about what the nodes of an entry take besides its texts

std::size_t cost_of(std::string_view key, std::string_view value) { return key.size() + value.size() + entry_cost; }

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}    // namespace

/// How much of one kind there is, in all shards together.
class MemoryKeyValues::Budget {
  public:
    explicit Budget(Room most) : most_{most} {}
    bool has_room(std::size_t bytes) const {
        const std::scoped_lock held{lock_};
        return used_.entries < most_.entries && bytes <= most_.bytes - used_.bytes;
    }
    Result<void> take(std::size_t bytes) {
        const std::scoped_lock held{lock_};
        if (used_.entries >= most_.entries) return fail(Code::storage_unavailable, most_.entries, used_.entries + 1);
        if (bytes > most_.bytes - used_.bytes) return fail(Code::storage_unavailable, most_.bytes - used_.bytes, bytes);
        ++used_.entries;
        used_.bytes += bytes;
        return {};
    }
    void give_back(std::size_t bytes) {
        const std::scoped_lock held{lock_};
        --used_.entries;
        used_.bytes -= bytes;
    }
    /// Another size of an entry that is there.
    Result<void> resize(std::size_t from, std::size_t to) {
        const std::scoped_lock held{lock_};
        if (to > from && to - from > most_.bytes - used_.bytes)
            return fail(Code::storage_unavailable, most_.bytes - used_.bytes, to - from);
        used_.bytes = used_.bytes - from + to;
        return {};
    }
    Room used() const {
        const std::scoped_lock held{lock_};
        return used_;
    }

  private:
    Room most_;
    mutable std::mutex lock_;
    Room used_{.entries = 0, .bytes = 0};
};

/// Ordered, since clients choose some of the keys: there is no hash whose collisions they could look for.
class MemoryKeyValues::Shard {
  public:
    using Ends = std::multimap<Instant, std::string_view>;    // of keys in `kept`
    struct Kept {
        std::string value;
        Seconds ttl{0};
        Kind kind = Kind::value;
        Ends::iterator end;
    };
    using Entries = std::map<std::string, Kept, std::less<>>;

    explicit Shard(MemoryKeyValues& whole) : whole_{&whole} {}

    /// end() for one that has ended.
    Entries::iterator find(std::string_view key, Instant now) {
        const auto found = kept.find(key);
        return found != kept.end() && found->second.end->first <= now ? kept.end() : found;
    }
    void erase(Entries::iterator which) {
        whole_->budget_of(which->second.kind).give_back(cost_of(which->first, which->second.value));
        ends.erase(which->second.end);
        kept.erase(which);
    }
    void sweep(Instant now, std::size_t most) {
        for (; most > 0 && !ends.empty() && ends.begin()->first <= now; --most) erase(kept.find(ends.begin()->second));
    }
    /// Memory is asked for before anything changes: an allocation that fails leaves everything as it was.
    Result<void> insert(std::string_view key, Kept entry, Instant at) {
        Entries fresh;
        const auto made = fresh.emplace(key, std::move(entry)).first;
        Ends fresh_end;
        const auto end = fresh_end.emplace(at, made->first);
        CS_CHECK(whole_->budget_of(made->second.kind).take(cost_of(made->first, made->second.value)));
        made->second.end = ends.insert(fresh_end.extract(end));
        kept.insert(fresh.extract(made));
        return {};
    }
    void rewrite(Entries::iterator which, std::string value, Seconds ttl, Kind kind, Instant at) {
        auto node = ends.extract(which->second.end);
        node.key() = at;
        which->second = {.value = std::move(value), .ttl = ttl, .kind = kind, .end = ends.insert(std::move(node))};
    }

    mutable std::mutex lock;
    Entries kept;
    Ends ends;

  private:
    MemoryKeyValues* whole_;
};

MemoryKeyValues::MemoryKeyValues(const Clock& clock, Rooms rooms)
    : clock_{&clock},
      values_{std::make_unique<Budget>(rooms.values)},
      counters_{std::make_unique<Budget>(rooms.counters)} {
    shards_.reserve(shard_count);
    for (std::size_t i = 0; i < shard_count; ++i) shards_.push_back(std::make_unique<Shard>(*this));
}
MemoryKeyValues::~MemoryKeyValues() = default;

MemoryKeyValues::Shard& MemoryKeyValues::shard_of(std::string_view key) {
    return *shards_[std::hash<std::string_view>{}(key) % shard_count];
}

MemoryKeyValues::Budget& MemoryKeyValues::budget_of(Kind kind) { return kind == Kind::value ? *values_ : *counters_; }

/// Before a write, while no shard is held: what has ended elsewhere is no reason to refuse it.
void MemoryKeyValues::make_room(Kind kind, std::string_view key, std::string_view value, Instant now) {
    if (budget_of(kind).has_room(cost_of(key, value))) return;
    for (const auto& shard : shards_) {
        const std::scoped_lock held{shard->lock};
        shard->sweep(now, shard->kept.size());
    }
}

/// The shard is held.
Result<void> MemoryKeyValues::put(Shard& shard, Kind kind, std::string_view key, std::string_view value, Seconds ttl,
                                  Instant now) {
    shard.sweep(now, swept_a_write);
    const auto found = shard.kept.find(key);
    if (ttl <= Seconds{0}) {
        if (found != shard.kept.end()) shard.erase(found);
        return {};
    }
    std::string text{value};
    if (found == shard.kept.end())
        return shard.insert(key, {.value = std::move(text), .ttl = ttl, .kind = kind, .end = {}}, now + ttl);
    const std::size_t cost = cost_of(key, value);
    const std::size_t before = cost_of(key, found->second.value);
    if (found->second.kind == kind) {
        CS_CHECK(budget_of(kind).resize(before, cost));
    } else {
        CS_CHECK(budget_of(kind).take(cost));
        budget_of(found->second.kind).give_back(before);
    }
    shard.rewrite(found, std::move(text), ttl, kind, now + ttl);
    return {};
}

Result<std::optional<std::string>> MemoryKeyValues::get(std::string_view key) {
    Shard& shard = shard_of(key);
    const Instant now = clock_->now();
    const std::scoped_lock held{shard.lock};
    const auto found = shard.find(key, now);
    if (found == shard.kept.end()) return std::optional<std::string>{};
    return std::optional<std::string>{found->second.value};
}

Result<void> MemoryKeyValues::set(std::string_view key, std::string_view value, Seconds ttl) {
    Shard& shard = shard_of(key);
    const Instant now = clock_->now();
    make_room(Kind::value, key, value, now);
    const std::scoped_lock held{shard.lock};
    return put(shard, Kind::value, key, value, ttl, now);
}

Result<void> MemoryKeyValues::remove(std::string_view key) {
    Shard& shard = shard_of(key);
    const std::scoped_lock held{shard.lock};
    const auto found = shard.kept.find(key);
    if (found != shard.kept.end()) shard.erase(found);
    return {};
}

Result<std::optional<std::string>> MemoryKeyValues::get_and_remove(std::string_view key) {
    Shard& shard = shard_of(key);
    const Instant now = clock_->now();
    const std::scoped_lock held{shard.lock};
    const auto found = shard.find(key, now);
    if (found == shard.kept.end()) return std::optional<std::string>{};
    std::optional<std::string> value{found->second.value};
    shard.erase(found);
    return value;
}

Result<std::int64_t> MemoryKeyValues::increment(std::string_view key, Seconds ttl) {
    Shard& shard = shard_of(key);
    const Instant now = clock_->now();
    make_room(Kind::counter, key, "1", now);
    const std::scoped_lock held{shard.lock};
    const auto found = shard.find(key, now);
    if (found == shard.kept.end()) {
        CS_CHECK(put(shard, Kind::counter, key, "1", ttl, now));
        return 1;
    }
    const std::optional<std::int64_t> before = number_in(found->second.value);
    if (!before) return fail(Code::storage_corrupt, "a number");
    if (*before == std::numeric_limits<std::int64_t>::max()) return *before;
    std::string sum = std::to_string(*before + 1);
    CS_CHECK(budget_of(found->second.kind).resize(found->second.value.size(), sum.size()));
    found->second.value = std::move(sum);
    return *before + 1;
}

Result<KeyValues::Replaced> MemoryKeyValues::replace(std::string_view key, std::optional<std::string_view> expected,
                                                     std::optional<std::string_view> value, Seconds ttl) {
    Shard& shard = shard_of(key);
    const Instant now = clock_->now();
    if (value) make_room(Kind::value, key, *value, now);
    const std::scoped_lock held{shard.lock};
    const auto found = shard.find(key, now);
    const bool is_there = found != shard.kept.end();
    if (is_there != expected.has_value() || (is_there && found->second.value != *expected)) return Replaced::no;
    CS_CHECK(put(shard, Kind::value, key, value.value_or(""), value ? ttl : Seconds{0}, now));
    return Replaced::yes;
}

std::vector<MemoryKeyValues::Entry> MemoryKeyValues::entries() const {
    const Instant now = clock_->now();
    std::vector<Entry> all;
    for (const auto& shard : shards_) {
        const std::scoped_lock held{shard->lock};
        for (const auto& [key, kept] : shard->kept) {
            if (kept.end->first <= now) continue;
            all.push_back({.key = key, .value = kept.value, .ttl = kept.ttl, .ends = kept.end->first});
        }
    }
    std::ranges::sort(all, {}, &Entry::key);
    return all;
}

void MemoryKeyValues::clear() {
    for (const auto& shard : shards_) {
        const std::scoped_lock held{shard->lock};
        while (!shard->kept.empty()) shard->erase(shard->kept.begin());
    }
}

MemoryKeyValues::Usage MemoryKeyValues::usage() const {
    return {.values = values_->used(), .counters = counters_->used()};
}

}    // namespace countersign::storage

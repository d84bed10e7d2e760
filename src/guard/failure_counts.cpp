#include "guard/failure_counts.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "guard/failure_entry.hpp"

namespace countersign::guard {
namespace {

constexpr std::size_t kinds = static_cast<std::size_t>(Whose::count_);
constexpr std::size_t rooms_a_kind = 64;

/// A tag is a keyed hash already: its bytes are as good as random.
struct TagHash {
    std::size_t operator()(const FailureTag& tag) const {
        std::size_t out = 0;
        std::memcpy(&out, tag.data(), sizeof out);
        return out;
    }
};

}    // namespace

struct MemoryFailureCounts::Entry : FailureEntry {
    bool may_go(const FailureRule& rule, Instant now) const {
        const Standing::Kind kind = standing(rule, now).kind;
        return kind == Standing::Kind::open || (kind == Standing::Kind::stopped && last + idle_stop <= now);
    }
};

struct MemoryFailureCounts::Room {
    std::unordered_map<FailureTag, Entry, TagHash> entries;
    Entry rest;    // of all for whom there is no room

    /// Who goes first; end() if nobody may.
    auto least(const FailureRule& rule, Instant now) {
        auto found = entries.end();
        const auto weight = [](const auto& each) { return std::pair{each->second.failures, each->second.last}; };
        for (auto each = entries.begin(); each != entries.end(); ++each) {
            each->second.follow_clock(rule, now);
            if (!each->second.may_go(rule, now)) continue;
            if (found == entries.end() || weight(each) < weight(found)) found = each;
        }
        return found;
    }
    bool make_room(const FailureRule& rule, std::size_t most, Instant now) {
        if (entries.size() < most) return true;
        std::erase_if(entries, [&](const auto& each) { return each.second.is_forgotten(rule, now); });
        if (entries.size() < most) return true;
        const auto goes = least(rule, now);
        if (goes == entries.end()) return false;
        entries.erase(goes);
        return true;
    }
    /// Whom a newcomer would be counted with; null if there is a place.
    Entry* crowd(const FailureRule& rule, std::size_t most, Instant now) {
        const bool open = rest.standing(rule, now).kind == Standing::Kind::open;
        return open || entries.size() < most || least(rule, now) != entries.end() ? nullptr : &rest;
    }
    Entry* find(const FailureTag& tag) {
        const auto found = entries.find(tag);
        return found == entries.end() ? nullptr : &found->second;
    }
};

MemoryFailureCounts::MemoryFailureCounts(const FailureRules& rules, std::size_t most)
    : rules_{rules},
      most_a_room_{std::max<std::size_t>(most / rooms_a_kind, 1)},
      rooms_(kinds * rooms_a_kind) {}
MemoryFailureCounts::~MemoryFailureCounts() = default;

MemoryFailureCounts::Room& MemoryFailureCounts::room_of(const FailureKey& key) {
    const auto place = std::to_integer<std::size_t>(key.tag.back()) % rooms_a_kind;
    return rooms_[static_cast<std::size_t>(key.whose) * rooms_a_kind + place];
}

Standing MemoryFailureCounts::worst(std::span<const FailureKey> keys, Instant now) {
    Standing out;
    for (const FailureKey& key : keys) {
        const FailureRule& rule = rule_of(key.whose);
        Room& room = room_of(key);
        Entry* entry = room.find(key.tag);
        if (entry == nullptr) entry = room.crowd(rule, most_a_room_, now);
        if (entry == nullptr) continue;
        entry->follow_clock(rule, now);
        Standing one = entry->standing(rule, now);
        one.whose = key.whose;
        out = worse_of(one, out);
    }
    return out;
}

void MemoryFailureCounts::count(const FailureKey& key, Instant now) {
    const FailureRule& rule = rule_of(key.whose);
    Room& room = room_of(key);
    if (Entry* known = room.find(key.tag)) return known->fail(rule, now);
    if (room.make_room(rule, most_a_room_, now)) {
        room.rest = {};
        return room.entries[key.tag].fail(rule, now);
    }
    room.rest.fail(rule, now);
    if (rule.stop > 0) room.rest.failures = std::min(room.rest.failures, rule.stop - 1);    // a crowd waits, no more
}

Result<Standing> MemoryFailureCounts::look(std::span<const FailureKey> keys, Instant now) {
    const std::scoped_lock held{lock_};
    return worst(keys, now);
}

Result<Standing> MemoryFailureCounts::add(std::span<const FailureKey> deciding, std::span<const FailureKey> also,
                                          Instant now) {
    const std::scoped_lock held{lock_};
    const Standing standing = worst(deciding, now);
    if (standing.kind != Standing::Kind::open) return standing;
    for (const FailureKey& key : deciding) count(key, now);
    for (const FailureKey& key : also) {
        if (worst({&key, 1}, now).kind == Standing::Kind::open) count(key, now);
    }
    return standing;
}

Result<void> MemoryFailureCounts::forgive(const FailureKey& key) {
    const std::scoped_lock held{lock_};
    room_of(key).entries.erase(key.tag);
    return {};
}

std::size_t MemoryFailureCounts::size() const {
    const std::scoped_lock held{lock_};
    std::size_t all = 0;
    for (const Room& room : rooms_) all += room.entries.size();
    return all;
}

}    // namespace countersign::guard

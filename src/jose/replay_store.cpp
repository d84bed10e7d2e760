#include "jose/replay_store.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/encoding.hpp"

namespace countersign::jose {
namespace {

Secret fresh_key(Random& random) {
    Secret key = Secret::sized(crypto::sha256_size);
    random.fill(key.writable());
    return key;
}

constexpr auto later = [](const auto& a, const auto& b) {
    return a.until > b.until;
};    // a heap's top is the earliest

}    // namespace

ReplayStore::ReplayStore(std::size_t room, Random& random)
    : key_{fresh_key(random).reveal()},
      parts_{std::make_unique<Part[]>(parts)} {
    const std::size_t each = std::max<std::size_t>((room + parts - 1) / parts, 1);
    for (Part& part : std::span{parts_.get(), parts}) {
        part.room = each;
        part.queue.reserve(each);
        part.table.resize(std::bit_ceil(2 * each));
    }
}

ReplayStore::Name ReplayStore::name_of(std::string_view text) const {
    const crypto::Sha256 mac = key_.mac(bytes_of(text));
    Name name;
    std::memcpy(&name.high, mac.data(), sizeof name.high);
    std::memcpy(&name.low, mac.data() + sizeof name.high, sizeof name.low);
    name.low |= 1U;    // never the free slot
    return name;
}

std::size_t ReplayStore::Part::place_of(const Name& name) const {
    const std::size_t mask = table.size() - 1;
    std::size_t at = name.high & mask;
    while (table[at] != Name{} && table[at] != name) at = (at + 1) & mask;
    return at;
}

/// Closes the gap, so that every name behind it is still found from its home.
void ReplayStore::Part::erase(const Name& name) {
    const std::size_t mask = table.size() - 1;
    std::size_t gap = place_of(name);
    table[gap] = Name{};
    for (std::size_t at = (gap + 1) & mask; table[at] != Name{}; at = (at + 1) & mask) {
        const std::size_t from_home = (at - (table[at].high & mask)) & mask;
        if (from_home < ((at - gap) & mask)) continue;    // its home lies behind the gap
        table[gap] = std::exchange(table[at], Name{});
        gap = at;
    }
}

void ReplayStore::Part::forget(Instant now) {
    while (!queue.empty() && queue.front().until <= now) {
        std::ranges::pop_heap(queue, later);
        forgotten_until = std::max(forgotten_until, queue.back().until);
        erase(queue.back().name);
        queue.pop_back();
    }
}

ReplayStore::Outcome ReplayStore::spend(const Use& use, Instant now) {
    const Name owner = name_of(use.owner);
    std::string whole{use.owner};
    whole.push_back('\0');
    whole += use.what;
    const Name name = name_of(whole);
    Part& part = parts_[owner.high % parts];
    const std::scoped_lock held{part.lock};
    part.forget(now);
    if (use.until <= now) return Outcome::too_late;
    const std::size_t place = part.place_of(name);
    if (part.table[place] == name) return Outcome::seen;
    if (use.until <= part.forgotten_until) return Outcome::too_late;
    if (part.queue.size() == part.room) return Outcome::full;
    part.table[place] = name;
    part.queue.push_back({.until = use.until, .name = name});
    std::ranges::push_heap(part.queue, later);
    return Outcome::first;
}

std::size_t ReplayStore::size() const {
    std::size_t out = 0;
    for (const Part& part : std::span{parts_.get(), parts}) {
        const std::scoped_lock held{part.lock};
        out += part.queue.size();
    }
    return out;
}

}    // namespace countersign::jose

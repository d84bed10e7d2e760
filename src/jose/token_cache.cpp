#include "jose/token_cache.hpp"

#include <bit>
#include <cstring>

#include "base/secret.hpp"
#include "crypto/digest.hpp"
#include "jose/name_hash.hpp"

namespace countersign::jose {

namespace {

constexpr std::size_t tail = 32;    // of the signature, which nobody chooses: enough to find a place by

std::size_t room_for(TokenCache::Keeps keeps) {
    return keeps == TokenCache::Keeps::token ? TokenCache::longest_token : crypto::sha256_size;
}

std::array<std::uint64_t, 2> seed_from(Random& random) {
    std::array<std::uint64_t, 2> out{};
    random.fill(std::as_writable_bytes(std::span{out}));
    return out;
}

}    // namespace

TokenCache::TokenCache(const Revocations& revocations, Random& random, Options options)
    : revocations_{&revocations},
      options_{.entries = options.entries,
               .max_age = std::clamp(options.max_age, Seconds{0}, longest_age),
               .keeps = options.keeps},
      seed_{seed_from(random)},
      sets_(std::max(std::bit_ceil(options.entries), ways) / ways),
      entries_(sets_.size() * ways),
      seen_(entries_.size()),
      pages_{entries_.size() * room_for(options.keeps)},
      room_{room_for(options.keeps)} {}
TokenCache::TokenCache(TokenCache&&) noexcept = default;
TokenCache::~TokenCache() = default;

std::optional<TokenCache::Place> TokenCache::place_of(std::string_view token) const {
    if (token.size() < tail || token.size() > longest_token) return std::nullopt;
    const char* const at = token.data() + token.size() - tail;
    const auto word = [&](std::size_t i) { return loaded<std::uint64_t>(at + 8 * i); };
    const std::uint64_t first = folded_product(word(0) ^ seed_[0], word(1) ^ seed_[1]);
    const std::uint64_t second = folded_product(word(2) ^ seed_[1], word(3) ^ seed_[0] ^ token.size());
    const std::uint64_t hash = folded_product(first ^ seed_[1], second ^ seed_[0]);
    return Place{.tag = hash | 1U, .set = (hash >> 32U) & (sets_.size() - 1)};
}

std::span<std::byte> TokenCache::room_of(std::size_t index) { return pages_.writable().subspan(index * room_, room_); }

/// All of it is compared. That this stops at the first difference tells nobody anything: it is asked only of who has
/// the end of the signature right.
bool TokenCache::holds(std::size_t index, std::size_t size, std::string_view token) {
    if (size != token.size()) return false;
    if (options_.keeps == Keeps::token) return std::memcmp(room_of(index).data(), token.data(), size) == 0;
    const auto digest = crypto::sha256(bytes_of(token));
    return std::memcmp(room_of(index).data(), digest.data(), digest.size()) == 0;
}

void TokenCache::write(std::size_t index, std::string_view token) {
    if (options_.keeps == Keeps::token) {
        std::ranges::copy(bytes_of(token), room_of(index).begin());
    } else {
        std::ranges::copy(crypto::sha256(bytes_of(token)), room_of(index).begin());
    }
}

void TokenCache::drop(std::size_t index) {
    std::uint64_t& tag = sets_[index / ways].tags[index % ways];
    if (tag == 0) return;
    tag = 0;
    --size_;
    const std::size_t written = options_.keeps == Keeps::token ? entries_[index].size : room_;
    wipe(room_of(index).first(written));
    entries_[index] = Entry{};
}

/// Among many tokens most lines of memory are far away: all are asked for before the first is needed.
void TokenCache::fetch_ahead(std::size_t index, std::size_t size) const {
    constexpr std::size_t line = 64;
    __builtin_prefetch(&entries_[index]);
    const std::byte* const room = pages_.reveal().data() + index * room_;
    for (std::size_t at = 0; at < std::min(size, room_); at += line) __builtin_prefetch(room + at);
}

const VerifiedToken* TokenCache::find(std::uint64_t generation, std::string_view token, Place place, Instant now) {
    const Set& set = sets_[place.set];
    for (std::size_t way = 0; way < ways; ++way) {
        if (set.tags[way] != place.tag) continue;
        const std::size_t index = place.set * ways + way;
        fetch_ahead(index, token.size());
        Entry& entry = entries_[index];
        if (!holds(index, entry.size, token)) continue;
        const std::uint64_t epoch = revocations_->epoch();
        const bool good = entry.generation == generation && entry.from <= now && now < entry.until &&
                          (entry.epoch == epoch || revocations_->check(*entry.token).ok());
        if (good) {
            entry.epoch = epoch;
            return entry.token.get();
        }
        drop(index);
        return nullptr;
    }
    return nullptr;
}

/// An empty way, else the one that ends first.
std::size_t TokenCache::victim(std::size_t set) const {
    std::size_t chosen = set * ways;
    for (std::size_t index = set * ways; index < (set + 1) * ways; ++index) {
        if (sets_[set].tags[index % ways] == 0) return index;
        if (entries_[index].until < entries_[chosen].until) chosen = index;
    }
    return chosen;
}

/// Notes it, too.
bool TokenCache::was_seen(std::uint64_t tag) {
    std::array<std::uint64_t, 2>& pair = seen_[(tag >> 8U) & (seen_.size() - 1)];
    if (pair[0] == tag || pair[1] == tag) return true;
    pair = {tag, pair[0]};
    return false;
}

/// On second sight: tokens that come once push nothing out.
const VerifiedToken* TokenCache::keep(std::uint64_t generation, std::string_view token, std::optional<Place> place,
                                      VerifiedToken verified, Instant now, std::uint64_t epoch) {
    const Instant until = std::min(verified.expires().value_or(now + options_.max_age), now + options_.max_age);
    const bool keepable = place && until > now && !verified.is_bound() && verified.uses() == Uses::many;
    if (keepable && was_seen(place->tag)) {
        const std::size_t index = victim(place->set);
        drop(index);
        write(index, token);
        sets_[place->set].tags[index % ways] = place->tag;
        entries_[index] = Entry{.generation = generation,
                                .epoch = epoch,
                                .from = now,
                                .until = until,
                                .size = token.size(),
                                .token = std::make_unique<const VerifiedToken>(std::move(verified))};
        ++size_;
        return entries_[index].token.get();
    }
    last_.emplace(std::move(verified));
    return &*last_;
}

template <class AnyVerifier>
Result<const VerifiedToken*> TokenCache::verify_as(std::uint64_t generation, AnyVerifier& verifier,
                                                   std::string_view token, Instant now) {
    const std::optional<Place> place = place_of(token);
    if (place) {
        if (const VerifiedToken* known = find(generation, token, *place, now)) return known;
    }
    // Read before the token is asked about: a revocation in between makes the entry be asked again.
    const std::uint64_t epoch = revocations_->epoch();
    CS_TRY(VerifiedToken verified, verifier.verify(token, now));
    if (const auto checked = revocations_->check(verified); !checked.ok())
        return fail(checked.error().shown_as(Public::unauthorized));
    return keep(generation, token, place, std::move(verified), now, epoch);
}

Result<const VerifiedToken*> TokenCache::verify(const Verifier& verifier, std::string_view token, Instant now) {
    return verify_as(verifier.generation(), verifier, token, now);
}

/// The number is that of before: if the keys change in between, what is kept is good for nobody.
Result<const VerifiedToken*> TokenCache::verify(RemoteVerifier& verifier, std::string_view token, Instant now) {
    return verify_as(verifier.generation(now), verifier, token, now);
}

}    // namespace countersign::jose

#include "token/rotation.hpp"

#include <algorithm>

namespace countersign::token {
namespace {

bool is_older(const StoredKey& a, const StoredKey& b) {
    return a.created_at != b.created_at ? a.created_at < b.created_at : a.id < b.id;
}

}    // namespace

std::string_view name_of(KeyState state) {
    constexpr std::array<std::string_view, 4> names{"published", "signing", "retiring", "retired"};
    return names[static_cast<std::size_t>(state)];
}

KeyRing::KeyRing(std::vector<StoredKey> keys, const KeyOptions& options, Instant now)
    : keys_{std::move(keys)},
      options_{options},
      now_{now} {
    const Seconds interval = options_.rotation_interval;
    // Or the next key would be due as soon as it is made.
    if (interval > Seconds{0}) options_.publish_ahead = std::min(options_.publish_ahead, interval / 2);
    std::ranges::sort(keys_, is_older);
    signer_ = choose();
}

/// Of the live keys the newest that every cached set has, those of the configured algorithm first. If no set can have
/// any yet, the oldest, which stands in most of them.
std::optional<std::size_t> KeyRing::choose() const {
    std::optional<std::size_t> ripe, ripe_other, unripe;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        const StoredKey& key = keys_[i];
        if (!is_live(key)) continue;
        if (!is_ripe(key)) {
            if (!unripe) unripe = i;
        } else {
            (is_configured(key) ? ripe : ripe_other) = i;
        }
    }
    if (ripe) return ripe;
    return ripe_other ? ripe_other : unripe;
}

const StoredKey* KeyRing::signer() const { return signer_ ? &keys_[*signer_] : nullptr; }

const StoredKey* KeyRing::successor() const {
    if (!signer_) return nullptr;
    const StoredKey& signer = keys_[*signer_];
    const auto later = std::span{keys_}.subspan(*signer_ + 1);
    const auto found = std::ranges::find_if(later, [&](const StoredKey& key) {
        const bool outlives = !key.expires_at || (signer.expires_at && *key.expires_at > *signer.expires_at);
        return is_live(key) && is_configured(key) && (outlives || !is_configured(signer));
    });
    return found == later.end() ? nullptr : &*found;
}

KeyState KeyRing::state_of(const StoredKey& key) const {
    const StoredKey* signs = signer();
    if (signs != nullptr && key.id == signs->id) return KeyState::signing;
    const std::optional<Instant> end = shown_until(key);
    if (end && *end <= now_) return KeyState::retired;
    const bool expired = key.expires_at && *key.expires_at <= now_;
    return expired || signs == nullptr || is_older(key, *signs) ? KeyState::retiring : KeyState::published;
}

Next KeyRing::next() const {
    const StoredKey* signs = signer();
    if (signs == nullptr) return Next::wanted;
    if (successor() != nullptr) return Next::not_yet;
    if (!is_configured(*signs) && options_.others == OtherAlgorithms::replaced) return Next::wanted;
    std::optional<Instant> end = signs->expires_at;
    // A key of the time before rotation was configured.
    if (!end && options_.rotation_interval > Seconds{0}) end = signs->created_at + options_.rotation_interval;
    return end && *end - options_.publish_ahead <= now_ ? Next::wanted : Next::not_yet;
}

Instant KeyRing::takeover(Takeover when) const {
    return when == Takeover::at_once || signer() == nullptr ? now_ : now_ + options_.publish_ahead;
}

std::optional<Instant> KeyRing::end_of_next(Takeover when) const {
    if (options_.rotation_interval == Seconds{0}) return std::nullopt;
    return takeover(when) + options_.rotation_interval;
}

std::vector<const StoredKey*> KeyRing::replaced(Takeover when) const {
    std::vector<const StoredKey*> out;
    const Instant end = takeover(when);
    const bool every = when == Takeover::at_once;
    for (const StoredKey& key : keys_) {
        const bool outlives = !key.expires_at || *key.expires_at > end;
        if (is_live(key) && outlives && (every || is_configured(key) || &key == signer())) out.push_back(&key);
    }
    return out;
}

std::optional<Instant> KeyRing::shown_until(const StoredKey& key) const {
    if (!key.expires_at) return std::nullopt;
    return *key.expires_at + options_.grace_period;
}

}    // namespace countersign::token

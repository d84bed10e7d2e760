#include "jose/remote_keys.hpp"

#include <chrono>

namespace countersign::jose {
namespace {

constexpr int early_part = 5;    // a set is renewed when a fifth of its life is left

Milliseconds distance(Instant a, Instant b) { return a < b ? b - a : a - b; }

}    // namespace

/// Callers read the clock before they queue, so a moment just before the attempt is as good as one just after it. A
/// clock that was set back by more than the pause starts it anew.
bool RemoteKeySet::is_cool(Instant now, Seconds pause) const { return !tried_ || distance(now, *tried_) >= pause; }

bool RemoteKeySet::is_due(Need need, Instant now) const {
    if (find_usable(now) == nullptr) return is_cool(now, times_.retry);
    if (!is_cool(now, times_.cool_down)) return false;
    if (need == Need::unknown_kid) return true;
    const Quiet calm = quiet(now);
    return now < calm.from || now >= calm.until;
}

RemoteKeySet::Change RemoteKeySet::finish(Result<KeyPlace::Published> answer, Instant now) {
    if (!answer.ok()) {
        refusal_ = answer.error();
        return Change::none;
    }
    refusal_.reset();
    const bool same = fetched_ && find_usable(now) != nullptr && text_ == answer->text;
    text_ = std::move(answer->text);
    life_ = answer->life;
    fetched_ = now;
    return same ? Change::none : Change::other_keys;
}

const std::string* RemoteKeySet::find_usable(Instant now) const {
    return fetched_ && distance(now, *fetched_) < times_.max_age ? &text_ : nullptr;
}

AuthError RemoteKeySet::why_unusable(Instant now) const {
    if (fetched_ && find_usable(now) == nullptr)
        return AuthError{Code::jwks_too_old, times_.max_age.count(),
                         std::chrono::floor<Seconds>(distance(now, *fetched_)).count()};
    return refusal_.value_or(AuthError{Code::jwks_unreachable});
}

RemoteKeySet::Quiet RemoteKeySet::quiet(Instant now) const {
    if (find_usable(now) == nullptr) {
        if (!tried_) return {};
        return {.from = *tried_ - times_.retry, .until = *tried_ + times_.retry};
    }
    Instant renewal = *fetched_ + (life_ - life_ / early_part);
    if (tried_) renewal = std::max(renewal, *tried_ + times_.cool_down);
    return {.from = *fetched_ - times_.cool_down, .until = std::min(renewal, *fetched_ + times_.max_age)};
}

}    // namespace countersign::jose

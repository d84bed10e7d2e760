#include "token/reuse.hpp"

namespace countersign::token {

std::size_t TokenReuse::place_of(const For& wanted) {
    constexpr std::size_t odd = 31;
    const std::hash<std::string_view> hash;
    return (hash(wanted.session.text()) * odd + hash(wanted.audience)) % places;
}

std::optional<std::string> TokenReuse::find(const For& wanted, Instant now) const {
    const std::scoped_lock held{lock_};
    const Kept& kept = kept_[place_of(wanted)];
    if (kept.token.empty() || kept.made_for != wanted) return std::nullopt;
    // A clock that was set back makes no token younger.
    if (now < kept.issued || now >= kept.issued + Milliseconds{life_} / 2) return std::nullopt;
    return kept.token;
}

void TokenReuse::keep(For made_for, Instant issued, std::string token) {
    const std::scoped_lock held{lock_};
    Kept& place = kept_[place_of(made_for)];
    place = {std::move(made_for), issued, std::move(token)};
}

}    // namespace countersign::token

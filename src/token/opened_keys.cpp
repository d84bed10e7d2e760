#include "token/opened_keys.hpp"

namespace countersign::token {

std::optional<OpenedKeys::Pin> OpenedKeys::find(const KeyId& id) {
    const std::scoped_lock held{lock_};
    const auto found = std::ranges::find(entries_, id, &Entry::id);
    if (found == entries_.end()) return std::nullopt;
    return Pin{*found};
}

OpenedKeys::Pin OpenedKeys::add(const KeyId& id, jose::SigningKey key) {
    const std::scoped_lock held{lock_};
    const auto found = std::ranges::find(entries_, id, &Entry::id);
    if (found != entries_.end()) return Pin{*found};
    entries_.emplace_front(id, std::move(key));
    Pin pin{entries_.front()};
    for (auto entry = entries_.end(); entries_.size() > most && entry != entries_.begin();) {
        --entry;
        if (entry->users == 0) entry = entries_.erase(entry);
    }
    return pin;
}

}    // namespace countersign::token

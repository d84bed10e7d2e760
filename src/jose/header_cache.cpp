#include "jose/header_cache.hpp"

#include <functional>

namespace countersign::jose {

HeaderCache::~HeaderCache() {
    for (const auto& slot : entries_) const std::unique_ptr<const Entry> owned{slot.load(std::memory_order_relaxed)};
}

const std::vector<Candidate>* HeaderCache::find(std::string_view header) const {
    const Entry* newest = newest_.load(std::memory_order_acquire);
    if (newest != nullptr && newest->header == header) return &newest->candidates;
    std::size_t at = std::hash<std::string_view>{}(header) % slots;
    for (std::size_t looked = 0; looked < slots; ++looked, at = (at + 1) % slots) {
        const Entry* entry = entries_[at].load(std::memory_order_acquire);
        if (entry == nullptr) return nullptr;
        if (entry->header == header) return &entry->candidates;
    }
    return nullptr;
}

void HeaderCache::remember(std::string_view header, const std::vector<Candidate>& candidates) {
    if (find(header) != nullptr) return;
    if (count_.fetch_add(1, std::memory_order_relaxed) >= most) {
        count_.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    auto made = std::make_unique<const Entry>(Entry{.header = std::string{header}, .candidates = candidates});
    std::size_t at = std::hash<std::string_view>{}(header) % slots;
    while (true) {    // two threads may add the same spelling: one entry is then never found, which harms nobody
        const Entry* expected = nullptr;
        if (entries_[at].compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel)) {
            newest_.store(made.release(), std::memory_order_release);    // the table owns it now
            return;
        }
        at = (at + 1) % slots;
    }
}

}    // namespace countersign::jose

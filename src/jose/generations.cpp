#include "jose/generations.hpp"

#include <thread>

#include "jose/generation_number.hpp"

namespace countersign::jose {
namespace {

/// Threads begin their search at different slots, so that they seldom meet.
std::size_t home_slot() {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t mine = threads.fetch_add(1, std::memory_order_relaxed);
    return mine;
}

}    // namespace

Generations::Generations() : current_{nullptr} { replace(std::nullopt); }
Generations::~Generations() = default;

/// The slot is written before the pointer is read again, both in the one order of all threads: either this reader sees
/// the newer pointer and announces that one, or the writer sees the slot.
Generations::Use Generations::use() const {
    for (std::size_t at = home_slot(), looked = 0;; ++at, ++looked) {
        if (looked != 0 && looked % slot_count == 0) std::this_thread::yield();
        Slot& slot = slots_[at % slot_count];
        const Generation* read = current_.load();
        const Generation* free = nullptr;
        if (!slot.reads.compare_exchange_strong(free, read)) continue;
        for (const Generation* now = current_.load(); now != read; now = current_.load()) {
            slot.reads.store(now);
            read = now;
        }
        return Use{slot, read};
    }
}

void Generations::replace(std::optional<Verifier> verifier) {
    auto next = std::make_unique<const Generation>(std::move(verifier), next_generation_number());
    const Generation* current = next.get();
    kept_.push_back(std::move(next));
    current_.store(current);
    std::erase_if(kept_, [&](const auto& old) {
        const auto is_read = [&](const Slot& slot) { return slot.reads.load() == old.get(); };
        return old.get() != current && std::ranges::none_of(slots_, is_read);
    });
}

}    // namespace countersign::jose

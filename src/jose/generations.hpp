// The verifier of this moment, which readers use without a lock while a writer puts another in its place. A reader
// announces what it reads in a slot of its own (a hazard pointer); what no slot names any more is freed at the next
// change. See docs/adr/0014-remote-keys.md.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "jose/verifier.hpp"

namespace countersign::jose {

struct Generation {
    std::optional<Verifier> verifier;    // absent: no issuer has keys
    std::uint64_t number;
};

class Generations {
    struct alignas(64) Slot {
        std::atomic<const Generation*> reads{nullptr};
    };

  public:
    Generations();
    Generations(const Generations&) = delete;
    Generations& operator=(const Generations&) = delete;
    ~Generations();    // no reader may be left

    /// As long as it lives, its generation does. Held for one verification, not longer.
    class Use {
      public:
        Use(Use&& other) noexcept : slot_{std::exchange(other.slot_, nullptr)}, read_{other.read_} {}
        Use& operator=(Use&&) = delete;
        ~Use() {
            if (slot_ != nullptr) slot_->reads.store(nullptr, std::memory_order_release);
        }
        const Generation& operator*() const { return *read_; }
        const Generation* operator->() const { return read_; }

      private:
        friend class Generations;
        Use(Slot& slot, const Generation* read) : slot_{&slot}, read_{read} {}
        Slot* slot_;
        const Generation* read_;
    };
    Use use() const;

    /// One caller at a time. Its number is one that no other generation of this process has.
    void replace(std::optional<Verifier> verifier);

  private:
    static constexpr std::size_t slot_count = 64;    // more readers at once than this wait for one another
    mutable std::array<Slot, slot_count> slots_;
    std::atomic<const Generation*> current_;
    std::vector<std::unique_ptr<const Generation>> kept_;    // the current one, and those that may still be read
};

}    // namespace countersign::jose

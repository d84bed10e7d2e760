// Private keys that were opened a moment ago. Signing holds no lock: whoever signs pins the key.
#pragma once

#include <atomic>
#include <list>
#include <mutex>

#include "base/id.hpp"
#include "jose/key.hpp"

namespace countersign::token {

class OpenedKeys {
    struct Entry {
        KeyId id;
        jose::SigningKey key;
        std::atomic<int> users{0};
    };

  public:
    /// Keeps its key where it is.
    class Pin {
      public:
        Pin(Pin&& other) noexcept : entry_{std::exchange(other.entry_, nullptr)} {}
        Pin& operator=(Pin&&) = delete;
        ~Pin() {
            if (entry_ != nullptr) --entry_->users;
        }
        const jose::SigningKey& key() const { return entry_->key; }

      private:
        friend class OpenedKeys;
        explicit Pin(Entry& entry) : entry_{&entry} { ++entry.users; }
        Entry* entry_;
    };

    std::optional<Pin> find(const KeyId& id);
    /// The key of this id: `key`, or the one that another thread was first with.
    Pin add(const KeyId& id, jose::SigningKey key);
    /// One key signs, and around a rotation a second one. Unused ones above this number go.
    static constexpr std::size_t most = 2;

  private:
    std::mutex lock_;
    std::list<Entry> entries_;    // the last one opened first
};

}    // namespace countersign::token

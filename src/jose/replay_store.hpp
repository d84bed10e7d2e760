// Remembers what may be used once, for as long as it could be used again, in memory that is taken at the start. It
// never forgets early to make room: when it is full, further uses are refused. What one owner does fills a sixteenth of
// the room at most, so that a flood by one key leaves the others alone. Safe from several threads.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "crypto/digest.hpp"

namespace countersign::jose {

class ReplayStore {
  public:
    static constexpr std::size_t parts = 16;

    /// `room`: how many uses may be remembered at one moment, in all. About 70 bytes each.
    ReplayStore(std::size_t room, Random& random);

    struct Use {
        std::string_view owner;    // who could do this again: the thumbprint of a key
        std::string_view what;     // unique for its owner; never the text of a token (TOK-26)
        Instant until;             // from here on it is refused anyway
    };
    /// `too_late` also for a use that may have been forgotten, because another caller's clock is ahead.
    enum class Outcome : std::uint8_t { first, seen, full, too_late };
    /// Of all callers with the same use at most one is ever told `first`.
    [[nodiscard]] Outcome spend(const Use& use, Instant now);

    /// What is remembered at this moment, for metrics.
    std::size_t size() const;

  private:
    struct Name {
        std::uint64_t high = 0, low = 0;    // never both 0: that is a free slot
        friend bool operator==(const Name&, const Name&) = default;
    };
    struct Entry {
        Instant until;
        Name name;
    };
    struct Part {
        mutable std::mutex lock;
        std::vector<Name> table;     // open addressing, at most half full
        std::vector<Entry> queue;    // a heap, the earliest first
        std::size_t room = 0;
        Instant forgotten_until;
        std::size_t place_of(const Name& name) const;    // where it stands, or the free slot where it would
        void erase(const Name& name);
        void forget(Instant now);
    };
    Name name_of(std::string_view text) const;
    crypto::HmacKey key_;    // so that nobody can aim at places of the table
    std::unique_ptr<Part[]> parts_;
};

}    // namespace countersign::jose

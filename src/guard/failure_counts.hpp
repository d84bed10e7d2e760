// How often credentials were wrong, by client network, account, known device and session (ENU-06, ENU-07, ENU-11,
// ENU-13).
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>

#include "base/given.hpp"
#include "base/result.hpp"

namespace countersign::guard {

/// Whose failures are counted together. `own`: of one account, by all of its known devices and sessions. `recovery`:
/// new passwords that were refused with one mailed token. `notice` is no failure: that the owner was told of a stop.
enum class Whose : std::uint8_t { network, account, device, session, own, recovery, notice, count_ };

/// `free` failures cost nothing but the last of them; from it on each is followed by a wait, twice as long as before.
struct FailureRule {
    Given<unsigned> free;
    Given<Seconds> first_wait;
    Given<Seconds> longest_wait;
    Seconds window{0};    // forgotten so long after the first failure, or after the last wait; 0: by forgive() only
    unsigned stop = 0;    // with so many failures waiting does not help; 0: there is no such end
};
using FailureRules = std::array<FailureRule, static_cast<std::size_t>(Whose::count_)>;

/// A name behind a keyed hash: tables hold no addresses, and nobody outside finds names that share a place.
using FailureTag = std::array<std::byte, 16>;
struct FailureKey {
    Whose whose;
    FailureTag tag;
    friend bool operator==(const FailureKey&, const FailureKey&) = default;
};

struct Standing {
    enum class Kind : std::uint8_t { open, waiting, stopped };
    Kind kind = Kind::open;
    Seconds wait{0};                 // whole seconds, rounded up; of a stop the longest wait, since no number is right
    Whose whose = Whose::network;    // of those who wait or are stopped: the one who decides
};

/// Where failures are counted: in memory for one process, in a table for several. Every answer may also be that nobody
/// could be asked, which lets nobody in.
class FailureCounts {
  public:
    virtual ~FailureCounts() = default;
    /// The worst of them.
    virtual Result<Standing> look(std::span<const FailureKey> keys, Instant now) = 0;
    /// One step: where one of `deciding` is not open nothing is counted and its standing comes back; otherwise a
    /// failure counts for each of them, and for each of `also` that is open.
    virtual Result<Standing> add(std::span<const FailureKey> deciding, std::span<const FailureKey> also,
                                 Instant now) = 0;
    virtual Result<void> forgive(const FailureKey& key) = 0;
};

/// Bounded. Room is made by those that failed least. Whoever waits is never pushed out, nor whoever is stopped and was
/// tried within a day; where all are such, newcomers are counted as one.
class MemoryFailureCounts final : public FailureCounts {
  public:
    /// At most `most` of each kind.
    MemoryFailureCounts(const FailureRules& rules, std::size_t most);
    ~MemoryFailureCounts() override;
    MemoryFailureCounts(const MemoryFailureCounts&) = delete;
    MemoryFailureCounts& operator=(const MemoryFailureCounts&) = delete;

    Result<Standing> look(std::span<const FailureKey> keys, Instant now) override;
    Result<Standing> add(std::span<const FailureKey> deciding, std::span<const FailureKey> also, Instant now) override;
    Result<void> forgive(const FailureKey& key) override;
    std::size_t size() const;

  private:
    struct Entry;
    struct Room;
    Room& room_of(const FailureKey& key);
    const FailureRule& rule_of(Whose whose) const { return rules_[static_cast<std::size_t>(whose)]; }
    Standing worst(std::span<const FailureKey> keys, Instant now);
    void count(const FailureKey& key, Instant now);

    FailureRules rules_;
    std::size_t most_a_room_;
    mutable std::mutex lock_;    // one, since a failure counts in several places at once; an attempt costs a hash
    std::vector<Room> rooms_;
};

}    // namespace countersign::guard

// Wrong passwords counted in the database, so that whoever guesses at several servers has the tries of one.
#pragma once

#include "guard/failure_entry.hpp"
#include "storage/storage.hpp"

namespace countersign::guard {

/// The table countersignFailure: exact over threads and over processes, since counting is one transaction of the
/// writer. What is refused costs reads only, a failure that is told a write, and whoever guesses nothing pays reads.
/// Bounded as MemoryFailureCounts is, but for all names of a kind together: forgotten ones go, then those that failed
/// least and do not wait, then stops at which nobody has tried for a day; where that is not enough, newcomers are
/// counted as one.
class StoredFailureCounts final : public FailureCounts {
  public:
    /// At most `most` of each kind.
    StoredFailureCounts(storage::Storage& storage, const FailureRules& rules, std::int64_t most)
        : storage_{&storage},
          rules_{rules},
          most_{most} {}

    Result<Standing> look(std::span<const FailureKey> keys, Instant now) override;
    Result<Standing> add(std::span<const FailureKey> deciding, std::span<const FailureKey> also, Instant now) override;
    Result<void> forgive(const FailureKey& key) override;

  private:
    const FailureRule& rule_of(Whose whose) const { return rules_[static_cast<std::size_t>(whose)]; }
    /// `ahead`: a row was written by a clock that is ahead of ours by more than those of servers differ.
    struct Found {
        Standing worst;
        enum class Clock : std::uint8_t { agrees, ahead } clock = Clock::agrees;
    };
    Result<Found> find_worst(storage::Rows& in, std::span<const FailureKey> keys, Instant now) const;
    Result<void> follow_clock(storage::Tx& tx, std::span<const FailureKey> keys, Instant now);
    Result<void> count(storage::Tx& tx, const FailureKey& key, Instant now);
    Result<void> count_in_crowd(storage::Tx& tx, Whose whose, Instant now);
    enum class Place : std::uint8_t { some, none };
    Result<Place> make_room(storage::Tx& tx, Whose whose, Instant now);
    Result<void> purge(storage::Tx& tx, Whose whose, Instant now);
    Result<void> trim(storage::Tx& tx, Whose whose, Instant now);

    storage::Storage* storage_;
    FailureRules rules_;
    std::int64_t most_;
    /// Of the writer's thread alone, inside transact.
    struct Room {
        std::int64_t rows = 0;    // when they were last counted, and what we have added since
        std::optional<Instant> counted, trimmed;
    };
    std::array<Room, static_cast<std::size_t>(Whose::count_)> rooms_;
};

}    // namespace countersign::guard

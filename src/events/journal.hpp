// How events reach the table and the log: in the transaction of the change that they tell of, or through a bounded
// queue and a thread of its own. What is lost is counted, and told.
#pragma once

#include <condition_variable>
#include <deque>
#include <thread>

#include "events/budget.hpp"
#include "events/chain.hpp"

namespace countersign::events {

struct JournalOptions {
    ChainOptions chain;
    std::int64_t checkpoint_rows = 1000;
    Seconds checkpoint_interval{60};
    std::size_t queue_limit = 4096;
    std::size_t batch = 256;
    BudgetOptions budget;
    std::int64_t most_rows = 0;    // above it only what proved users and the server cause is written; 0: no bound
};

class Journal {
  public:
    Journal(storage::Storage& storage, const crypto::Keyring& secrets, const Clock& clock, Random& random, Logger& log,
            JournalOptions options, Begin begin = Begin::own_segment);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// From here on a thread writes what is noted.
    void start();
    /// Writes what is left, and a last checkpoint.
    void stop();

    /// Never waits and never fails: a full queue loses the event, and counts it.
    void note(Event event);
    /// The row in the transaction of what it tells of. One that cannot be written is counted and does not fail the
    /// transaction.
    void write(storage::Tx& tx, const Event& event);
    /// After the commit of what `write` was part of: the line of the log.
    void tell(const Event& event);

    /// One round of the thread: what is queued, what was lost, a checkpoint if one is due.
    void work();
    /// What a log may carry of a session.
    std::string session_fingerprint(std::string_view session_id) const;

    struct Counts {
        std::array<std::uint64_t, kinds.size()> written{};
        std::uint64_t lost = 0;
        std::size_t waiting = 0;
        std::int64_t rows = 0;    // of the table
    };
    Counts counts() const;

  private:
    void run();
    void drain();
    enum class Written : std::uint8_t { yes, no };
    Written write_batch(std::span<const Event> batch);
    void give_up();
    void tell_losses(Instant now);
    void tell_damage();
    void checkpoint(Instant now);
    void trim_if_due(Instant now);
    void count_rows(Instant now);
    void say(const Event& event, Level level, std::string_view name);
    bool is_too_much(const Event& event);
    void lose(std::uint64_t how_many);

    storage::Storage* storage_;
    std::vector<EventKeys> keys_;
    const Clock* clock_;
    Logger* log_;
    JournalOptions options_;
    Chain chain_;

    mutable std::mutex lock_;
    std::condition_variable wake_;
    std::deque<Event> queue_;
    Budget budget_;
    std::atomic<bool> stopping_{false};
    bool stuck_ = false;    // the last batch could not be written
    std::array<std::atomic<std::uint64_t>, kinds.size()> written_{};
    std::atomic<std::uint64_t> lost_{0};
    std::atomic<std::int64_t> rows_{0};

    // Of the thread alone.
    std::uint64_t told_losses_ = 0;
    std::optional<Position> checked_;
    std::optional<Instant> checked_at_, trimmed_at_, counted_at_, told_at_;
    std::thread thread_;
};

}    // namespace countersign::events

#include "events/journal.hpp"

#include "storage/statements.hpp"

namespace countersign::events {
namespace {

constexpr Seconds round{1};
constexpr Seconds between_trims{3600};
constexpr Seconds between_counts{3600};
constexpr Seconds between_tellings{60};    // a flood is a row a minute

}    // namespace

Journal::Journal(storage::Storage& storage, const crypto::Keyring& secrets, const Clock& clock, Random& random,
                 Logger& log, JournalOptions options, Begin begin)
    : storage_{&storage},
      keys_{event_keys(secrets)},
      clock_{&clock},
      log_{&log},
      options_{options},
      chain_{keys_, clock, random, options.chain, begin},
      budget_{options.budget} {}

Journal::~Journal() { stop(); }

void Journal::start() {
    thread_ = std::thread{[this] { run(); }};
}

void Journal::stop() {
    if (!thread_.joinable()) return;
    {
        const std::scoped_lock held{lock_};
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Journal::run() {
    while (true) {
        {
            std::unique_lock held{lock_};
            wake_.wait_for(held, round, [this] { return stopping_ || (!queue_.empty() && !stuck_); });
            if (stopping_) break;
        }
        work();
    }
    drain();
    give_up();
    told_at_.reset();
    tell_losses(clock_->now());
    tell_damage();
    checkpoint(clock_->now());
}

/// What could not be written to the end stands in the log at least.
void Journal::give_up() {
    const std::scoped_lock held{lock_};
    if (queue_.empty()) return;
    lose(queue_.size());
    for (const Event& event : queue_) say(event, Level::error, "security.not_written");
    queue_.clear();
}

bool Journal::is_too_much(const Event& event) {
    const bool full = options_.most_rows > 0 && rows_.load(std::memory_order_relaxed) >= options_.most_rows;
    if (full && *row_of(event.kind).origin == Origin::anybody) return true;
    return queue_.size() >= options_.queue_limit || budget_.spend(event) == Budget::Verdict::over;
}

void Journal::lose(std::uint64_t how_many) { lost_.fetch_add(how_many, std::memory_order_relaxed); }

void Journal::note(Event event) {
    {
        const std::scoped_lock held{lock_};
        if (is_too_much(event)) return lose(1);
        queue_.push_back(std::move(event));
    }
    wake_.notify_one();
}

void Journal::write(storage::Tx& tx, const Event& event) {
    const Result<Position> written = chain_.append(tx, event);
    if (!written.ok()) {
        lose(1);
        log_->event(Level::error, "security.not_written",
                    {{"kind", *row_of(event.kind).name}, {"why", written.error().detail()}});
        return;
    }
    rows_.fetch_add(1, std::memory_order_relaxed);
}

void Journal::tell(const Event& event) {
    written_[static_cast<std::size_t>(event.kind)].fetch_add(1, std::memory_order_relaxed);
    say(event, *row_of(event.kind).level, "security.event");
}

void Journal::say(const Event& event, Level level, std::string_view name) {
    const Record record = record_of(event);
    log_->event(level, name,
                {{"kind", record.kind},
                 {"user", record.user},
                 {"session", record.session},
                 {"network", record.network},
                 {"agent", record.agent},
                 {"reference", record.reference},
                 {"detail", record.detail}});
}

Journal::Written Journal::write_batch(std::span<const Event> batch) {
    std::optional<Position> last;
    const Result<void> done = storage_->transact([&](storage::Tx& tx) -> Result<void> {
        for (const Event& event : batch) {
            CS_TRY(last, chain_.append(tx, event));
        }
        return {};
    });
    if (!done.ok()) {
        log_->event(Level::error, "security.not_written",
                    {{"rows", static_cast<std::int64_t>(batch.size())}, {"why", done.error().detail()}});
        return Written::no;
    }
    chain_.confirm(*last);
    rows_.fetch_add(static_cast<std::int64_t>(batch.size()), std::memory_order_relaxed);
    for (const Event& event : batch) tell(event);
    return Written::yes;
}

/// What cannot be written now waits for the next round; what does not fit any more is lost.
void Journal::drain() {
    while (true) {
        std::vector<Event> batch;
        {
            const std::scoped_lock held{lock_};
            const auto size = static_cast<std::ptrdiff_t>(std::min(queue_.size(), options_.batch));
            batch.assign(queue_.begin(), queue_.begin() + size);
        }
        if (batch.empty()) return;
        const Written written = write_batch(batch);
        const std::scoped_lock held{lock_};
        stuck_ = written == Written::no;
        if (stuck_) return;
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
    }
}

void Journal::tell_losses(Instant now) {
    const std::uint64_t lost = lost_.load(std::memory_order_relaxed);
    if (lost == told_losses_ || (told_at_ && now - *told_at_ < between_tellings)) return;
    const Event event{.kind = Kind::events_lost, .at = now, .detail = "count=" + std::to_string(lost - told_losses_)};
    if (write_batch({&event, 1}) == Written::no) return;
    told_losses_ = lost;
    told_at_ = now;
}

/// The row of it was written by the chain, in the transaction that found it.
void Journal::tell_damage() {
    if (const std::optional<std::string> damage = chain_.take_damage())
        tell({.kind = Kind::chain_cut, .at = clock_->now(), .detail = *damage});
}

/// Between counts the number is kept by what is written here, which is near enough.
void Journal::count_rows(Instant now) {
    if (counted_at_ && now - *counted_at_ < between_counts) return;
    counted_at_ = now;
    const Result<std::int64_t> found = storage_->reader().count(storage::statements::audit_count, {});
    if (found.ok()) rows_.store(*found, std::memory_order_relaxed);
}

void Journal::checkpoint(Instant now) {
    const Result<std::optional<Position>> head = chain_.head(storage_->reader());
    if (!head.ok() || !*head) return;
    chain_.confirm(**head);
    const bool moved = !checked_ || *checked_ != **head;
    const bool far = !checked_ || checked_->segment != (*head)->segment ||
                     (*head)->sequence - checked_->sequence >= options_.checkpoint_rows;
    const bool late = !checked_at_ || now - *checked_at_ >= options_.checkpoint_interval || stopping_;
    if (!moved || (!far && !late)) return;
    log_->event(Level::info, "security.checkpoint",
                {{"checkpoint", checkpoint_text(keys_.front(), {.position = **head, .at = now})}});
    checked_ = **head;
    checked_at_ = now;
}

void Journal::trim_if_due(Instant now) {
    if (trimmed_at_ && now - *trimmed_at_ < between_trims) return;
    trimmed_at_ = now;
    const Result<void> done = storage_->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY(const std::int64_t removed, chain_.trim(tx));
        if (removed > 0) trimmed_at_.reset();    // there may be more
        rows_.fetch_sub(removed, std::memory_order_relaxed);
        return {};
    });
    if (!done.ok()) log_->event(Level::error, "security.not_removed", {{"why", done.error().detail()}});
}

void Journal::work() {
    const Instant now = clock_->now();
    count_rows(now);
    drain();
    tell_losses(now);
    tell_damage();
    trim_if_due(now);
    checkpoint(now);
}

std::string Journal::session_fingerprint(std::string_view session_id) const {
    return session_id.empty() ? std::string{} : crypto::fingerprint(keys_.front().session, session_id);
}

Journal::Counts Journal::counts() const {
    Counts out{.lost = lost_.load(std::memory_order_relaxed)};
    out.rows = rows_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < written_.size(); ++i) out.written[i] = written_[i].load(std::memory_order_relaxed);
    const std::scoped_lock held{lock_};
    out.waiting = queue_.size();
    return out;
}

}    // namespace countersign::events

#include "events/journal.hpp"

namespace countersign::events {
namespace {

constexpr Seconds round{1};
constexpr Seconds between_trims{3600};

}    // namespace

Journal::Journal(storage::Storage& storage, const crypto::Keyring& secrets, const Clock& clock, Random& random,
                 Logger& log, JournalOptions options, Begin begin)
    : storage_{&storage},
      keys_{event_keys(secrets)},
      clock_{&clock},
      log_{&log},
      options_{options},
      chain_{keys_, clock, random, options.chain, begin} {}

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
    tell_losses();
    checkpoint(clock_->now());
}

bool Journal::is_over_rate(const Event& event) {
    if (*row_of(event.kind).origin != Origin::anybody) return false;
    if (second_ != event.at.unix_seconds()) {
        second_ = event.at.unix_seconds();
        in_second_ = 0;
    }
    return ++in_second_ > options_.anybody_a_second;
}

void Journal::lose(std::uint64_t how_many) { lost_.fetch_add(how_many, std::memory_order_relaxed); }

void Journal::note(Event event) {
    {
        const std::scoped_lock held{lock_};
        if (is_over_rate(event) || queue_.size() >= options_.queue_limit) return lose(1);
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
    }
}

void Journal::tell(const Event& event) {
    const KindRow& row = row_of(event.kind);
    const Record record = record_of(event);
    written_[static_cast<std::size_t>(event.kind)].fetch_add(1, std::memory_order_relaxed);
    log_->event(*row.level, "security.event",
                {{"kind", *row.name},
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

void Journal::tell_losses() {
    const std::uint64_t lost = lost_.load(std::memory_order_relaxed);
    if (lost == told_losses_) return;
    const Event event{
        .kind = Kind::events_lost, .at = clock_->now(), .detail = "count=" + std::to_string(lost - told_losses_)};
    if (write_batch({&event, 1}) == Written::yes) told_losses_ = lost;
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
        return {};
    });
    if (!done.ok()) log_->event(Level::error, "security.not_removed", {{"why", done.error().detail()}});
}

void Journal::work() {
    drain();
    const Instant now = clock_->now();
    tell_losses();
    trim_if_due(now);
    checkpoint(now);
}

std::string Journal::session_fingerprint(std::string_view session_id) const {
    return session_id.empty() ? std::string{} : crypto::fingerprint(keys_.front().session, session_id);
}

Journal::Counts Journal::counts() const {
    Counts out{.lost = lost_.load(std::memory_order_relaxed)};
    for (std::size_t i = 0; i < written_.size(); ++i) out.written[i] = written_[i].load(std::memory_order_relaxed);
    const std::scoped_lock held{lock_};
    out.waiting = queue_.size();
    return out;
}

}    // namespace countersign::events

#include "storage/backends/postgres/pool.hpp"

namespace countersign::storage::postgres {
namespace {

constexpr Milliseconds first_pause{50};
constexpr Milliseconds longest_pause{1000};

}    // namespace

Result<std::unique_ptr<Connection>> Dialler::dial() {
    {
        const std::scoped_lock held{lock_};
        if (std::chrono::steady_clock::now() < not_before_)
            return fail(Code::storage_unavailable, "a connection", "not tried again yet");
    }
    Result<std::unique_ptr<Link>> link = Link::open(target_, options_);
    const std::scoped_lock held{lock_};
    if (!link.ok()) {
        pause_ = std::clamp(pause_ * 2, first_pause, longest_pause);
        not_before_ = std::chrono::steady_clock::now() + pause_;
        return fail(link.error());
    }
    pause_ = Milliseconds{0};
    not_before_ = {};
    return std::make_unique<Connection>(*std::move(link), *extensions_);
}

Result<Pool::Lease> Pool::borrow() {
    std::unique_lock held{lock_};
    const bool any = returned_.wait_for(held, patience_, [this] { return !idle_.empty() || open_ < limit_; });
    if (!any) return fail(Code::storage_unavailable, "a connection that is free", limit_);
    if (!idle_.empty()) {
        std::unique_ptr<Connection> last = std::move(idle_.back());    // the one whose memory is warm
        idle_.pop_back();
        return Lease{*this, std::move(last)};
    }
    ++open_;
    held.unlock();
    Result<std::unique_ptr<Connection>> made = dialler_->dial();
    if (made.ok()) return Lease{*this, *std::move(made)};
    held.lock();
    --open_;
    returned_.notify_one();
    return fail(made.error());
}

void Pool::renew() {
    const std::scoped_lock held{lock_};
    open_ -= idle_.size();
    idle_.clear();
    returned_.notify_all();
}

void Pool::take_back(std::unique_ptr<Connection> connection) {
    const std::scoped_lock held{lock_};
    if (connection->link().health() == Link::Health::usable) {
        idle_.push_back(std::move(connection));
    } else {
        // Whatever ended this one has ended the others that were open: the next reader shall not have to find out.
        open_ -= 1 + idle_.size();
        idle_.clear();
    }
    returned_.notify_all();
}

}    // namespace countersign::storage::postgres

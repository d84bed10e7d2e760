#include "http/lanes.hpp"

#include <unistd.h>

#include "base/assert.hpp"

namespace countersign::http {

Lanes::Lanes(LaneOptions options) {
    pool(Lane::storage).limits = options.storage;
    pool(Lane::hash).limits = options.hash;
    pool(Lane::outbound).limits = options.outbound;
}

Lanes::~Lanes() {
    for (Pool& each : pools_) {
        {
            const std::scoped_lock held{each.lock};
            each.stopping = true;
        }
        each.wanted.notify_all();
        for (std::thread& thread : each.threads) thread.join();
    }
}

Result<void> Lanes::submit(Lane lane, std::function<void()> work) {
    CS_ASSERT(lane != Lane::inline_);
    Pool& to = pool(lane);
    {
        const std::scoped_lock held{to.lock};
        if (to.stopping) return fail(Code::overload_shutdown);
        if (to.queue.size() >= to.limits.queue) return fail(Code::overload_lane_full, to.limits.queue, to.queue.size());
        to.queue.push_back(std::move(work));
        if (to.idle < to.queue.size() && to.threads.size() < to.limits.threads) {
            try {
                to.threads.emplace_back([&to] { work_loop(to); });
            } catch (const std::system_error& no_thread) {
                // The threads that exist will do it; without any the work would wait for ever.
                if (to.threads.empty()) {
                    to.queue.pop_back();
                    return fail(Code::overload_lane_full, "a thread", no_thread.what());
                }
            }
        }
    }
    to.wanted.notify_one();
    return {};
}

void Lanes::work_loop(Pool& pool) {
    // Of this thread only (Linux). Where the system refuses, it works like any other.
    if (pool.limits.behind != 0) std::ignore = ::nice(pool.limits.behind);
    std::unique_lock held{pool.lock};
    while (true) {
        ++pool.idle;
        pool.wanted.wait(held, [&pool] { return pool.stopping || !pool.queue.empty(); });
        --pool.idle;
        if (pool.queue.empty()) return;    // stopping, and nothing is left
        std::function<void()> work = std::move(pool.queue.front());
        pool.queue.pop_front();
        ++pool.running;
        held.unlock();
        work();
        work = nullptr;    // what it holds goes before the lock is taken again
        held.lock();
        --pool.running;
    }
}

std::size_t Lanes::depth(Lane lane) const {
    const std::scoped_lock held{pool(lane).lock};
    return pool(lane).queue.size();
}

std::size_t Lanes::running(Lane lane) const {
    const std::scoped_lock held{pool(lane).lock};
    return pool(lane).running;
}

}    // namespace countersign::http

// Threads for what may not run on a loop: one bounded queue a lane, so that a flood in one never slows another.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/result.hpp"
#include "http/lane.hpp"

namespace countersign::http {

struct LaneLimits {
    std::size_t threads;
    std::size_t queue;
    int behind = 0;    // steps of nice(2) that its threads stand behind the loops where both want one core
};

struct LaneOptions {
    LaneLimits storage{.threads = 16, .queue = 512};
    LaneLimits hash{.threads = 6, .queue = 64, .behind = 5};
    LaneLimits outbound{.threads = 8, .queue = 64};
};

class Lanes {
  public:
    explicit Lanes(LaneOptions options);
    ~Lanes();    // finishes what is queued
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;

    /// Errors: overload.lane_full, overload.shutdown.
    Result<void> submit(Lane lane, std::function<void()> work);
    std::size_t depth(Lane lane) const;
    std::size_t running(Lane lane) const;

  private:
    struct Pool {
        LaneLimits limits{};
        mutable std::mutex lock;
        std::condition_variable wanted;
        std::deque<std::function<void()>> queue;
        std::vector<std::thread> threads;    // started when first needed
        std::size_t idle = 0;
        std::size_t running = 0;
        bool stopping = false;
    };
    static void work_loop(Pool& pool);
    Pool& pool(Lane lane) { return pools_[static_cast<std::size_t>(lane)]; }
    const Pool& pool(Lane lane) const { return pools_[static_cast<std::size_t>(lane)]; }
    std::array<Pool, lane_count> pools_;
};

}    // namespace countersign::http

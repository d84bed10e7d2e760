#include "http/metrics.hpp"

#include <fmt/format.h>

namespace countersign::http {
namespace {

void add(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
    // One writer: a plain load and store, no locked instruction.
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

}    // namespace

Metrics::Metrics(const Router& router, std::size_t loops) : router_{&router} {
    for (std::size_t i = 0; i < loops; ++i) loops_.push_back(std::make_unique<Loop>(router.rows().size()));
}

void Metrics::count(std::size_t loop, const Endpoint* row, int status, std::chrono::microseconds took) {
    const std::size_t index = row == nullptr ? router_->rows().size() : router_->index_of(*row);
    Endpoints& endpoint = loops_[loop]->endpoints[index];
    const auto at = std::ranges::find(statuses, status) - statuses.begin();
    add(endpoint.by_status[static_cast<std::size_t>(at)], 1);
    const auto bucket = std::ranges::lower_bound(bounds_us, took.count()) - bounds_us.begin();
    add(endpoint.by_time[static_cast<std::size_t>(bucket)], 1);
    add(endpoint.total_us, static_cast<std::uint64_t>(took.count()));
}

void Metrics::connection_opened(std::size_t loop) { loops_[loop]->connections.fetch_add(1, std::memory_order_relaxed); }
void Metrics::connection_closed(std::size_t loop) { loops_[loop]->connections.fetch_sub(1, std::memory_order_relaxed); }
void Metrics::lag(std::size_t loop, std::chrono::microseconds longest) {
    loops_[loop]->lag_us.store(longest.count(), std::memory_order_relaxed);
}

std::int64_t Metrics::connections() const {
    std::int64_t all = 0;
    for (const auto& loop : loops_) all += loop->connections.load(std::memory_order_relaxed);
    return all;
}

void Metrics::accepting_paused(std::size_t loop) { add(loops_[loop]->accept_pauses, 1); }
std::uint64_t Metrics::accept_pauses() const {
    std::uint64_t all = 0;
    for (const auto& loop : loops_) all += loop->accept_pauses.load(std::memory_order_relaxed);
    return all;
}

std::uint64_t Metrics::sum(std::size_t row, const std::function<std::uint64_t(const Endpoints&)>& of) const {
    std::uint64_t all = 0;
    for (const auto& loop : loops_) all += of(loop->endpoints[row]);
    return all;
}

std::string Metrics::text() const {
    std::string out = "# TYPE countersign_requests_total counter\n# TYPE countersign_request_seconds histogram\n";
    for (std::size_t row = 0; row <= router_->rows().size(); ++row) {
        const std::string name = row == router_->rows().size() ? "unrouted" : router_->full_path(*router_->rows()[row]);
        std::uint64_t requests = 0;
        for (std::size_t i = 0; i <= statuses.size(); ++i) {
            const std::uint64_t n =
                sum(row, [i](const Endpoints& e) { return e.by_status[i].load(std::memory_order_relaxed); });
            requests += n;
            if (n == 0) continue;
            const std::string status = i == statuses.size() ? "other" : std::to_string(statuses[i]);
            out += fmt::format("countersign_requests_total{{endpoint=\"{}\",status=\"{}\"}} {}\n", name, status, n);
        }
        if (requests == 0) continue;
        std::uint64_t below = 0;
        for (std::size_t i = 0; i <= bounds_us.size(); ++i) {
            below += sum(row, [i](const Endpoints& e) { return e.by_time[i].load(std::memory_order_relaxed); });
            const std::string bound =
                i == bounds_us.size() ? "+Inf" : fmt::format("{:g}", static_cast<double>(bounds_us[i]) / 1e6);
            out +=
                fmt::format("countersign_request_seconds_bucket{{endpoint=\"{}\",le=\"{}\"}} {}\n", name, bound, below);
        }
        const std::uint64_t us =
            sum(row, [](const Endpoints& e) { return e.total_us.load(std::memory_order_relaxed); });
        out +=
            fmt::format("countersign_request_seconds_sum{{endpoint=\"{}\"}} {}\n", name, static_cast<double>(us) / 1e6);
        out += fmt::format("countersign_request_seconds_count{{endpoint=\"{}\"}} {}\n", name, requests);
    }
    out += fmt::format("# TYPE countersign_connections gauge\ncountersign_connections {}\n", connections());
    out += "# TYPE countersign_loop_lag_seconds gauge\n";
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        out += fmt::format("countersign_loop_lag_seconds{{loop=\"{}\"}} {}\n", i,
                           static_cast<double>(loops_[i]->lag_us.load(std::memory_order_relaxed)) / 1e6);
    }
    return out;
}

}    // namespace countersign::http

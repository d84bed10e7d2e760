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

/// The last row stands for what no row was found for.
std::string Metrics::name_of(std::size_t row) const {
    return row == router_->rows().size() ? "unrouted" : router_->full_path(*router_->rows()[row]);
}

std::string_view Metrics::method_of(std::size_t row) const {
    return row == router_->rows().size() ? "any" : method_name(*router_->rows()[row]->method);
}

void Metrics::expose_requests(Exposition& out) const {
    out.family("countersign_requests_total", Exposition::Kind::counter, "Answers by endpoint and status.");
    for (std::size_t row = 0; row <= router_->rows().size(); ++row) {
        for (std::size_t i = 0; i <= statuses.size(); ++i) {
            const std::uint64_t n =
                sum(row, [i](const Endpoints& e) { return e.by_status[i].load(std::memory_order_relaxed); });
            if (n == 0) continue;
            const std::string status = i == statuses.size() ? "other" : std::to_string(statuses[i]);
            out.sample({{"method", method_of(row)}, {"endpoint", name_of(row)}, {"status", status}},
                       static_cast<double>(n));
        }
    }
}

void Metrics::expose_times(Exposition& out) const {
    out.family("countersign_request_seconds", Exposition::Kind::histogram,
               "Time from the whole request to its answer.");
    for (std::size_t row = 0; row <= router_->rows().size(); ++row) {
        std::array<std::uint64_t, bounds_us.size() + 1> below{};
        std::uint64_t all = 0;
        for (std::size_t i = 0; i < below.size(); ++i) {
            all += sum(row, [i](const Endpoints& e) { return e.by_time[i].load(std::memory_order_relaxed); });
            below[i] = all;
        }
        if (all == 0) continue;
        const std::string name = name_of(row);
        const std::string_view method = method_of(row);
        for (std::size_t i = 0; i < below.size(); ++i) {
            const std::string bound =
                i == bounds_us.size() ? "+Inf" : fmt::format("{:g}", static_cast<double>(bounds_us[i]) / 1e6);
            out.sample("_bucket", {{"method", method}, {"endpoint", name}, {"le", bound}},
                       static_cast<double>(below[i]));
        }
        const std::uint64_t us =
            sum(row, [](const Endpoints& e) { return e.total_us.load(std::memory_order_relaxed); });
        out.sample("_sum", {{"method", method}, {"endpoint", name}}, static_cast<double>(us) / 1e6);
        out.sample("_count", {{"method", method}, {"endpoint", name}}, static_cast<double>(all));
    }
}

void Metrics::expose(Exposition& out) const {
    expose_requests(out);
    expose_times(out);
    out.family("countersign_connections", Exposition::Kind::gauge, "Open client connections.");
    out.sample({}, static_cast<double>(connections()));
    out.family("countersign_accept_pauses_total", Exposition::Kind::counter,
               "Times that a loop stopped accepting for want of descriptors or memory.");
    out.sample({}, static_cast<double>(accept_pauses()));
    out.family("countersign_loop_lag_seconds", Exposition::Kind::gauge, "Longest turn of a loop since its last tick.");
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        out.sample({{"loop", std::to_string(i)}},
                   static_cast<double>(loops_[i]->lag_us.load(std::memory_order_relaxed)) / 1e6);
    }
}

}    // namespace countersign::http

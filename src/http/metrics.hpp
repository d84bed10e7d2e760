// Counters of one listener: requests by endpoint and status, and how long they took. One writer a loop, relaxed
// atomics; summed only when somebody asks.
#pragma once

#include "http/exposition.hpp"
#include "http/router.hpp"

namespace countersign::http {

class Metrics {
  public:
    Metrics(const Router& router, std::size_t loops);

    void count(std::size_t loop, const Endpoint* row, int status, std::chrono::microseconds took);
    void connection_opened(std::size_t loop);
    void connection_closed(std::size_t loop);
    void lag(std::size_t loop, std::chrono::microseconds longest_turn);
    std::int64_t connections() const;
    void accepting_paused(std::size_t loop);
    std::uint64_t accept_pauses() const;

    /// Adds all of it.
    void expose(Exposition& out) const;

  private:
    static constexpr std::array<std::int64_t, 9> bounds_us{50, 100, 250, 500, 1'000, 5'000, 25'000, 100'000, 1'000'000};
    static constexpr std::array<int, 18> statuses{200, 204, 302, 304, 400, 401, 403, 404, 405,
                                                  408, 413, 415, 421, 422, 429, 431, 500, 503};
    struct Endpoints {
        std::array<std::atomic<std::uint64_t>, statuses.size() + 1> by_status{};
        std::array<std::atomic<std::uint64_t>, bounds_us.size() + 1> by_time{};
        std::atomic<std::uint64_t> total_us{0};
    };
    struct Loop {
        explicit Loop(std::size_t rows) : endpoints(rows + 1) {}    // the last one: unrouted
        std::vector<Endpoints> endpoints;
        std::atomic<std::int64_t> connections{0};
        std::atomic<std::int64_t> lag_us{0};
        std::atomic<std::uint64_t> accept_pauses{0};
    };
    std::uint64_t sum(std::size_t row, const std::function<std::uint64_t(const Endpoints&)>& of) const;
    void expose_requests(Exposition& out) const;
    void expose_times(Exposition& out) const;
    std::string name_of(std::size_t row) const;
    std::string_view method_of(std::size_t row) const;
    const Router* router_;
    std::vector<std::unique_ptr<Loop>> loops_;
};

}    // namespace countersign::http

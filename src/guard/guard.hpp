// The rules that stand in front of every endpoint, read from its row: Origin and CSRF, redirect targets, CORS, and the
// record of every refusal.
#pragma once

#include <atomic>

#include "base/log.hpp"
#include "guard/client_address.hpp"
#include "guard/hosts.hpp"
#include "guard/origins.hpp"
#include "guard/request_limit.hpp"
#include "guard/shared_counts.hpp"
#include "guard/trace.hpp"
#include "http/gates.hpp"

namespace countersign::guard {

struct GuardOptions {
    Profile profile = Profile::native;
    std::vector<std::string> cors_origins;      // empty: CORS is off
    std::vector<std::string> disabled_paths;    // relative to the base path
    std::string base_path;
    Hosts hosts{};               // nothing: every request is misdirected
    std::string probe_path{};    // answered whatever Host says: health checks ask by address
    AddressOptions addresses{};
    RequestLimitOptions limit{};
};

class Guard final : public http::RequestGate {
  public:
    Guard(GuardOptions options, TrustedOrigins trusted, DecisionTrace& trace, Logger& log)
        : options_{std::move(options)},
          addresses_{options_.addresses},
          limit_{options_.limit},
          trusted_{std::move(trusted)},
          trace_{&trace},
          log_{&log} {}

    /// Requests are counted there from now on, before anything is served. Without: in memory.
    void count_in(RequestCounts& counts) { shared_ = &counts; }
    const RequestLimit& limit() const { return limit_; }
    /// How many requests were counted in memory since the shared counts could not be asked.
    std::uint64_t counted_alone() const { return counted_alone_.load(std::memory_order_relaxed); }

    Result<http::Arrival> arrive(http::Exchange& x) override;
    Result<void> count(http::Exchange& x) override;
    Result<void> admit(http::Exchange& x) override;
    Result<void> redirects(http::Exchange& x) override;
    std::optional<http::Response> preflight(const http::Exchange& x, std::span<const http::Method> methods) override;
    void decorate(const http::Exchange& x, http::Response& answer) override;
    void refused(const http::Exchange& x, const AuthError& why) override;
    void went_on(const http::Exchange& x, const AuthError& why) override;
    void incomplete(const http::Exchange& x, const AuthError& why) override;

  private:
    void record(const http::Exchange& x, const AuthError& why, Outcome outcome);
    std::optional<Counted> counted(const http::Exchange& x) const;
    Result<http::Arrival> check_limit(http::Exchange& x);
    Result<void> check_host(const http::RequestView& request) const;
    Result<void> check_origin(const http::RequestView& request) const;
    Result<void> check_form(const http::RequestView& request) const;
    Result<void> check_target(std::string_view target, Public face) const;
    bool cors_allows(std::string_view origin) const;

    GuardOptions options_;
    ClientAddresses addresses_;
    RequestLimit limit_;
    RequestCounts* shared_ = nullptr;
    std::atomic<std::uint64_t> counted_alone_{0};
    TrustedOrigins trusted_;
    DecisionTrace* trace_;
    Logger* log_;
};

}    // namespace countersign::guard

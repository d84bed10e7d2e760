// Fetch on libcurl, and the guard that stands before it (KEY-02, INP-09): no redirects, no proxy, no cookies, http and
// https only, certificates always checked, bounds on size and time, and one look-up of the name whose addresses are
// checked and then the only ones connected to.
#pragma once

#include <memory>
#include <string>

#include "base/fetch.hpp"
#include "http/fetch/resolver.hpp"

namespace countersign::http {

inline constexpr std::size_t max_answer_header = 32 * 1024;    // all lines together, also of interim answers
inline constexpr Seconds max_fetch_time{60};

class CurlFetch final : public Fetch {
  public:
    /// The resolver must outlive it. `ca_file` is PEM; empty: the system's certificates.
    explicit CurlFetch(Resolver& resolver, std::string ca_file = {});

    /// Errors: fetch.url_refused for what is asked wrongly; fetch.address_refused; fetch.redirect; fetch.too_large;
    /// fetch.timeout; fetch.tls_untrusted; fetch.failed for all that goes wrong on the way.
    Result<FetchResponse> fetch(const FetchRequest& ask) override;

  private:
    Result<std::vector<IpAddress>> addresses_of(const std::string& host, const FetchRequest& ask, Milliseconds time);
    Resolver* resolver_;
    std::string ca_file_;
};

/// What may be connected to for a URL of this source: anything public, and what the operator named beside; plain http
/// only loopback, or with a reason. Errors: fetch.address_refused.
Result<void> check_address(const IpAddress& address, const FetchRequest& ask);

}    // namespace countersign::http

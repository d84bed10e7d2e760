// From a name to its addresses, within a time.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "http/fetch/addresses.hpp"

namespace countersign::http {

class Resolver {
  public:
    virtual ~Resolver() = default;
    /// Called from several threads. Errors: fetch.failed, fetch.timeout.
    virtual Result<std::vector<IpAddress>> resolve(const std::string& host, Milliseconds time) = 0;
};

/// The system's: /etc/hosts, DNS, whatever it is set up to ask. It cannot be interrupted, so a look-up that takes too
/// long goes on alone; there is a bound on how many of those there are. A shared library with this in it has to stay
/// loaded (-z nodelete).
class SystemResolver final : public Resolver {
  public:
    Result<std::vector<IpAddress>> resolve(const std::string& host, Milliseconds time) override;
};

}    // namespace countersign::http

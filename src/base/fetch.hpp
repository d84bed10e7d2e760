// Outbound HTTP as an interface, so that domain code names what it needs and tests bring their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/given.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign {

/// Where a URL came from decides what it may reach (KEY-02, INP-09).
enum class UrlSource : std::uint8_t { operator_configured, data };

/// Why an operator lets a URL be http on a host that is not loopback (KEY-01). Whoever accepts one logs it.
struct PlainHttp {
    Given<std::string> reason;
};

struct FetchRequest {
    std::string method = "GET";
    std::string url;
    UrlSource source = UrlSource::data;
    std::optional<PlainHttp> plain_http;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Seconds timeout{};            // whole exchange
    std::size_t max_bytes = 0;    // of the answer's body
};

struct FetchResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// Called from several threads at once. Redirects are not followed: an answer that is one is an error.
/// Errors: fetch.*.
class Fetch {
  public:
    virtual ~Fetch() = default;
    virtual Result<FetchResponse> fetch(const FetchRequest& ask) = 0;
};

}    // namespace countersign

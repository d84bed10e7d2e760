// Outbound HTTP as an interface, so that domain code names what it needs and tests bring their own.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace countersign {

/// Where a URL came from decides what it may reach (KEY-02, INP-09).
enum class UrlSource : std::uint8_t { operator_configured, data };

struct FetchRequest {
    std::string method = "GET";
    std::string url;
    UrlSource source = UrlSource::data;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Seconds timeout;              // whole exchange
    std::size_t max_bytes = 0;    // of the answer's body
};

struct FetchResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

class Fetch {
  public:
    virtual ~Fetch() = default;
    virtual Result<FetchResponse> fetch(const FetchRequest& ask) = 0;
};

}    // namespace countersign

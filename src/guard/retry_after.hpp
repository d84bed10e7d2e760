// Said twice with a 429: Better Auth's client reads its own header (ENU-12).
#pragma once

#include "http/exchange.hpp"

namespace countersign::guard {

inline void append_retry_after(http::Exchange& x, Seconds wait) {
    const std::string seconds = std::to_string(wait.count());
    x.extra().headers.emplace_back("x-retry-after", seconds);
    x.extra().headers.emplace_back("retry-after", seconds);
}

}    // namespace countersign::guard

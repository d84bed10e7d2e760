// How long an answer may be kept, as its headers say (RFC 9111 §5.2.2).
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace countersign::jose {

struct CacheControl {
    std::optional<Seconds> max_age;
    bool is_kept = true;    // false: no-store or no-cache
};

/// Never fails: what cannot be read says nothing, and of two contradicting values the smaller counts.
CacheControl parse_cache_control(std::string_view text);

}    // namespace countersign::jose

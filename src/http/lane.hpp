// Where a handler runs (DESIGN D3). Each lane but the first has threads and a bounded queue of its own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace countersign::http {

enum class Lane : std::uint8_t {
    inline_,     // on the loop: prepared point reads and nothing that waits
    storage,     // writes and longer reads
    hash,        // password hashes; takes a permit
    outbound,    // other servers
};
inline constexpr std::size_t lane_count = 4;

}    // namespace countersign::http

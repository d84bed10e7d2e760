#pragma once

#include <cstdint>

namespace countersign {
/// DESIGN D13: `native` (the strict rule wins) or `better_auth` (the wire wins).
enum class Profile : std::uint8_t { native, better_auth };
}    // namespace countersign

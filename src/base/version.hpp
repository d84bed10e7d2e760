#pragma once

#include <string_view>

namespace countersign {
/// Of this build, as 0.1.0.
std::string_view version();
}    // namespace countersign

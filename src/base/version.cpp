#include "base/version.hpp"

namespace countersign {
std::string_view version() { return COUNTERSIGN_VERSION; }
}    // namespace countersign

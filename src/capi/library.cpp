#include "base/version.hpp"
#include "capi/call.hpp"

cs_text cs_library_version(void) noexcept { return countersign::capi::to_text(countersign::version()); }
int32_t cs_library_abi(void) noexcept { return CS_ABI; }

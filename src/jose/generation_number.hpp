#pragma once

#include <cstdint>

namespace countersign::jose {

/// A number that no other verifier of this process has, nor had: what verified under one number says nothing under
/// another.
std::uint64_t next_generation_number();

}    // namespace countersign::jose

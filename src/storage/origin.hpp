// Whether the database was made by us or by Better Auth: decided once, at our first migration of it, and kept in a
// table of ours (DESIGN D8: what Better Auth made, it must be able to read again).
#pragma once

#include "storage/storage.hpp"

namespace countersign::storage {

enum class Origin : std::uint8_t { ours, adopted };

/// A database that does not say counts as adopted.
Result<Origin> origin_of(Storage& storage);

}    // namespace countersign::storage

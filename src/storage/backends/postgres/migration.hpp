// The schema in PostgreSQL, made or completed as the migration of Better Auth 1.7.25 makes it.
#pragma once

#include "storage/backends/postgres/connection.hpp"

namespace countersign::storage::postgres {

/// In the transaction of the writer, whose lock lets one process at a time do it. Errors: storage.unavailable, with
/// what is missing or in the way.
Result<void> migrate(Connection& connection, Tx& tx, std::span<const Table* const> tables,
                     const std::vector<Extension>& extensions);

}    // namespace countersign::storage::postgres

// What a migration sees of PostgreSQL, and where it works.
#pragma once

#include "storage/backends/postgres/connection.hpp"
#include "storage/migration.hpp"

namespace countersign::storage::postgres {

/// Whoever writes holds this lock of the database, so that one writer at a time has it, over all processes (ADR 26): a
/// number of ours, "csigner".
inline constexpr const char* writer_lock = "SELECT pg_advisory_xact_lock(27992919238403442)";

/// On a connection that is in a transaction, or needs none.
Result<Found> structure(Connection& connection, const Wanted& wanted);
/// Exact up to 100,000 rows; then as the server estimates.
Result<RowCount> count_rows(Connection& connection, const Table& table);
Result<std::int64_t> count_repeated(Connection& connection, const Table& table, const Column& column);
Result<void> run_step(Connection& connection, const std::string& sql);

/// The writer of a server, in its transaction.
class WriterBench final : public Workbench {
  public:
    explicit WriterBench(Connection& connection) : connection_{&connection} {}
    Result<Found> structure(const Wanted& wanted) override { return postgres::structure(*connection_, wanted); }
    Result<RowCount> count_rows(const Table& table) override { return postgres::count_rows(*connection_, table); }
    Result<std::int64_t> count_repeated(const Table& table, const Column& column) override {
        return postgres::count_repeated(*connection_, table, column);
    }
    Result<void> run(const std::string& sql) override { return run_step(*connection_, sql); }

  private:
    Connection* connection_;
};

}    // namespace countersign::storage::postgres

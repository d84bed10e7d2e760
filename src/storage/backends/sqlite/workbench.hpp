// What a migration sees of an SQLite file, and where it works.
#pragma once

#include "storage/backends/sqlite/connection.hpp"
#include "storage/migration.hpp"

namespace countersign::storage::sqlite {

/// On a connection; the writer of a server is in its transaction.
class Bench final : public Workbench {
  public:
    explicit Bench(Connection& connection) : connection_{&connection} {}
    Result<Found> structure(const Wanted& wanted) override;
    Result<RowCount> count_rows(const Table& table) override;
    Result<std::int64_t> count_repeated(const Table& table, const Column& column) override;
    Result<void> run(const std::string& sql) override { return connection_->run(sql); }

  private:
    Result<void> find_table(const Table& table, Found& found);
    Result<void> find_columns(FoundTable& there);
    Result<void> find_indexes(FoundTable& there);
    Result<void> find_row_key(FoundTable& there);
    Result<void> find_names(const Wanted& wanted, Found& found);
    Result<void> find_versions(Found& found);
    Connection* connection_;
};

/// Made by us with 0600 before SQLite sees it; its WAL and SHM files take the same mode.
Result<void> ensure_private_file(const std::string& path);

}    // namespace countersign::storage::sqlite

// Looks at a database, plans, and runs what is planned. Backends supply the place to do it at; what happens in which
// order is said here once, for the start of a server and for `countersign migrate`.
#pragma once

#include <functional>

#include "base/result.hpp"
#include "storage/plan.hpp"
#include "storage/storage.hpp"

namespace countersign::storage {

/// One connection, for a migration. Errors of all: storage.unavailable.
class Workbench {
  public:
    virtual ~Workbench() = default;
    /// All of it but the numbers.
    virtual Result<Found> structure(const Wanted& wanted) = 0;
    /// Exact up to a bound of the backend.
    virtual Result<RowCount> count_rows(const Table& table) = 0;
    /// Rows whose value in this column another row has too.
    virtual Result<std::int64_t> count_repeated(const Table& table, const Column& column) = 0;
    virtual Result<void> run(const std::string& sql) = 0;
};

/// A workbench of its own, beside servers that may be running.
class Site : public Workbench {
  public:
    /// Waits until no other migration is at work. Errors: storage.unavailable, after `patience`.
    virtual Result<void> enter(Milliseconds patience) = 0;
    virtual void leave() = 0;
    enum class Mode : std::uint8_t { reads, writes };
    virtual Result<void> begin(Mode mode) = 0;
    virtual Result<void> commit() = 0;
    virtual void roll_back() = 0;
    /// Why a step cannot run outside of a transaction here; empty: it can.
    virtual std::string objection_to_steps_alone() const = 0;
};

/// What is said of each step while they run.
struct Progress {
    const Step* step;
    std::size_t number, of;    // from 1
    enum class Now : std::uint8_t { begins, done, left_out } now;
    Milliseconds took{0};
};
using Watch = std::function<void(const Progress&)>;

/// In the transaction that the caller has begun.
Result<Plan> look(Workbench& bench, const Wanted& wanted);
/// For the start of a server, in its transaction. Answers what was left for `countersign migrate`: indexes of tables
/// that have rows. Errors: storage.unavailable, with the first of the things in the way.
Result<std::vector<Step>> complete(Workbench& bench, const Wanted& wanted);

/// Reads only.
Result<Plan> plan(Site& site, const Wanted& wanted);
/// Runs what can be in a transaction, and takes it back.
Result<Plan> rehearse(Site& site, const Wanted& wanted, const Watch& watch);
/// Whoever is killed in it leaves the database as it was, or one whose plan is the rest.
Result<Plan> apply(Site& site, const Wanted& wanted, const Watch& watch);

/// The site that these options name. `use`: a file of SQLite is neither made nor written to by one who only looks, and
/// where there is none a rehearsal takes place in memory.
enum class Use : std::uint8_t { look, rehearse, apply };
Result<std::unique_ptr<Site>> open_sqlite_site(const SqliteOptions& options, Use use);
Result<std::unique_ptr<Site>> open_postgres_site(const PostgresOptions& options);

}    // namespace countersign::storage

// The storage contract: eleven operations over table rows. Backends implement `Driver`; everything else calls `Storage`
// and `Tx`, which take the proof of who asks for every owned statement.
#pragma once

#include <functional>
#include <memory>

#include "base/actor.hpp"
#include "base/result.hpp"
#include "storage/plan.hpp"
#include "storage/statement.hpp"

namespace countersign::storage {

using Values = std::span<const Value>;

/// One open place to run statements: a reader of this thread, or the writer inside a transaction.
class Executor {
  public:
    virtual ~Executor() = default;
    /// Runs one row-returning operation and hands each row to `take`.
    virtual Result<void> query(const Statement& statement, Values values, const std::function<void(Row)>& take) = 0;
    /// Runs an operation without rows; the number of rows touched.
    virtual Result<std::int64_t> execute(const Statement& statement, Values values) = 0;
    /// Tx::next_number; only of a writer.
    virtual Result<std::int64_t> next_number(const Table& table);
};

/// What can be done with rows. Reads outside a transaction go to this thread's reader, writes to the writer.
/// Values: for create one per column; otherwise first those of `set`, then those of `where`, and for an Owned statement
/// the owner is put in front of `where` by the call itself (`where` of the row names it first).
class Rows {
  public:
    explicit Rows(Executor& executor) : executor_{&executor} {}

    Result<void> create(const Unowned& statement, Values row);
    Result<void> create(const Owned& statement, const Actor& who, Values row);    // refuses a row of another owner
    Result<std::optional<Row>> find_one(const Unowned& statement, Values values);
    Result<std::optional<Row>> find_one(const Owned& statement, const Actor& who, Values values);
    Result<std::vector<Row>> find_many(const Unowned& statement, Values values);
    Result<std::vector<Row>> find_many(const Owned& statement, const Actor& who, Values values);
    Result<std::int64_t> count(const Unowned& statement, Values values);
    Result<std::int64_t> count(const Owned& statement, const Actor& who, Values values);
    Result<std::optional<Row>> update(const Unowned& statement, Values set, Values where);
    Result<std::optional<Row>> update(const Owned& statement, const Actor& who, Values set, Values where);
    Result<std::int64_t> update_many(const Unowned& statement, Values set, Values where);
    Result<std::int64_t> update_many(const Owned& statement, const Actor& who, Values set, Values where);
    Result<std::int64_t> remove(const Unowned& statement, Values values);
    Result<std::int64_t> remove(const Owned& statement, const Actor& who, Values values);
    Result<std::int64_t> remove_many(const Unowned& statement, Values values);
    Result<std::int64_t> remove_many(const Owned& statement, const Actor& who, Values values);
    /// DELETE ... RETURNING: at most one caller ever gets the row (INP-12).
    Result<std::optional<Row>> consume_one(const Unowned& statement, Values values);
    Result<std::optional<Row>> consume_one(const Owned& statement, const Actor& who, Values values);
    Result<std::optional<Row>> increment_one(const Unowned& statement, std::int64_t by, Values values);

  protected:
    Executor& executor() { return *executor_; }

  private:
    Executor* executor_;
};

/// What belongs to a transaction and stands outside of the database.
using Deed = std::function<Result<void>()>;

/// The writer inside one transaction. Lives only inside transact.
class Tx : public Rows {
  public:
    using Rows::Rows;
    /// Commits what was done, then refuses with `why` (STYLE §14: a refusal may have to leave a mark).
    [[nodiscard]] std::unexpected<AuthError> refuse(AuthError why) {
        keep_ = true;
        return fail(std::move(why));
    }
    bool keeps_on_refusal() const { return keep_; }
    /// The id of the next row of a table whose ids are numbers. Nobody else gets it, also none who lets the database
    /// count, until this transaction ends; where it commits it is never given again, whether a row has it or not.
    /// Errors: storage.unavailable, storage.corrupt (a table whose ids are none).
    Result<std::int64_t> next_number(const Table& table) { return executor().next_number(table); }
    /// Runs once the commit is durable, on the thread that waits for it and before it hears of it; may wait itself.
    /// All run, in their order; the first error of one is that of transact, and the commit stays.
    void after_commit(Deed deed) { deeds_->follow.push_back(std::move(deed)); }
    /// Runs if nothing of the transaction stays: takes back what was done outside meanwhile, the latest first.
    void after_rollback(Deed undo) { deeds_->undo.push_back(std::move(undo)); }

  private:
    friend class Storage;
    struct Deeds {
        std::vector<Deed> follow, undo;
    };
    bool keep_ = false;
    Deeds* deeds_ = nullptr;    // set before work sees the transaction
};

/// Whether a read may wait for another machine: then it is nothing for an event loop.
enum class Reads : std::uint8_t { at_once, wait };

class Storage {
  public:
    virtual ~Storage() = default;
    virtual Reads reads() const = 0;

    /// Creates or completes the schema from the table rows, before anything else is asked: the plan of `countersign
    /// migrate`, as far as it is quick. Answers what was left to that command. Errors: storage.unavailable, with the
    /// first thing that stands in the way, also that the database belongs to a newer program.
    virtual Result<std::vector<Step>> complete(const Wanted& wanted) = 0;
    Result<void> migrate(std::span<const Table* const> tables, std::vector<Extension> extensions = {});

    /// This thread's reader. Reads see every write that was acknowledged before the read began.
    virtual Rows reader() = 0;
    /// All reads of this thread between these two see one snapshot that is newer than every acknowledged write (commit
    /// number, DESIGN D7), as far as this process acknowledged it. Never held across a wait.
    virtual void begin_reads() = 0;
    virtual void end_reads() = 0;

    /// Where reads may wait: asks for the rows of several find_one at once, each with its values. The same find_one of
    /// this thread finds its row there, once, until forget_ahead(). A help and no promise: what is not there is read.
    virtual void ask_ahead(const Unowned& statement, std::span<const Row> each) = 0;
    virtual void forget_ahead() = 0;

    /// Runs `work` on the writer in a savepoint of its own and returns after COMMIT is durable and what was to follow
    /// it has been done. `work` does no hashing, network or waiting. If COMMIT fails every member of the group gets
    /// storage.unavailable. Not to be nested. There is one writer at a time, over all processes that use this contract:
    /// what `work` reads stays as it is until COMMIT, but for writers beside us (Better Auth), which the single
    /// statements withstand.
    Result<void> transact(const std::function<Result<void>(Tx&)>& work);

    /// Rises before a commit is acknowledged.
    virtual std::uint64_t commit_number() const = 0;

  protected:
    /// transact of a backend, which knows nothing of deeds: an error of `work` takes back what it did.
    virtual Result<void> run_transaction(const std::function<Result<void>(Tx&)>& work) = 0;
};

/// Opens `sqlite:PATH` or `sqlite::memory:`; creates the file readable by its owner only (0600).
struct SqliteOptions {
    std::string path;                                   // ":memory:" for tests
    std::int64_t mmap_bytes = std::int64_t{1} << 31;    // SQLite takes as much of it as it was built for
    int reader_cache_kib = 512;
    Milliseconds busy_wait{5000};      // for the write lock, which another process (Better Auth beside us) may hold
    std::size_t group_limit = 256;     // transactions in one COMMIT
    std::size_t queue_limit = 1024;    // waiting transactions; over it: storage.unavailable
    bool shared_memory = false;        // set by open_sqlite for ":memory:"
};
Result<std::unique_ptr<Storage>> open_sqlite(const SqliteOptions& options);

/// Opens `postgres://...` or `postgresql://...`, with all parameters that libpq knows (sslmode, several hosts...).
struct PostgresOptions {
    std::string url;                      // carries a password: see postgres_place
    Milliseconds statement_wait{5000};    // then the server gives up, and a little later so do we
    Milliseconds lock_wait{5000};
    Milliseconds connect_wait{5000};
    std::size_t readers = 16;        // connections besides the writer's, made when they are needed
    std::size_t group_limit = 32;    // transactions in one COMMIT
    std::size_t queue_limit = 1024;
};
/// Errors: config.invalid (a URL that is none), storage.unavailable (with the mend as what was expected).
Result<std::unique_ptr<Storage>> open_postgres(const PostgresOptions& options);
/// The URL without its password and parameters, for logs. Errors: config.invalid.
Result<std::string> postgres_place(const std::string& url);

}    // namespace countersign::storage

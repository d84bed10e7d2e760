// The PostgreSQL backend: readers from a pool, one writer with group commit that excludes those of other processes
// (docs/adr/0026-postgresql.md).
#include <map>
#include <thread>

#include "base/waiting.hpp"
#include "storage/backends/postgres/pool.hpp"
#include "storage/backends/postgres/workbench.hpp"
#include "storage/group_writer.hpp"

namespace countersign::storage::postgres {
namespace {

constexpr int attempts = 3;    // of one statement that another transaction or a change of the table was in the way of

std::string limits_of(const PostgresOptions& options) {
    const std::string statement = std::to_string(options.statement_wait.count());
    return "SELECT set_config('statement_timeout', '" + statement +
           "', true), set_config('idle_in_transaction_session_timeout', '" + statement +
           "', true), set_config('lock_timeout', '" + std::to_string(options.lock_wait.count()) + "', true)";
}

/// The writer inside a transaction: an error ends its statement and not the transaction, as in SQLite.
class WriteExecutor final : public Executor {
  public:
    explicit WriteExecutor(Connection& connection) : connection_{&connection} {}
    Result<void> query(const Statement& statement, Values values, const std::function<void(Row)>& take) override {
        std::vector<Row> rows;    // handed on when they are final
        CS_CHECK(guarded([&] {
            rows.clear();
            return connection_->query(statement, values, [&](Row row) { rows.push_back(std::move(row)); });
        }));
        for (Row& row : rows) take(std::move(row));
        return {};
    }
    Result<std::int64_t> execute(const Statement& statement, Values values) override {
        std::int64_t touched = 0;
        CS_CHECK(guarded([&]() -> Result<void> {
            CS_TRY(touched, connection_->execute(statement, values));
            return {};
        }));
        return touched;
    }
    Result<std::int64_t> next_number(const Table& table) override {
        std::int64_t number = 0;
        CS_CHECK(guarded([&]() -> Result<void> {
            CS_TRY(number, connection_->next_number(table));
            return {};
        }));
        return number;
    }
    /// What was done since the savepoint is not done.
    void undo(const char* savepoint, const char* roll_back, const char* release) {
        if (connection_->link().take_back(savepoint) == Link::TakenBack::yes) return;
        connection_->link().defer(roll_back);
        connection_->link().defer(release);
    }

  private:
    Result<void> guarded(const std::function<Result<void>()>& work) {
        Result<void> done;
        for (int attempt = 0; attempt < attempts; ++attempt) {
            connection_->link().defer("SAVEPOINT one");
            done = work();
            if (done.ok()) {
                connection_->link().defer("RELEASE SAVEPOINT one");
                return done;
            }
            const Connection::Again again = connection_->again();
            undo("SAVEPOINT one", "ROLLBACK TO SAVEPOINT one", "RELEASE SAVEPOINT one");
            if (again == Connection::Again::no) return done;
        }
        return done;
    }
    Connection* connection_;
};

class Postgres;

/// The reads of one thread: each on a connection of its own, or all on one while it is between begin_reads and
/// end_reads.
class ReadExecutor final : public Executor {
  public:
    explicit ReadExecutor(Postgres& storage) : storage_{&storage} {}
    Result<void> query(const Statement& statement, Values values, const std::function<void(Row)>& take) override;
    Result<std::int64_t> execute(const Statement& statement, Values) override {
        return fail(Code::storage_unavailable, "a write inside transact", statement.id.value);
    }
    void begin() { inside_ = Inside::yes; }
    void end();
    void ask_ahead(const Statement& statement, std::span<const Row> each);
    void forget_ahead() { ahead_.clear(); }

  private:
    struct Ahead {
        const Statement* statement;
        Row values;
        std::vector<Row> rows;
    };
    std::optional<std::vector<Row>> take_ahead(const Statement& statement, Values values);
    Result<void> try_query(const Statement& statement, Values values, const std::function<void(Row)>& take,
                           Connection::Again& again);
    Result<void> freshen();
    enum class Inside : std::uint8_t { no, yes };
    Postgres* storage_;
    Inside inside_ = Inside::no;
    std::optional<Pool::Lease> lease_;    // that has the snapshot
    std::uint64_t snapshot_ = 0;          // commit number when it was asked for
    std::vector<Ahead> ahead_;
};

class Postgres final : public Storage, private GroupWriter::Transaction {
  public:
    Postgres(Target target, const PostgresOptions& options)
        : limits_{limits_of(options)},
          dialler_{std::move(target), options, extensions_},
          pool_{dialler_, options.readers, options.statement_wait},
          group_{{.group = options.group_limit, .queue = options.queue_limit}} {}
    ~Postgres() override { group_.stop(); }
    Postgres(const Postgres&) = delete;
    Postgres& operator=(const Postgres&) = delete;

    Result<void> open() {
        CS_TRY(writer_, dialler_.dial());
        group_.start(*this);
        return {};
    }
    Reads reads() const override { return Reads::wait; }
    Result<std::vector<Step>> complete(const Wanted& wanted) override {
        extensions_ = wanted.extensions;
        pool_.renew();
        std::vector<Step> left;
        CS_CHECK(group_.transact([&](Tx&) -> Result<void> {
            writer_->forget_plans();
            WriterBench bench{*writer_};
            CS_TRY(left, storage::complete(bench, wanted));
            return {};
        }));
        return left;
    }
    Rows reader() override { return Rows{executor()}; }
    void begin_reads() override { executor().begin(); }
    void end_reads() override { executor().end(); }
    void ask_ahead(const Unowned& statement, std::span<const Row> each) override {
        executor().ask_ahead(statement.statement, each);
    }
    void forget_ahead() override { executor().forget_ahead(); }
    Result<void> run_transaction(const std::function<Result<void>(Tx&)>& work) override {
        return group_.transact(work);
    }
    std::uint64_t commit_number() const override { return group_.commit_number(); }
    Pool& pool() { return pool_; }

  private:
    ReadExecutor& executor();
    Result<void> begin() override;
    Result<void> try_begin();
    Result<void> run(const GroupWriter::Work& work) override;
    bool goes_on() const override { return writer_->link().health() == Link::Health::usable; }
    Result<void> commit() override;
    void roll_back() override { writer_.reset(); }    // the server takes back what it was in the middle of

    std::string limits_;                   // of a transaction, where nothing can be said of the session
    std::vector<Extension> extensions_;    // since migrate()
    Dialler dialler_;
    Pool pool_;
    std::unique_ptr<Connection> writer_;    // used by the writer's thread only, and by open() before it starts
    enum class Writes : std::uint8_t { taken, refused } writes_ = Writes::taken;    // in this transaction
    std::mutex readers_lock_;
    std::map<std::thread::id, std::unique_ptr<ReadExecutor>> readers_;
    GroupWriter group_;
};

ReadExecutor& Postgres::executor() {
    const std::scoped_lock held{readers_lock_};
    auto& mine = readers_[std::this_thread::get_id()];
    if (mine == nullptr) mine = std::make_unique<ReadExecutor>(*this);
    return *mine;
}

Result<void> ReadExecutor::freshen() {
    const std::uint64_t newest = storage_->commit_number();
    if (lease_ && snapshot_ == newest && (*lease_)->link().health() == Link::Health::usable) return {};
    end();
    inside_ = Inside::yes;
    CS_TRY(Pool::Lease lease, storage_->pool().borrow());
    lease_.emplace(std::move(lease));
    // Read before the snapshot is taken, which the first statement does: it can only be too old, never too new.
    snapshot_ = newest;
    (*lease_)->link().defer("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    return {};
}

void ReadExecutor::end() {
    inside_ = Inside::no;
    if (!lease_) return;
    // Ending a read transaction changes nothing; a connection that cannot do it is thrown away.
    constexpr const char* begun = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    if ((*lease_)->link().take_back(begun) == Link::TakenBack::no) std::ignore = (*lease_)->run("COMMIT");
    lease_.reset();
}

Result<void> ReadExecutor::try_query(const Statement& statement, Values values, const std::function<void(Row)>& take,
                                     Connection::Again& again) {
    std::vector<Row> rows;
    const auto collect = [&rows](Row row) { rows.push_back(std::move(row)); };
    std::optional<Pool::Lease> own;
    if (inside_ == Inside::yes) {
        CS_CHECK(freshen());
    } else {
        CS_TRY(Pool::Lease lease, storage_->pool().borrow());
        own.emplace(std::move(lease));
    }
    Connection& connection = own ? **own : **lease_;
    const Result<void> done = connection.query(statement, values, collect);
    const bool is_lost = connection.link().health() == Link::Health::lost;
    again = is_lost ? Connection::Again::yes : connection.again();
    if (!done.ok() && inside_ == Inside::yes) {    // a transaction with an error in it answers nothing any more
        end();
        inside_ = Inside::yes;
    }
    if (!done.ok()) return done;
    for (Row& row : rows) take(std::move(row));
    return {};
}

void ReadExecutor::ask_ahead(const Statement& statement, std::span<const Row> each) {
    ahead_.clear();
    if (NoWaiting::here() == NoWaiting::Thread::must_not) return;
    const Result<Pool::Lease> lease = storage_->pool().borrow();
    if (!lease.ok()) return;
    auto found = (*lease)->query_each(statement, each);
    if (!found.ok()) return;    // each will be asked for by itself, and say why not
    for (std::size_t i = 0; i < each.size(); ++i) {
        if ((*found)[i]) ahead_.push_back({&statement, each[i], *std::move((*found)[i])});
    }
}

std::optional<std::vector<Row>> ReadExecutor::take_ahead(const Statement& statement, Values values) {
    const auto found = std::ranges::find_if(ahead_, [&](const Ahead& one) {
        return one.statement == &statement && std::ranges::equal(one.values, values);
    });
    if (found == ahead_.end()) return std::nullopt;
    std::vector<Row> rows = std::move(found->rows);
    ahead_.erase(found);
    return rows;
}

/// A read may be asked twice: of a connection that turns out to have ended, it is.
Result<void> ReadExecutor::query(const Statement& statement, Values values, const std::function<void(Row)>& take) {
    if (NoWaiting::here() == NoWaiting::Thread::must_not)
        return fail(Code::internal_fault, "a thread that may wait", statement.id.value);
    if (auto rows = take_ahead(statement, values)) {
        for (Row& row : *rows) take(std::move(row));
        return {};
    }
    Connection::Again again = Connection::Again::no;
    Result<void> done = try_query(statement, values, take, again);
    if (done.ok() || again == Connection::Again::no) return done;
    return try_query(statement, values, take, again);
}

Result<void> Postgres::try_begin() {
    if (writer_ == nullptr) {
        CS_TRY(writer_, dialler_.dial());
    }
    Link& link = writer_->link();
    link.defer("BEGIN ISOLATION LEVEL READ COMMITTED");
    if (link.pooler() == Link::Pooler::between) link.defer(limits_.c_str());
    CS_TRY([[maybe_unused]] const auto held, link.send({.text = writer_lock}));
    return {};
}

Result<void> Postgres::begin() {
    const bool stands = writer_ != nullptr;
    Result<void> begun = try_begin();
    if (begun.ok() || !stands || writer_->link().health() == Link::Health::usable) return begun;
    writer_.reset();    // the connection ended while nobody looked: nothing has been done yet
    return try_begin();
}

Result<void> Postgres::run(const GroupWriter::Work& work) {
    Link& link = writer_->link();
    link.defer("SAVEPOINT job");
    WriteExecutor executor{*writer_};
    Tx tx{executor};
    const Result<void> done = answer_of(work, tx);
    constexpr std::string_view read_only = "25006";
    if (link.state() == read_only) writes_ = Writes::refused;
    if (!done.ok()) {
        executor.undo("SAVEPOINT job", "ROLLBACK TO SAVEPOINT job", "RELEASE SAVEPOINT job");
    } else {
        link.defer("RELEASE SAVEPOINT job");
    }
    return done;
}

Result<void> Postgres::commit() {
    CS_TRY(const auto answers, writer_->link().send({.text = "COMMIT"}));
    // A transaction with an error in it is taken back by COMMIT, and that is no error.
    const std::string_view said = PQcmdStatus(answers.front().get());
    if (said != "COMMIT") return fail(Code::storage_unavailable, "COMMIT", said);
    // Another server may be the one that takes writes by now: the next transaction asks.
    if (std::exchange(writes_, Writes::taken) == Writes::refused) writer_.reset();
    return {};
}

}    // namespace
}    // namespace countersign::storage::postgres

namespace countersign::storage {

Result<std::unique_ptr<Storage>> open_postgres(const PostgresOptions& options) {
    CS_TRY(postgres::Target target, postgres::Target::read(options));
    auto made = std::make_unique<postgres::Postgres>(std::move(target), options);
    CS_CHECK(made->open());
    return std::unique_ptr<Storage>{std::move(made)};
}

Result<std::string> postgres_place(const std::string& url) {
    CS_TRY(const postgres::Target target, postgres::Target::read({.url = url}));
    return target.shown();
}

}    // namespace countersign::storage

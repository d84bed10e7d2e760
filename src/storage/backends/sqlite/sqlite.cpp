// The SQLite backend: a reader per thread, one writer thread with group commit (DESIGN D7).
#include <fcntl.h>
#include <unistd.h>

#include <map>

#include "storage/backends/sqlite/workbench.hpp"
#include "storage/group_writer.hpp"

namespace countersign::storage::sqlite {
namespace {

/// The read transaction of one thread's reader, if one is open.
struct Reader {
    std::unique_ptr<Connection> connection;
    enum class State : std::uint8_t { outside, inside_closed, inside_open };
    State state = State::outside;
    std::uint64_t snapshot = 0;    // commit number when the read transaction was opened
};

class Sqlite;

/// Forwards reads, and reopens a snapshot that is older than the newest acknowledged commit.
class ReadExecutor final : public Executor {
  public:
    ReadExecutor(Sqlite& storage, Reader& reader) : storage_{&storage}, reader_{&reader} {}
    Result<void> query(const Statement& statement, Values values, const std::function<void(Row)>& take) override;
    Result<std::int64_t> execute(const Statement& statement, Values) override {
        return fail(Code::storage_unavailable, "a write inside transact", statement.id.value);
    }

  private:
    Result<void> freshen();
    Sqlite* storage_;
    Reader* reader_;
};

class Sqlite final : public Storage, private GroupWriter::Transaction {
  public:
    explicit Sqlite(SqliteOptions options)
        : options_{std::move(options)},
          group_{{.group = options_.group_limit, .queue = options_.queue_limit}} {}
    ~Sqlite() override { group_.stop(); }
    Sqlite(const Sqlite&) = delete;
    Sqlite& operator=(const Sqlite&) = delete;

    Result<void> open() {
        CS_TRY(writer_, Connection::open(options_, extensions_));
        group_.start(*this);
        return {};
    }

    Reads reads() const override { return Reads::at_once; }
    Result<std::vector<Step>> complete(const Wanted& wanted) override;
    Rows reader() override { return Rows{executor()}; }
    void begin_reads() override;
    void ask_ahead(const Unowned&, std::span<const Row>) override {}    // to ask is to read
    void forget_ahead() override {}
    void end_reads() override;
    Result<void> run_transaction(const std::function<Result<void>(Tx&)>& work) override {
        return group_.transact(work);
    }
    std::uint64_t commit_number() const override { return group_.commit_number(); }

  private:
    struct ThreadReader {
        Reader reader;
        std::unique_ptr<ReadExecutor> executor;
    };
    ThreadReader& thread_reader();
    Executor& executor() { return *thread_reader().executor; }
    Result<void> begin() override;
    Result<void> run(const GroupWriter::Work& work) override;
    /// Not after SQLite took the transaction back: what follows would commit by itself and be answered as failed.
    bool goes_on() const override { return writer_->is_in_transaction(); }
    Result<void> commit() override { return writer_->run("COMMIT"); }
    void roll_back() override { std::ignore = writer_->run("ROLLBACK"); }    // fails if there is nothing, which is fine

    SqliteOptions options_;
    std::vector<Extension> extensions_;     // since migrate()
    std::unique_ptr<Connection> writer_;    // used by the writer thread only, and by open() before it starts
    std::mutex readers_lock_;
    std::map<std::thread::id, std::unique_ptr<ThreadReader>> readers_;
    GroupWriter group_;
};

Result<void> ReadExecutor::freshen() {
    if (reader_->connection == nullptr) return fail(Code::storage_unavailable, "a reader");
    if (reader_->state == Reader::State::outside) return {};    // SQLite's own transaction for each statement
    const std::uint64_t newest = storage_->commit_number();
    if (reader_->state == Reader::State::inside_open && reader_->snapshot == newest) return {};
    if (reader_->state == Reader::State::inside_open) CS_CHECK(reader_->connection->run("COMMIT"));
    reader_->state = Reader::State::inside_closed;
    CS_CHECK(reader_->connection->run("BEGIN"));
    reader_->state = Reader::State::inside_open;
    // Read before the snapshot is taken (which the first SELECT does): it can only be too old, never too new.
    reader_->snapshot = newest;
    return {};
}

Result<void> ReadExecutor::query(const Statement& statement, Values values, const std::function<void(Row)>& take) {
    CS_CHECK(freshen());
    return reader_->connection->query(statement, values, take);
}

Sqlite::ThreadReader& Sqlite::thread_reader() {
    const std::scoped_lock held{readers_lock_};
    auto& mine = readers_[std::this_thread::get_id()];
    if (mine == nullptr) {
        mine = std::make_unique<ThreadReader>();
        mine->executor = std::make_unique<ReadExecutor>(*this, mine->reader);
    }
    if (mine->reader.connection == nullptr) {
        // Without a connection a read answers storage.unavailable, and the next one tries again.
        if (auto opened = Connection::open(options_, extensions_); opened.ok())
            mine->reader.connection = *std::move(opened);
    }
    return *mine;
}

void Sqlite::begin_reads() {
    // The in-memory file system of SQLite has no snapshots beside a writer: there each read stands alone.
    if (options_.shared_memory) return;
    Reader& reader = thread_reader().reader;
    if (reader.state == Reader::State::outside) reader.state = Reader::State::inside_closed;
}

void Sqlite::end_reads() {
    Reader& reader = thread_reader().reader;
    // Ending a read transaction changes nothing; if it fails the next BEGIN says so.
    if (reader.state == Reader::State::inside_open) std::ignore = reader.connection->run("COMMIT");
    reader.state = Reader::State::outside;
}

Result<void> Sqlite::begin() {
    CS_CHECK(writer_->check_in_place());
    return writer_->run("BEGIN IMMEDIATE");
}

Result<void> Sqlite::run(const GroupWriter::Work& work) {
    CS_CHECK(writer_->run("SAVEPOINT job"));
    Tx tx{*writer_};
    const Result<void> done = answer_of(work, tx);
    if (!done.ok()) CS_CHECK(writer_->run("ROLLBACK TO job"));
    CS_CHECK(writer_->run("RELEASE job"));
    return done;
}

Result<std::vector<Step>> Sqlite::complete(const Wanted& wanted) {
    extensions_ = wanted.extensions;
    std::vector<Step> left;
    // One transaction: whoever is killed in it has neither tables nor an origin, and begins again.
    CS_CHECK(transact([&](Tx&) -> Result<void> {
        Bench bench{*writer_};
        CS_TRY(left, storage::complete(bench, wanted));
        return {};
    }));
    return left;
}

}    // namespace

Result<void> ensure_private_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) return fail(Code::storage_unavailable, "a file that can be written", path);
    ::close(descriptor);
    return {};
}

}    // namespace countersign::storage::sqlite

namespace countersign::storage {

Result<std::unique_ptr<Storage>> open_sqlite(const SqliteOptions& options) {
    // SQLite would count its memory under one lock for all threads, and nobody asks for the sum. Refused, and harmless,
    // if SQLite was used before.
    [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    SqliteOptions effective = options;
    if (options.path == ":memory:") {
        // One database for all connections of this instance, gone with the last of them.
        static std::atomic<unsigned> next{0};
        effective.path =
            "file:/countersign-" + std::to_string(::getpid()) + "-" + std::to_string(next++) + "?vfs=memdb";
        effective.mmap_bytes = 0;
        effective.shared_memory = true;
    } else {
        CS_CHECK(sqlite::ensure_private_file(options.path));
    }
    auto made = std::make_unique<sqlite::Sqlite>(effective);
    CS_CHECK(made->open());
    return std::unique_ptr<Storage>{std::move(made)};
}

}    // namespace countersign::storage

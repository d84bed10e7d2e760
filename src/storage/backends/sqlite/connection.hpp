// One SQLite connection: opened with our settings, statements prepared once, cells converted by column type.
#pragma once

#include <sqlite3.h>

#include <unordered_map>

#include "storage/backends/sqlite/kept_mapping.hpp"
#include "storage/sql.hpp"
#include "storage/storage.hpp"

namespace countersign::storage::sqlite {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* handle) const {
        Free(handle);
    }
};
using DatabasePtr = std::unique_ptr<sqlite3, Freed<sqlite3_close>>;
using PreparedPtr = std::unique_ptr<sqlite3_stmt, Freed<sqlite3_finalize>>;

/// How a cell stands in the file: as its type says, or, of an id that is a text of ours, as the number that it is.
enum class Stored : std::uint8_t { as_its_type, as_number };

class Connection final : public Executor {
  public:
    /// `extensions` outlive the connection and are complete before its first statement.
    static Result<std::unique_ptr<Connection>> open(const SqliteOptions& options,
                                                    const std::vector<Extension>& extensions);

    /// The same, of a file that nobody changes through it.
    static Result<std::unique_ptr<Connection>> open_to_read(const SqliteOptions& options,
                                                            const std::vector<Extension>& extensions);

    Result<void> query(const Statement& statement, Values values, const std::function<void(Row)>& take) override;
    Result<std::int64_t> execute(const Statement& statement, Values values) override;
    Result<std::int64_t> next_number(const Table& table) override;
    /// Literal text without parameters: transaction control, pragmas, schema.
    Result<void> run(const std::string& text);
    /// The rows of literal text: what the catalogue says.
    Result<std::vector<Row>> rows_of(const std::string& text, std::span<const Type> types);
    /// False also after SQLite itself has rolled back (disk full, out of memory, RAISE(ROLLBACK)).
    bool is_in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }
    /// Whether the file that was opened is still the one at its path: what is written to a deleted file is lost.
    Result<void> check_in_place() const;

  private:
    Connection(DatabasePtr database, const std::vector<Extension>& extensions)
        : database_{std::move(database)},
          extensions_{&extensions} {}
    /// A value that is the number of a row; one that is none equals nothing, and cannot be written.
    struct NumberAt {
        std::size_t at;
        enum class Use : std::uint8_t { asked_for, written } use;
    };
    /// A statement with the values that are bound behind those of the caller, and the types of its cells.
    struct Prepared {
        PreparedPtr handle;
        std::vector<Value> historic;
        std::vector<Type> types;
        std::vector<Stored> cells;        // in the order of the types
        std::vector<NumberAt> numbers;    // among the values
    };
    Result<const Prepared*> prepared(const Statement& statement);
    Result<Prepared> prepare_row(const Statement& statement);
    Result<Stored> stored_form(const Table& table, const Column& column);
    Result<void> find_numbers(const Statement& statement, const Schema& schema, Prepared& made);
    Result<void> bind_numbers(const Prepared& prepared, Values values) const;
    Result<void> bind_all(const Prepared& prepared, Values values) const;
    Result<void> use_wal(Milliseconds most);
    Result<PreparedPtr> prepare(const std::string& text);
    std::unexpected<AuthError> failure(int code) const;

    KeptMapping mapping_;    // in front of the database, which uses it until it is closed
    DatabasePtr database_;
    const std::vector<Extension>* extensions_;
    // Behind the database, so that they are finalised before it closes.
    std::unordered_map<const Statement*, Prepared> prepared_;
    std::unordered_map<const Table*, PreparedPtr> counters_;
};

}    // namespace countersign::storage::sqlite

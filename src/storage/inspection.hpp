// A database as somebody else left it: looked at, never written. Everything is text, since nothing may be taken for
// granted about its form; what a statement of ours would make of it is for the caller to say.
#pragma once

#include <functional>
#include <memory>

#include "base/result.hpp"
#include "storage/table.hpp"

namespace countersign::storage {

struct ForeignColumn {
    std::string name;
    std::string type;    // as the database has it, in small letters: "text", "timestamp with time zone"
    /// What whoever writes a row and does not know the column has to give.
    enum class Demands : std::uint8_t { nothing, a_value } demands = Demands::nothing;
};

struct ForeignTable {
    std::string name;
    std::vector<ForeignColumn> columns;

    /// Null if there is none.
    const ForeignColumn* find(std::string_view column) const;
};

/// One row of an answer. NULL is the empty text.
using Cells = std::vector<std::string>;
using TakeCells = std::function<void(const Cells&)>;

/// All that is asked of one inspection is answered from one snapshot, read-only by the engine's own word.
class Inspection {
  public:
    virtual ~Inspection() = default;
    virtual Engine engine() const = 0;
    /// Rows of a literal text, one after the other. Errors: storage.unavailable.
    virtual Result<void> each(const std::string& text, const TakeCells& take) = 0;

    /// The tables that a statement would find, in the order of their names.
    Result<std::vector<ForeignTable>> tables();
    Result<std::int64_t> count(std::string_view table);
    /// Rows that our reader would call storage.corrupt for this column: SQLite alone lets a column hold anything.
    Result<std::int64_t> count_malformed(const Table& table, const Column& column);

    /// `provider, password` of every account.
    Result<void> each_password(const TakeCells& take);
    /// `provider, accounts, users who have no account besides it`.
    Result<void> each_provider(const TakeCells& take);
    Result<std::int64_t> count_live_sessions(Instant now);
    struct Emails {
        std::int64_t with_capitals = 0;    // their owners are never found: what is typed is looked up in small letters
        std::int64_t shared = 0;           // that differ from another one by capitals only
    };
    Result<Emails> emails();
    /// Identifiers of the verification values, the newest at first.
    Result<void> each_identifier(std::size_t most, const TakeCells& take);
    /// `id, publicKey, privateKey, alg, crv`; the last two empty where the table has no such columns.
    Result<void> each_key(const ForeignTable& jwks, const TakeCells& take);
    /// An id of numbers that nobody can take and then write, as Better Auth lets the database do it; `mend` is what to
    /// run. None in SQLite, which counts whatever it has.
    struct UncountedId {
        std::string_view table, what;
        std::string mend;
    };
    Result<void> each_uncounted_id(std::span<const Table* const> tables,
                                   const std::function<void(const UncountedId&)>& take);
    /// Ids of users, some of them.
    Result<void> some_user_ids(std::size_t most, const TakeCells& take);

  private:
    Result<std::int64_t> number_of(const std::string& text);
};

/// Opens a file that is there. Errors: storage.unavailable.
Result<std::unique_ptr<Inspection>> inspect_sqlite(const std::string& path);
/// `url` as for open_postgres. Errors: config.invalid, storage.unavailable (with the mend as what was expected).
Result<std::unique_ptr<Inspection>> inspect_postgres(const std::string& url);

}    // namespace countersign::storage

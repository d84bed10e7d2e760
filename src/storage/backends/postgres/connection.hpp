// Statements over one connection: prepared when they are first needed, values and cells converted by the types that the
// database has.
#pragma once

#include <unordered_map>

#include "storage/backends/postgres/link.hpp"

namespace countersign::storage::postgres {

class Connection final : public Executor {
  public:
    /// `extensions` outlive the connection and are complete before its first statement.
    Connection(std::unique_ptr<Link> link, const std::vector<Extension>& extensions)
        : link_{std::move(link)},
          extensions_{&extensions} {}

    Result<void> query(const Statement& statement, Values values, const std::function<void(Row)>& take) override;
    Result<std::int64_t> execute(const Statement& statement, Values values) override;
    Result<std::int64_t> next_number(const Table& table) override;
    /// The rows of one statement for several lists of values, asked in one burst. Those that cannot be asked this way
    /// are absent. Errors: as query().
    Result<std::vector<std::optional<std::vector<Row>>>> query_each(const Statement& statement,
                                                                    std::span<const Row> each);
    /// Literal text without parameters.
    Result<void> run(const std::string& text);
    /// All cells of a literal text, which are texts.
    Result<std::vector<std::vector<std::string>>> texts_of(const std::string& text);

    Link& link() { return *link_; }
    /// Whether the statement that failed just now may be tried again outside a transaction or behind a savepoint: its
    /// plan is no longer that of the table, or another transaction was in its way.
    enum class Again : std::uint8_t { no, yes };
    Again again() const;
    /// Statements are prepared anew: what they were planned for has changed.
    void forget_plans() { prepared_.clear(); }

  private:
    struct Prepared {
        std::string text;    // for those without a name
        std::string name;    // empty: a pooler is between us and the server
        std::vector<Value> historic;
        std::vector<Oid> parameters;
        std::vector<Type> types;
    };
    Result<const Prepared*> prepared(const Statement& statement);
    Result<Prepared> prepare(const Statement& statement);
    Result<std::vector<std::string_view>> historic_of(const Statement& statement);
    /// Absent: no row can match these values.
    Result<std::optional<ResultPtr>> answer_of(const Statement& statement, Values values);
    static Result<void> read_rows(const PGresult* answer, std::span<const Type> types,
                                  const std::function<void(Row)>& take);

    std::unique_ptr<Link> link_;
    const std::vector<Extension>* extensions_;
    std::unordered_map<const Statement*, Prepared> prepared_;
    std::size_t named_ = 0;
};

}    // namespace countersign::storage::postgres

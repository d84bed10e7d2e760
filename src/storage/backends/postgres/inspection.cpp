#include "storage/inspection.hpp"

#include "storage/backends/postgres/connection.hpp"

namespace countersign::storage {
namespace postgres {
namespace {

constexpr Milliseconds longest_look{60'000};    // every account is read once

class PostgresInspection final : public Inspection {
  public:
    explicit PostgresInspection(std::unique_ptr<Link> link) : connection_{std::move(link), none_} {}
    Engine engine() const override { return Engine::postgres; }

    Result<void> begin() { return connection_.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); }

    /// By a cursor, so that no more than a part of the rows is in memory.
    Result<void> each(const std::string& text, const TakeCells& take) override {
        CS_CHECK(connection_.run("DECLARE look NO SCROLL CURSOR FOR " + text));
        while (true) {
            CS_TRY(const auto rows, connection_.texts_of("FETCH FORWARD 5000 FROM look"));
            if (rows.empty()) return connection_.run("CLOSE look");
            for (const Cells& row : rows) take(row);
        }
    }

  private:
    std::vector<Extension> none_;
    Connection connection_;
};

}    // namespace
}    // namespace postgres

Result<std::unique_ptr<Inspection>> inspect_postgres(const std::string& url) {
    const PostgresOptions options{.url = url, .statement_wait = postgres::longest_look};
    CS_TRY(const postgres::Target target, postgres::Target::read(options));
    CS_TRY(std::unique_ptr<postgres::Link> link, postgres::Link::open(target, options));
    auto made = std::make_unique<postgres::PostgresInspection>(std::move(link));
    CS_CHECK(made->begin());
    return std::unique_ptr<Inspection>{std::move(made)};
}

}    // namespace countersign::storage

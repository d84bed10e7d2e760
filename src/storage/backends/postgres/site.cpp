// Where `countersign migrate` works: a connection without limits of time for what it builds, and with one for the
// locks that it waits for, since everybody else waits behind it.
#include <thread>

#include "storage/backends/postgres/workbench.hpp"

namespace countersign::storage::postgres {
namespace {

constexpr Milliseconds longest_build{86'400'000};    // one day

class PostgresSite final : public Site {
  public:
    explicit PostgresSite(std::unique_ptr<Link> link) : connection_{std::move(link), none_} {}

    Result<Found> structure(const Wanted& wanted) override { return postgres::structure(connection_, wanted); }
    Result<RowCount> count_rows(const Table& table) override { return postgres::count_rows(connection_, table); }
    Result<std::int64_t> count_repeated(const Table& table, const Column& column) override {
        return postgres::count_repeated(connection_, table, column);
    }
    Result<void> run(const std::string& sql) override { return run_step(connection_, sql); }
    Result<void> enter(Milliseconds patience) override;
    void leave() override { std::ignore = connection_.run("SELECT pg_advisory_unlock(27992919238403443)"); }
    Result<void> begin(Mode mode) override;
    Result<void> commit() override { return connection_.run("COMMIT"); }
    void roll_back() override { std::ignore = connection_.run("ROLLBACK"); }
    std::string objection_to_steps_alone() const override {
        if (pooled_ == Link::Pooler::none) return "";
        return "the server's own address: a pooler is between";
    }
    Result<void> prepare();

  private:
    const std::vector<Extension> none_;
    Connection connection_;
    Link::Pooler pooled_ = Link::Pooler::none;
};

/// What the role has as its own limit would end the building of an index.
Result<void> PostgresSite::prepare() {
    pooled_ = connection_.link().pooler();
    return connection_.run("SELECT set_config('statement_timeout', '0', false)");
}

/// Asked for again and again, and never waited for: an index that is built beside writers waits for every open
/// transaction, also for one that waits for a lock.
Result<void> PostgresSite::enter(Milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    constexpr Milliseconds pause{100};
    while (true) {
        CS_TRY(const auto rows, connection_.texts_of("SELECT pg_try_advisory_lock(27992919238403443)::text"));
        if (rows.front().front() == "true") return {};
        if (std::chrono::steady_clock::now() > until)
            return fail(Code::storage_unavailable, "the end of another migration that is at work");
        std::this_thread::sleep_for(pause);
    }
}

Result<void> PostgresSite::begin(Mode mode) {
    if (mode == Mode::reads) return connection_.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    CS_CHECK(connection_.run("BEGIN ISOLATION LEVEL READ COMMITTED"));
    return connection_.run(writer_lock);
}

}    // namespace
}    // namespace countersign::storage::postgres

namespace countersign::storage {

Result<std::unique_ptr<Site>> open_postgres_site(const PostgresOptions& options) {
    PostgresOptions patient = options;
    patient.statement_wait = postgres::longest_build;
    CS_TRY(const postgres::Target target, postgres::Target::read(patient));
    CS_TRY(std::unique_ptr<postgres::Link> link, postgres::Link::open(target, patient));
    auto site = std::make_unique<postgres::PostgresSite>(std::move(link));
    CS_CHECK(site->prepare());
    return std::unique_ptr<Site>{std::move(site)};
}

}    // namespace countersign::storage

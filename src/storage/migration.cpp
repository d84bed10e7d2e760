#include "storage/migration.hpp"

namespace countersign::storage {
namespace {

constexpr Milliseconds longest_wait{600'000};    // for another migration, which may build indexes

/// Takes the transaction back unless it was committed.
class Transaction {
  public:
    static Result<Transaction> begin(Site& site, Site::Mode mode) {
        CS_CHECK(site.begin(mode));
        return Transaction{site};
    }
    Transaction(Transaction&& other) noexcept : site_{std::exchange(other.site_, nullptr)} {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction() {
        if (site_ != nullptr) site_->roll_back();
    }
    Result<void> commit() { return std::exchange(site_, nullptr)->commit(); }

  private:
    explicit Transaction(Site& site) : site_{&site} {}
    Site* site_;
};

class Entered {
  public:
    explicit Entered(Site& site) : site_{&site} {}
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;
    ~Entered() { site_->leave(); }

  private:
    Site* site_;
};

AuthError error_of(const Plan& plan) {
    const Refusal& first = plan.refusals.front();
    const std::string rest = plan.refusals.size() > 1 ? " +" + std::to_string(plan.refusals.size() - 1) : "";
    const std::string wanted = first.obstacle == Obstacle::other_ids
                                   ? first.mend
                                   : std::string{"a schema that fits; countersign migrate says more"};
    return AuthError{Code::storage_unavailable, wanted,
                     std::string{name_of(first.obstacle)} + " " + first.where + rest};
}

Result<void> run_steps(Site& site, const Plan& plan, Step::Runs which, const Watch& watch) {
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const Step& step = plan.steps[i];
        if (step.runs != which) continue;
        Progress progress{.step = &step, .number = i + 1, .of = plan.steps.size(), .now = Progress::Now::begins};
        watch(progress);
        const auto began = std::chrono::steady_clock::now();
        CS_CHECK(site.run(step.sql));
        progress.took = std::chrono::ceil<Milliseconds>(std::chrono::steady_clock::now() - began);
        progress.now = Progress::Now::done;
        watch(progress);
    }
    return {};
}

}    // namespace

Result<Plan> look(Workbench& bench, const Wanted& wanted) {
    CS_TRY(Found found, bench.structure(wanted));
    for (FoundTable& there : found.tables) {
        if (!there.denied.empty() || lacks(wanted, found, there) == Lacks::nothing) continue;
        CS_TRY(there.rows, bench.count_rows(*there.table));
        for (const Column& column : without_unique_index(wanted, found, there)) {
            CS_TRY(const std::int64_t rows, bench.count_repeated(*there.table, column));
            there.repeated.emplace_back(*column.name, rows);
        }
    }
    return plan_of(wanted, found);
}

Result<std::vector<Step>> complete(Workbench& bench, const Wanted& wanted) {
    CS_TRY(Plan plan, look(bench, wanted));
    std::vector<Step> left;
    for (Step& step : plan.steps) {
        if (step.runs == Step::Runs::in_transaction) continue;
        if (step.need == Step::Need::to_start)
            plan.refusals.push_back(
                {.obstacle = Obstacle::unfinished_index, .where = step.table, .what = "", .mend = ""});
        left.push_back(step);
    }
    if (!plan.refusals.empty()) return fail(error_of(plan));
    for (const Step& step : plan.steps) {
        if (step.runs == Step::Runs::in_transaction) CS_CHECK(bench.run(step.sql));
    }
    return left;
}

Result<Plan> plan(Site& site, const Wanted& wanted) {
    CS_TRY(const Transaction reading, Transaction::begin(site, Site::Mode::reads));
    return look(site, wanted);
}

Result<Plan> rehearse(Site& site, const Wanted& wanted, const Watch& watch) {
    CS_TRY(const Transaction taken_back, Transaction::begin(site, Site::Mode::writes));
    CS_TRY(Plan found, look(site, wanted));
    if (!found.refusals.empty()) return found;
    CS_CHECK(run_steps(site, found, Step::Runs::in_transaction, watch));
    for (std::size_t i = 0; i < found.steps.size(); ++i) {
        if (found.steps[i].runs == Step::Runs::alone)
            watch({.step = &found.steps[i], .number = i + 1, .of = found.steps.size(), .now = Progress::Now::left_out});
    }
    return found;
}

Result<Plan> apply(Site& site, const Wanted& wanted, const Watch& watch) {
    CS_CHECK(site.enter(longest_wait));
    const Entered entered{site};
    CS_TRY(Transaction changing, Transaction::begin(site, Site::Mode::writes));
    CS_TRY(Plan found, look(site, wanted));
    if (!found.refusals.empty()) return found;
    const bool alone =
        std::ranges::any_of(found.steps, [](const Step& step) { return step.runs == Step::Runs::alone; });
    if (const std::string objection = site.objection_to_steps_alone(); alone && !objection.empty())
        return fail(Code::storage_unavailable, objection);
    CS_CHECK(run_steps(site, found, Step::Runs::in_transaction, watch));
    CS_CHECK(changing.commit());
    CS_CHECK(run_steps(site, found, Step::Runs::alone, watch));
    return found;
}

}    // namespace countersign::storage

#include "cli/migrate.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <CLI/CLI.hpp>

#include <iostream>

#include "app/database.hpp"
#include "cli/commands.hpp"

namespace countersign::cli {
namespace {

using storage::Plan;
using storage::Progress;
using storage::RowCount;
using Runs = storage::Step::Runs;
using Mode = MigrateAsk::Mode;

/// What was found or done, for both forms of output.
struct Outcome {
    Plan plan;
    std::vector<std::optional<Milliseconds>> took;    // of each step; absent: not run
};

std::string rows_of(const RowCount& rows) {
    switch (rows.kind) {
        case RowCount::Kind::exact:
            return fmt::format("{} row{}", rows.number, rows.number == 1 ? "" : "s");
        case RowCount::Kind::estimate:
            return fmt::format("about {} rows (an estimate of the server)", rows.number);
        case RowCount::Kind::unknown:
            return "rows not counted";
    }
    return "";
}

void print_step(const storage::Step& step, std::size_t number, std::ostream& out) {
    const storage::LockRow& lock = storage::row_of(step.lock);
    fmt::print(out, "{}. {}\n   {};\n   table: {}, {}\n   lock: {}: {}\n", number, step.what, step.sql, step.table,
               rows_of(step.rows), lock.name, lock.stops);
}

void print_refusals(const Plan& plan, std::ostream& out) {
    fmt::print(out, "Refused: {} thing{} in the way, and nothing was changed.\n\n", plan.refusals.size(),
               plan.refusals.size() == 1 ? " stands" : "s stand");
    for (const storage::Refusal& one : plan.refusals) {
        fmt::print(out, "- {}\n  mend: {}\n", one.what, one.mend);
        if (!one.query.empty()) fmt::print(out, "  query: {};\n", one.query);
    }
}

void print_plan(const Plan& plan, std::ostream& out) {
    if (!plan.refusals.empty()) return print_refusals(plan, out);
    if (plan.steps.empty()) {
        out << "Nothing to do: the database has all that this configuration needs.\n";
        return;
    }
    const auto alone = std::ranges::count(plan.steps, Runs::alone, &storage::Step::runs);
    const std::string together = alone == 0 ? "in one transaction"
                                 : alone == 1
                                     ? "the last by itself, behind the transaction"
                                     : fmt::format("the last {} each by itself, behind the transaction", alone);
    fmt::print(out, "{} step{}, {}:\n\n", plan.steps.size(), plan.steps.size() == 1 ? "" : "s", together);
    for (std::size_t i = 0; i < plan.steps.size(); ++i) print_step(plan.steps[i], i + 1, out);
    out << "\nNothing was changed. countersign migrate --apply does it.\n";
}

void write_step(json::Writer& out, const storage::Step& step, std::optional<Milliseconds> took) {
    const storage::LockRow& lock = storage::row_of(step.lock);
    out.begin_object().key("what").value(step.what).key("sql").value(step.sql).key("table").value(step.table);
    out.key("rows");
    step.rows.kind == RowCount::Kind::unknown ? out.value(nullptr) : out.value(step.rows.number);
    out.key("rowsAreEstimate").value(step.rows.kind == RowCount::Kind::estimate);
    out.key("lock").value(lock.name).key("stops").value(lock.stops);
    out.key("inTransaction").value(step.runs == Runs::in_transaction);
    if (took) out.key("milliseconds").value(std::int64_t{took->count()});
    out.end_object();
}

std::string as_json(const Outcome& outcome, Mode mode, Exit exit) {
    std::string text;
    json::Writer out{text};
    const Plan& plan = outcome.plan;
    const std::string_view state = !plan.refusals.empty() ? "refused" : plan.steps.empty() ? "complete" : "incomplete";
    out.begin_object().key("state").value(exit == fine && mode == Mode::apply ? "complete" : state);
    out.key("engine").value(plan.engine == storage::Engine::sqlite ? "sqlite" : "postgres");
    out.key("steps").begin_array();
    for (std::size_t i = 0; i < plan.steps.size() && plan.refusals.empty(); ++i)
        write_step(out, plan.steps[i], i < outcome.took.size() ? outcome.took[i] : std::nullopt);
    out.end_array().key("problems").begin_array();
    for (const storage::Refusal& one : plan.refusals) {
        out.begin_object().key("kind").value(storage::name_of(one.obstacle)).key("where").value(one.where);
        out.key("what").value(one.what).key("mend").value(one.mend);
        if (!one.query.empty()) out.key("query").value(one.query);
        out.end_object();
    }
    out.end_array().end_object();
    return text;
}

/// Says what happens while it does, and keeps how long each step took.
class Watcher {
  public:
    Watcher(const MigrateAsk& ask, std::ostream& out) : ask_{&ask}, out_{&out} {}
    void operator()(const Progress& progress) {
        took_.resize(progress.of);
        if (progress.now == Progress::Now::done) took_[progress.number - 1] = progress.took;
        if (ask_->output == Output::json) return;
        switch (progress.now) {
            case Progress::Now::begins:
                fmt::print(*out_, "{}/{} {}\n    {};\n", progress.number, progress.of, progress.step->what,
                           progress.step->sql);
                break;
            case Progress::Now::done:
                fmt::print(*out_, "    done in {} ms\n", progress.took.count());
                break;
            case Progress::Now::left_out:
                fmt::print(*out_,
                           "{}/{} {}\n    {};\n    left out: it cannot be in a transaction, and in its other form it "
                           "would keep everybody from writing\n",
                           progress.number, progress.of, progress.step->what, progress.step->sql);
                break;
        }
        out_->flush();
    }
    std::vector<std::optional<Milliseconds>> took() const { return took_; }

  private:
    const MigrateAsk* ask_;
    std::ostream* out_;
    std::vector<std::optional<Milliseconds>> took_;
};

storage::Use use_of(Mode mode) {
    switch (mode) {
        case Mode::plan:
            return storage::Use::look;
        case Mode::rehearse:
            return storage::Use::rehearse;
        case Mode::apply:
            return storage::Use::apply;
    }
    return storage::Use::look;
}

Result<Outcome> run_mode(const MigrateAsk& ask, const app::Settings& settings, std::ostream& out) {
    CS_TRY(const std::unique_ptr<storage::Site> site, app::open_site(settings, use_of(ask.mode)));
    const storage::Wanted wanted = app::wanted_schema(settings);
    Watcher watcher{ask, out};
    const storage::Watch watch = [&](const Progress& progress) { watcher(progress); };
    Outcome outcome;
    switch (ask.mode) {
        case Mode::plan: {
            CS_TRY(outcome.plan, storage::plan(*site, wanted));
            break;
        }
        case Mode::rehearse: {
            CS_TRY(outcome.plan, storage::rehearse(*site, wanted, watch));
            break;
        }
        case Mode::apply: {
            CS_TRY(outcome.plan, storage::apply(*site, wanted, watch));
            break;
        }
    }
    outcome.took = watcher.took();
    return outcome;
}

Exit exit_of(const Plan& plan, Mode mode) {
    if (!plan.refusals.empty()) return not_fine;
    return plan.steps.empty() || mode == Mode::apply ? fine : to_do;
}

void print(const Outcome& outcome, Mode mode, std::ostream& out) {
    const Plan& plan = outcome.plan;
    if (mode == Mode::plan || !plan.refusals.empty() || plan.steps.empty()) return print_plan(plan, out);
    out << (mode == Mode::rehearse ? "\nAll of it was taken back. countersign migrate --apply does it.\n"
                                   : "\nDone: the database has all that this configuration needs.\n");
}

}    // namespace

int migrate(const MigrateAsk& ask, Streams streams) {
    const std::optional<Loaded> loaded = load(ask.config);
    if (!loaded) return wrong_call;
    if (!loaded->tree.problems().empty()) {
        print_problems(loaded->tree);
        return leave({.exit = wrong_call, .why = "nothing was done"}, streams.complaints);
    }
    const app::Settings& settings = loaded->settings;
    if (settings.database_url.empty() && settings.database_path == ":memory:")
        return leave({.exit = wrong_call, .why = "storage.url is a database in memory, which each start makes anew"},
                     streams.complaints);
    if (ask.output == Output::text) fmt::print(streams.out, "Database: {}\n", app::shown_database(settings));
    const Result<Outcome> outcome = run_mode(ask, settings, streams.out);
    if (!outcome.ok()) {
        return leave({.exit = not_checked,
                      .why = fmt::format("{}; what was done in the transaction is taken back, and countersign migrate "
                                         "says what is left",
                                         outcome.error().detail())},
                     streams.complaints);
    }
    const Exit exit = exit_of(outcome->plan, ask.mode);
    if (ask.output == Output::json) {
        streams.out << as_json(*outcome, ask.mode, exit) << '\n';
    } else {
        print(*outcome, ask.mode, streams.out);
    }
    return exit;
}

struct MigrateCommand::State {
    CLI::App* command = nullptr;
    MigrateAsk ask;
    bool plan = false, rehearse = false, apply = false, json = false;
};

MigrateCommand::MigrateCommand(CLI::App& command) : state_{std::make_unique<State>()} {
    State& state = *state_;
    state.command = command.add_subcommand("migrate", "what the database lacks for this configuration");
    state.command->add_option("--config", state.ask.config, "TOML or JSON file");
    CLI::Option* const plan =
        state.command->add_flag("--plan", state.plan, "say each step and what it locks, and change nothing (default)");
    CLI::Option* const rehearse =
        state.command->add_flag("--dry-run", state.rehearse, "run the steps in a transaction, and take it back");
    CLI::Option* const apply = state.command->add_flag("--apply", state.apply, "do it");
    plan->excludes(rehearse)->excludes(apply);
    rehearse->excludes(apply);
    state.command->add_flag("--json", state.json, "for machines");
    state.command->footer(
        "Exit codes: 0 nothing is lacking, 1 refused and nothing changed, 2 the call or the configuration is wrong, "
        "3 the database did not do its work, 4 something is lacking (--plan and --dry-run).");
}
MigrateCommand::~MigrateCommand() = default;

std::optional<int> MigrateCommand::run() const {
    if (!*state_->command) return std::nullopt;
    MigrateAsk ask = state_->ask;
    ask.mode = state_->apply ? Mode::apply : state_->rehearse ? Mode::rehearse : Mode::plan;
    ask.output = state_->json ? Output::json : Output::text;
    return migrate(ask, {.in = std::cin, .out = std::cout, .complaints = std::cerr});
}

}    // namespace countersign::cli

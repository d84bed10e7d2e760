#include "cli/adopt.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <CLI/CLI.hpp>

#include <iostream>

#include "app/adoption.hpp"
#include "app/signing_keys.hpp"
#include "cli/commands.hpp"

namespace countersign::cli {
namespace {

using app::AdoptionReport;
using app::Finding;
using app::Verdict;

constexpr std::string_view storage_key = "storage.url";

/// The database is named by the call before anything else; a path without scheme is a file.
Variables said_by(const AdoptAsk& ask) {
    if (ask.database.empty()) return {};
    const bool has_scheme =
        ask.database.contains("://") || ask.database.starts_with("sqlite:") || ask.database.starts_with("file:");
    return {{config::environment_name(storage_key), (has_scheme ? "" : "sqlite:") + ask.database}};
}

Result<std::unique_ptr<storage::Inspection>> open(const app::Settings& settings) {
    if (!settings.database_url.empty()) return storage::inspect_postgres(settings.database_url);
    return storage::inspect_sqlite(settings.database_path);
}

/// Somebody else's texts, for a terminal (ERR-04).
std::string printable(std::string text) {
    std::ranges::replace_if(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }, '?');
    return text;
}

struct VerdictWord {
    Verdict verdict;
    std::string_view word;
};
constexpr VerdictWord words[]{
    {Verdict::works, "works"},         {Verdict::setting, "with a setting"},
    {Verdict::eventual, "mind"},       {Verdict::unknown, "cannot be told"},
    {Verdict::fails, "WILL NOT WORK"},
};

void print(const AdoptionReport& report, std::ostream& out) {
    for (const app::AdoptionCheck& check : app::adoption_checks()) {
        const auto of_check = [&](const Finding& finding) { return finding.check == *check.id; };
        if (std::ranges::none_of(report.findings, of_check)) continue;
        fmt::print(out, "{}\n", *check.question);
        for (const Finding& finding : report.findings) {
            if (!of_check(finding)) continue;
            const auto row = std::ranges::find(words, finding.verdict, &VerdictWord::verdict);
            fmt::print(out, "  {:<15} {}\n", row->word, printable(finding.what));
            if (!finding.mend.empty()) fmt::print(out, "  {:<15} {}\n", "", printable(finding.mend));
        }
    }
    if (report.settings.empty()) return;
    out << "\nSettings for countersign.toml:\n\n";
    for (const app::WantedSetting& setting : report.settings)
        fmt::print(out, "{} = {}\n", printable(setting.path), printable(setting.value));
    out << "\nSecret and address stay in BETTER_AUTH_SECRET and BETTER_AUTH_URL, the database in DATABASE_URL.\n";
}

std::string as_json(const AdoptionReport& report, const std::string& toml) {
    std::string text;
    json::Writer out{text};
    out.begin_object().key("works").value(report.has(Verdict::fails) == AdoptionReport::Has::no);
    out.key("findings").begin_array();
    for (const Finding& finding : report.findings) {
        out.begin_object().key("check").value(finding.check).key("verdict").value(app::name_of(finding.verdict));
        out.key("what").value(finding.what).key("mend").value(finding.mend).end_object();
    }
    out.end_array().key("settings").begin_array();
    for (const app::WantedSetting& setting : report.settings)
        out.begin_object().key("path").value(setting.path).key("value").value(setting.value).end_object();
    out.end_array().key("toml").value(toml).end_object();
    return text;
}

std::string toml_of(const AdoptionReport& report) {
    std::string text;
    for (const app::WantedSetting& setting : report.settings) text += setting.path + " = " + setting.value + "\n";
    return text;
}

int exit_of(const AdoptionReport& report) {
    if (report.has(Verdict::fails) == AdoptionReport::Has::yes) return not_fine;
    return report.has(Verdict::unknown) == AdoptionReport::Has::yes ? not_checked : fine;
}

}    // namespace

int adopt(const AdoptAsk& ask, const Clock& clock, Streams streams) {
    std::optional<Loaded> loaded = load(ask.config, said_by(ask));
    if (!loaded) return wrong_call;
    const auto of_storage = [](const config::Problem& problem) { return problem.path == storage_key; };
    if (std::ranges::any_of(loaded->tree.problems(), of_storage)) {
        print_problems(loaded->tree);
        return wrong_call;
    }
    if (!loaded->tree.has(storage_key))
        return leave({.exit = wrong_call, .why = "which database? give --database URL|PATH, or DATABASE_URL"},
                     streams.complaints);
    app::ApplicationSecrets given = app::read_given_secrets(loaded->tree, loaded->settings);
    const bool has_secret = !given.single.empty() || !given.versions.empty();
    const crypto::Keyring secrets = app::keyring_of(std::move(given));
    const auto database = open(loaded->settings);
    if (!database.ok()) return leave({.exit = not_checked, .why = database.error().detail()}, streams.complaints);
    const Result<AdoptionReport> report = app::inspect_adoption(
        **database, {.tree = &loaded->tree, .secrets = has_secret ? &secrets : nullptr, .now = clock.now()});
    if (!report.ok()) return leave({.exit = not_checked, .why = report.error().detail()}, streams.complaints);
    if (ask.output == Output::json) {
        streams.out << as_json(*report, toml_of(*report)) << '\n';
    } else {
        print(*report, streams.out);
    }
    return exit_of(*report);
}

struct AdoptCommand::State {
    CLI::App* command = nullptr;
    AdoptAsk ask;
    bool json = false;
};

AdoptCommand::AdoptCommand(CLI::App& command) : state_{std::make_unique<State>()} {
    State& state = *state_;
    state.command = command.add_subcommand("adopt", "what works on a database of Better Auth, and with which settings");
    state.command->add_option("--database", state.ask.database, "URL, or path of a SQLite file");
    state.command->add_option("--config", state.ask.config, "TOML or JSON file");
    state.command->add_flag("--json", state.json, "for machines");
}

AdoptCommand::~AdoptCommand() = default;

std::optional<int> AdoptCommand::run() const {
    if (!*state_->command) return std::nullopt;
    AdoptAsk ask = state_->ask;
    ask.output = state_->json ? Output::json : Output::text;
    return adopt(ask, SystemClock{}, {.in = std::cin, .out = std::cout, .complaints = std::cerr});
}

}    // namespace countersign::cli

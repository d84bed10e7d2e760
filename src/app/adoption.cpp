#include "app/adoption_parts.hpp"

namespace countersign::app {
namespace adoption {

const storage::ForeignTable* Look::find(std::string_view table) const {
    const auto found = std::ranges::find(tables_, table, &storage::ForeignTable::name);
    return found == tables_.end() ? nullptr : &*found;
}

const storage::ForeignColumn* Look::find(std::string_view table, std::string_view column) const {
    const storage::ForeignTable* found = find(table);
    return found == nullptr ? nullptr : found->find(column);
}

void Look::say(Verdict verdict, std::string what, std::string mend) {
    report.findings.push_back({.check = check_, .verdict = verdict, .what = std::move(what), .mend = std::move(mend)});
}

void Look::want(std::string_view path, std::string value) {
    const config::Setting* set = given_.tree->find(path);
    if (set != nullptr && json::write(set->value) == value) return;
    report.settings.push_back({.path = std::string{path}, .value = std::move(value)});
}

Result<void> Look::read_tables() {
    CS_TRY(tables_, database_->tables());
    return {};
}

std::string counted(std::int64_t number, std::string_view one, std::string_view several) {
    return std::to_string(number) + " " + std::string{number == 1 ? one : several};
}

namespace {

/// The problems of the settings that are there already: those that a row of its own speaks of, and the rest.
Result<void> look_at_settings(Look& look) {
    for (const config::Problem& problem : look.given().tree->problems()) {
        const bool is_secret = problem.path == "secret" || problem.path == "secrets";
        look.say(Verdict::fails, problem.path + " " + problem.what,
                 is_secret ? "Better Auth only warns of it: change it in auth.ts first, which signs everybody out"
                           : problem.mend);
    }
    if (look.given().tree->problems().empty()) look.say(Verdict::works, "nothing is wrong with the settings given");
    return {};
}

Result<void> look_at_address(Look& look) {
    if (look.given().tree->has("baseURL")) {
        look.say(Verdict::works, "the base URL is given");
        return {};
    }
    look.say(Verdict::unknown, "the base URL is not given",
             "set BETTER_AUTH_URL to the address that browsers use: links, cookies and the issuer of tokens follow it");
    return {};
}

/// What no row shows, since each server has it for itself or the browser carries it.
Result<void> look_beside(Look& look) {
    look.say(Verdict::eventual, "a session that is cached in a cookie is believed until the cookie ends",
             "with session.cookieCache in auth.ts, set it here alike: sign-out at one is seen by the other at once "
             "without it, and after maxAge with it");
    look.say(Verdict::eventual, "hooks, databaseHooks and mail functions of auth.ts run only for what Node answers",
             "mail of ours is sent by our own transport (docs/guide/mail.md)");
    if (look.database().engine() == storage::Engine::sqlite)
        look.say(Verdict::eventual, "two servers write one file in turns",
                 "beside us Better Auth needs a time to wait for the lock, and no transactions of its own "
                 "(docs/guide/take-over.md)");
    return {};
}

constexpr Row general[]{
    {.id = "settings", .question = "Is there anything wrong with the settings given?", .look = look_at_settings},
    {.id = "base-url", .question = "Is the address known under which browsers come?", .look = look_at_address},
    {.id = "beside", .question = "What is only eventual beside Better Auth?", .look = look_beside},
};

}    // namespace
}    // namespace adoption

std::string_view name_of(Verdict verdict) {
    constexpr std::string_view names[]{"works", "setting", "eventual", "unknown", "fails"};
    return names[static_cast<std::size_t>(verdict)];
}

AdoptionReport::Has AdoptionReport::has(Verdict verdict) const {
    return std::ranges::find(findings, verdict, &Finding::verdict) == findings.end() ? Has::no : Has::yes;
}

std::vector<AdoptionCheck> adoption_checks() {
    std::vector<AdoptionCheck> checks;
    for (const std::span<const adoption::Row> part :
         {adoption::schema_rows(), adoption::content_rows(), std::span<const adoption::Row>{adoption::general}})
        for (const adoption::Row& row : part) checks.push_back({.id = row.id, .question = row.question});
    return checks;
}

Result<AdoptionReport> inspect_adoption(storage::Inspection& database, const AdoptionGiven& given) {
    adoption::Look look{database, given};
    CS_CHECK(look.read_tables());
    look.want("profile", "\"better-auth\"");
    for (const std::span<const adoption::Row> part :
         {adoption::schema_rows(), adoption::content_rows(), std::span<const adoption::Row>{adoption::general}}) {
        for (const adoption::Row& row : part) {
            if (row.needs != nullptr && adoption::is_complete(look, *row.needs) == adoption::Complete::no) continue;
            look.begin(row.id);
            CS_CHECK((*row.look)(look));
        }
    }
    return std::move(look.report);
}

}    // namespace countersign::app

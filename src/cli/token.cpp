#include "cli/token.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/config.hpp"
#include "jose/inspect.hpp"
#include "jose/policy_file.hpp"
#include "jose/verifier.hpp"

namespace countersign::cli {
namespace {

enum Exit : int { fine = 0, not_fine = 1, wrong_call = 2, not_checked = 3 };

/// A step that failed: what to say, and how to leave.
struct Stop {
    Exit exit;
    std::string why;
};
template <class T>
using Step = std::expected<T, Stop>;

std::string code_of(const AuthError& error) {
    std::string code{error.label()};
    std::ranges::replace(code, '.', '_');
    return code;
}

std::unexpected<Stop> wrong(std::string_view what, const AuthError& error) {
    return std::unexpected{Stop{wrong_call, fmt::format("{}: {}", what, error.detail())}};
}

Step<std::string> read_file(const std::string& name) {
    if (name.starts_with("http://") || name.starts_with("https://")) {
        return std::unexpected{Stop{not_checked, "key sets at an address cannot be fetched yet: save it to a file"}};
    }
    std::ifstream in{name, std::ios::binary};
    if (!in) return std::unexpected{Stop{not_checked, fmt::format("{} cannot be opened", name)}};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
}

Step<jose::PolicyFile> read_policy(const std::string& name) {
    auto text = read_file(name);
    if (!text) return std::unexpected{std::move(text).error()};
    const auto document = config::parse_document(name, *text);
    if (!document.ok()) return wrong(name, document.error());
    auto policy = jose::parse_policy(*document);
    if (!policy.ok()) return wrong(name, policy.error());
    return *std::move(policy);
}

/// Keys from the policy's own `jwks`, a file beside it or the set itself, else from the file of the command line.
Step<jose::KeySet> read_keys(const jose::FilePolicy& issuer, const VerifyAsk& ask) {
    json::Value set;
    std::string name = ask.jwks;
    const std::string* place = issuer.jwks ? issuer.jwks->as_string() : nullptr;
    if (place != nullptr) name = std::filesystem::path{ask.policy}.parent_path() / *place;
    if (issuer.jwks && place == nullptr) {
        name = "jwks";
        set = *issuer.jwks;
    } else {
        if (name.empty()) return std::unexpected{Stop{wrong_call, "no keys: --jwks FILE, or jwks in the policy"}};
        const auto text = read_file(place != nullptr && place->contains("://") ? *place : name);
        if (!text) return std::unexpected{text.error()};
        auto parsed = json::parse(*text);
        if (!parsed.ok()) return wrong(name, parsed.error());
        set = *std::move(parsed);
    }
    // The policy names the algorithms, so a key that leaves its own open is one key for each of them.
    auto keys = jose::KeySet::read(set, *issuer.policy.algorithms, jose::OpenKeys::one_for_each_algorithm);
    if (!keys.ok()) return wrong(name, keys.error());
    return *std::move(keys);
}

Step<jose::Verifier> make_verifier(jose::PolicyFile& file, const VerifyAsk& ask, std::ostream& complaints) {
    std::vector<jose::TrustedIssuer> issuers;
    for (jose::FilePolicy& issuer : file.issuers) {
        auto keys = read_keys(issuer, ask);
        if (!keys) return std::unexpected{std::move(keys).error()};
        for (const jose::PassedOver& entry : keys->passed_over()) {
            complaints << fmt::format("countersign: key {} is not used: {}\n", entry.index, entry.reason.detail());
        }
        issuers.push_back({std::move(issuer.policy), *std::move(keys)});
    }
    auto made = jose::Verifier::make(std::move(issuers));
    if (!made.ok()) return wrong(ask.policy, made.error());
    return *std::move(made);
}

std::string in_words(std::int64_t seconds) {
    constexpr std::int64_t minute = 60, hour = 3600, day = 86'400;
    if (seconds == 0) return "now";
    const std::int64_t length = seconds < 0 ? -seconds : seconds;
    const auto [count, unit] = length >= 2 * day      ? std::pair{length / day, "days"}
                               : length >= 2 * hour   ? std::pair{length / hour, "hours"}
                               : length >= 2 * minute ? std::pair{length / minute, "minutes"}
                                                      : std::pair{length, "seconds"};
    return seconds < 0 ? fmt::format("{} {} ago", count, unit) : fmt::format("in {} {}", count, unit);
}

void print_for_people(const jose::Inspection& seen, std::string_view token, std::int64_t now, std::ostream& out) {
    out << fmt::format("token    {} (its fingerprint; the signature was not checked)\n",
                       jose::offline_fingerprint(token));
    if (!seen.header.empty()) out << fmt::format("header   {}\n", seen.header);
    if (!seen.claims.empty()) out << fmt::format("claims   {}\n", seen.claims);
    const auto time = [&](std::string_view name, const std::optional<Instant>& at) {
        if (at) out << fmt::format("{} {} ({})\n", name, to_iso8601(*at), in_words(at->unix_seconds() - now));
    };
    time("issued  ", seen.issued);
    time("valid   ", seen.not_before);
    time("expires ", seen.expires);
    for (const AuthError& error : seen.refusals) out << fmt::format("refuse   {}: {}\n", error.label(), error.detail());
    for (const std::string& remark : seen.remarks) out << fmt::format("note     {}\n", remark);
    if (seen.refusals.empty())
        out << "A careful verifier has nothing against it, if the signature is right and the policy expects it.\n";
}

void print_as_json(const jose::Inspection& seen, std::string_view token, std::ostream& out) {
    std::string text;
    json::Writer writer{text};
    writer.begin_object().key("fingerprint").value(jose::offline_fingerprint(token));
    if (!seen.header.empty()) writer.key("header").raw(seen.header);
    if (!seen.claims.empty()) writer.key("claims").raw(seen.claims);
    if (seen.issued) writer.key("issued").value(*seen.issued);
    if (seen.not_before) writer.key("notBefore").value(*seen.not_before);
    if (seen.expires) writer.key("expires").value(*seen.expires);
    writer.key("refusals").begin_array();
    for (const AuthError& error : seen.refusals) {
        writer.begin_object().key("code").value(code_of(error)).key("detail").value(error.detail()).end_object();
    }
    writer.end_array().key("remarks").begin_array();
    for (const std::string& remark : seen.remarks) writer.value(remark);
    writer.end_array().end_object();
    out << text << '\n';
}

}    // namespace

int verify_tokens(const VerifyAsk& ask, std::istream& in, std::ostream& out, std::ostream& complaints) {
    auto file = read_policy(ask.policy);
    auto verifier = file ? make_verifier(*file, ask, complaints) : std::unexpected{std::move(file).error()};
    if (!verifier) {
        complaints << fmt::format("countersign: {}\n", verifier.error().why);
        return verifier.error().exit;
    }
    const SystemClock clock;
    const Instant now = ask.now ? Instant::from_unix(Seconds{*ask.now}) : file->now.value_or(clock.now());
    Exit exit = fine;
    for (std::string token; std::getline(in, token);) {
        const auto verified = verifier->verify(token, now);
        std::string line;
        json::Writer writer{line};
        writer.begin_object().key("ok").value(verified.ok());
        if (verified.ok()) {
            writer.key("claims").raw(jose::one_line(verified->claims_json()));
        } else {
            exit = not_fine;
            writer.key("code").value(code_of(verified.error())).key("detail").value(verified.error().detail());
        }
        writer.end_object();
        out << line << '\n';
    }
    return exit;
}

int inspect_tokens(Form form, std::int64_t now, std::istream& in, std::ostream& out) {
    Exit exit = fine;
    for (std::string token; std::getline(in, token);) {
        const jose::Inspection seen = jose::inspect(token, Instant::from_unix(Seconds{now}));
        if (!seen.refusals.empty()) exit = not_fine;
        form == Form::json ? print_as_json(seen, token, out) : print_for_people(seen, token, now, out);
    }
    return exit;
}

struct TokenCommands::State {
    CLI::App *verify = nullptr, *inspect = nullptr;
    VerifyAsk ask;
    std::int64_t now = 0;
    CLI::Option *verify_now = nullptr, *inspect_now = nullptr;
    bool json = false;
};

TokenCommands::TokenCommands(CLI::App& command) : state_{std::make_unique<State>()} {
    CLI::App* token = command.add_subcommand("token", "about signed tokens");
    token->require_subcommand(1);
    state_->verify = token->add_subcommand("verify", "check tokens, one a line on standard input, against a policy");
    state_->verify->add_option("--policy", state_->ask.policy, "TOML or JSON file")->required();
    state_->verify->add_option("--jwks", state_->ask.jwks, "file of a JWK set");
    state_->verify_now = state_->verify->add_option("--now", state_->now, "seconds since 1970, instead of the clock");
    state_->inspect = token->add_subcommand("inspect", "what a token says, and what a careful verifier would refuse");
    state_->inspect_now = state_->inspect->add_option("--now", state_->now, "seconds since 1970, instead of the clock");
    state_->inspect->add_flag("--json", state_->json, "for machines");
}
TokenCommands::~TokenCommands() = default;

std::optional<int> TokenCommands::run() const {
    const SystemClock clock;
    if (*state_->verify) {
        VerifyAsk ask = state_->ask;
        if (state_->verify_now->count() > 0) ask.now = state_->now;
        return verify_tokens(ask, std::cin, std::cout, std::cerr);
    }
    if (!*state_->inspect) return std::nullopt;
    const std::int64_t now = state_->inspect_now->count() > 0 ? state_->now : clock.now().unix_seconds();
    return inspect_tokens(state_->json ? Form::json : Form::people, now, std::cin, std::cout);
}

}    // namespace countersign::cli

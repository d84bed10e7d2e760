#include "cli/token.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>

#include "base/config.hpp"
#include "cli/step.hpp"
#include "http/fetch/curl_fetch.hpp"
#include "jose/inspect.hpp"
#include "jose/policy_file.hpp"
#include "jose/remote_verifier.hpp"

namespace countersign::cli {
namespace {

Step<jose::PolicyFile> read_policy(const std::string& name) {
    auto text = read_file(name);
    if (!text) return std::unexpected{std::move(text).error()};
    const auto document = config::parse_document(name, *text);
    if (!document.ok()) return wrong(name, document.error());
    std::vector<config::Problem> problems;
    auto policy = jose::parse_policy(*document, &problems);
    if (policy.ok()) return *std::move(policy);
    std::string why = fmt::format("{} has {} problem(s):", name, problems.size());
    for (const config::Problem& one : problems)
        why += fmt::format("\n  {}: {}\n      {}", one.path, one.what, one.mend);
    return std::unexpected{Stop{wrong_call, std::move(why)}};
}

bool is_address(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

/// The word in a policy for keys that the issuer's metadata names.
constexpr std::string_view discovery = "discovery";

Step<jose::IssuerWithKeys> follow(jose::FilePolicy& issuer, const std::string& where) {
    const std::vector<std::string>& names = issuer.policy.issuer->texts();
    if (where == discovery && names.size() != 1)
        return std::unexpected{Stop{wrong_call, "keys by discovery: the policy has to name one issuer"}};
    auto place = where == discovery ? jose::KeyPlace::discovery(names.front()) : jose::KeyPlace::key_set(where);
    if (!place.ok()) return wrong("jwks", place.error());
    return jose::IssuerWithKeys{.policy = std::move(issuer.policy),
                                .keys = jose::PublishedKeys{.place = *std::move(place)},
                                .open = jose::OpenKeys::one_for_each_algorithm};
}

Step<jose::IssuerWithKeys> fix(jose::FilePolicy& issuer, const std::string& name, const std::string& text,
                               std::ostream& complaints) {
    // The policy names the algorithms, so a key that leaves its own open is one key for each of them.
    constexpr auto open = jose::OpenKeys::one_for_each_algorithm;
    const auto keys = jose::KeySet::parse(text, issuer.policy.algorithms, open);
    if (!keys.ok()) return wrong(name, keys.error());
    for (const jose::PassedOver& entry : keys->passed_over()) {
        complaints << fmt::format("countersign: key {} is not used: {}\n", entry.index, entry.reason.detail());
    }
    return jose::IssuerWithKeys{
        .policy = std::move(issuer.policy), .keys = jose::FixedKeys{Secret{bytes_of(text)}}, .open = open};
}

/// Keys from the policy's own `jwks`, an address, a file beside it or the set itself, else from the command line.
Step<jose::IssuerWithKeys> read_keys(jose::FilePolicy& issuer, const VerifyAsk& ask, std::ostream& complaints) {
    const std::string* own = issuer.jwks ? issuer.jwks->as_string() : nullptr;
    if (issuer.jwks && own == nullptr) return fix(issuer, "jwks", json::write(*issuer.jwks), complaints);
    if (own == nullptr && ask.jwks.empty())
        return std::unexpected{Stop{wrong_call, "no keys: --jwks FILE|URL, or jwks in the policy"}};
    const std::string& where = own != nullptr ? *own : ask.jwks;
    if (is_address(where) || (own != nullptr && where == discovery)) return follow(issuer, where);
    const std::string name =
        own != nullptr ? (std::filesystem::path{ask.policy}.parent_path() / where).string() : where;
    const auto text = read_file(name);
    if (!text) return std::unexpected{text.error()};
    return fix(issuer, name, *text, complaints);
}

/// Every issuer's keys are there when it returns: what cannot be fetched cannot be checked.
Step<jose::RemoteVerifier> make_verifier(jose::PolicyFile& file, const VerifyAsk& ask, Fetch& fetch, Logger& log,
                                         std::ostream& complaints, Instant now) {
    std::vector<jose::IssuerWithKeys> issuers;
    for (jose::FilePolicy& issuer : file.issuers) {
        auto keys = read_keys(issuer, ask, complaints);
        if (!keys) return std::unexpected{std::move(keys).error()};
        issuers.push_back(*std::move(keys));
    }
    auto made = jose::RemoteVerifier::make(std::move(issuers), fetch, &log);
    if (!made.ok()) return wrong(ask.policy, made.error());
    if (const auto ready = made->prepare(now); !ready.ok()) {
        const bool keys_are_wrong = ready.error().label().starts_with("key.");
        return std::unexpected{
            Stop{keys_are_wrong ? wrong_call : not_checked, fmt::format("the keys: {}", ready.error().detail())}};
    }
    return *std::move(made);
}

/// What happens to key sets, as far as a person would want to know.
class Complaints final : public Logger {
  public:
    explicit Complaints(std::ostream& out) : out_{&out} {}
    void event(Level level, std::string_view name, std::initializer_list<LogField> fields) override {
        if (level == Level::info) return;
        *out_ << "countersign: " << name;
        for (const LogField& field : fields) {
            *out_ << fmt::format(" {}=", field.key());
            std::visit([&](const auto& value) { *out_ << value; }, field.value());
        }
        *out_ << '\n';
    }

  private:
    std::ostream* out_;
};

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

}    // namespace

int verify_tokens(const VerifyAsk& ask, std::istream& in, std::ostream& out, std::ostream& complaints) {
    auto file = read_policy(ask.policy);
    const SystemClock clock;
    const auto now = [&] { return ask.now ? Instant::from_unix(Seconds{*ask.now}) : file->now.value_or(clock.now()); };
    http::SystemResolver resolver;
    http::CurlFetch fetch{resolver};
    Complaints log{complaints};
    auto verifier =
        file ? make_verifier(*file, ask, fetch, log, complaints, now()) : std::unexpected{std::move(file).error()};
    if (!verifier) {
        complaints << fmt::format("countersign: {}\n", verifier.error().why);
        return verifier.error().exit;
    }
    Exit exit = fine;
    for (std::string token; std::getline(in, token);) {
        const auto verified = verifier->verify(token, now());
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
        if (form == Form::json) {
            out << jose::write_json(seen, token) << '\n';
        } else {
            print_for_people(seen, token, now, out);
        }
    }
    return exit;
}

struct TokenCommands::State {
    CLI::App *verify = nullptr, *inspect = nullptr;
    VerifyAsk ask;
    std::int64_t now = 0;
    CLI::Option *verify_now = nullptr, *inspect_now = nullptr;
    bool json = false;
    std::optional<KeyCommands> keys;
};

TokenCommands::TokenCommands(CLI::App& command) : state_{std::make_unique<State>()} {
    CLI::App* token = command.add_subcommand("token", "about signed tokens");
    token->require_subcommand(1);
    state_->verify = token->add_subcommand("verify", "check tokens, one a line on standard input, against a policy");
    state_->verify->add_option("--policy", state_->ask.policy, "TOML or JSON file")->required();
    state_->verify->add_option("--jwks", state_->ask.jwks, "file or address of a JWK set");
    state_->verify_now = state_->verify->add_option("--now", state_->now, "seconds since 1970, instead of the clock");
    state_->inspect = token->add_subcommand("inspect", "what a token says, and what a careful verifier would refuse");
    state_->inspect_now = state_->inspect->add_option("--now", state_->now, "seconds since 1970, instead of the clock");
    state_->inspect->add_flag("--json", state_->json, "for machines");
    state_->keys.emplace(*token);
}
TokenCommands::~TokenCommands() = default;

std::optional<int> TokenCommands::run() const {
    const SystemClock clock;
    if (*state_->verify) {
        VerifyAsk ask = state_->ask;
        if (state_->verify_now->count() > 0) ask.now = state_->now;
        return verify_tokens(ask, std::cin, std::cout, std::cerr);
    }
    if (const auto done = state_->keys->run()) return done;
    if (!*state_->inspect) return std::nullopt;
    const std::int64_t now = state_->inspect_now->count() > 0 ? state_->now : clock.now().unix_seconds();
    return inspect_tokens(state_->json ? Form::json : Form::people, now, std::cin, std::cout);
}

}    // namespace countersign::cli

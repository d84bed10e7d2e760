#include "jose/policy_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace countersign::jose {
namespace {

/// The last two belong to the file as a whole.
const std::vector<std::string> members{"issuer",
                                       "audience",
                                       "typ",
                                       "algorithms",
                                       "required_claims",
                                       "leeway",
                                       "max_token_bytes",
                                       "max_depth",
                                       "max_lifetime",
                                       "subject",
                                       "cnf",
                                       "jwks",
                                       "now",
                                       "issuers"};
constexpr std::size_t members_of_issuer = 12;

/// What other libraries call it.
using OtherName = std::pair<std::string_view, std::string_view>;
constexpr OtherName elsewhere[]{{"iss", "issuer"},
                                {"aud", "audience"},
                                {"alg", "algorithms"},
                                {"type", "typ"},
                                {"clockTolerance", "leeway"},
                                {"clock_skew", "leeway"},
                                {"maxTokenAge", "max_lifetime"},
                                {"requiredClaims", "required_claims"},
                                {"jwks_uri", "jwks"},
                                {"jwksUri", "jwks"}};

struct Range {
    std::int64_t least, most;
};

enum class Need : std::uint8_t { optional, required };

/// One table of the file. Every member is looked at, whatever was wrong with those before it.
class TableReader {
  public:
    TableReader(const json::Value& table, std::string path, std::vector<config::Problem>& problems)
        : table_{&table},
          path_{std::move(path)},
          problems_{&problems} {}

    void problem(std::string_view name, std::string what, std::string mend) {
        problems_->push_back({path_ + std::string{name}, std::move(what), std::move(mend)});
    }
    void check_names(std::span<const std::string> known);
    std::vector<std::string> texts(std::string_view name, Need need);
    std::int64_t number(std::string_view name, std::int64_t fallback, Range range);
    std::string text(std::string_view name, std::string_view fallback);
    Expect type();
    Algorithms permitted();
    void read_required(VerifyPolicy& policy);
    Confirmation confirmation();
    std::string subject();
    std::optional<json::Value> keys(Need need);
    FilePolicy read(Need keys_needed);

  private:
    void check_algorithm(const std::string& name);
    const json::Value* table_;
    std::string path_;
    std::vector<config::Problem>* problems_;
};

void TableReader::check_names(std::span<const std::string> known) {
    for (const auto& [name, value] : *table_->as_object()) {
        if (std::ranges::find(known, name) != known.end()) continue;
        const auto* other = std::ranges::find(elsewhere, std::string_view{name}, &OtherName::first);
        const std::string meant =
            other != std::end(elsewhere) ? std::string{other->second} : config::nearest(known, name);
        problem(name, "no such member",
                meant.empty() ? fmt::format("remove it; there are {}", fmt::join(known, ", "))
                              : "did you mean " + meant + "?");
    }
}

std::vector<std::string> TableReader::texts(std::string_view name, Need need) {
    constexpr std::string_view mend = "write a text, or a list of texts";
    const json::Value* found = table_->find(name);
    if (found == nullptr) {
        if (need == Need::required) problem(name, "is missing, and has no default", std::string{mend});
        return {};
    }
    std::vector<std::string> out;
    const json::Array single{*found};
    const json::Array& list = found->as_array() == nullptr ? single : *found->as_array();
    for (const json::Value& element : list) {
        const std::string* one = element.as_string();
        if (one == nullptr || one->empty()) {
            problem(name, one == nullptr ? "is no text: " + std::string{element.kind_name()} : "has an empty text",
                    std::string{mend});
            return {};
        }
        out.push_back(*one);
    }
    if (out.empty() && need == Need::required) problem(name, "is an empty list", std::string{mend});
    return out;
}

std::int64_t TableReader::number(std::string_view name, std::int64_t fallback, Range range) {
    const json::Value* found = table_->find(name);
    if (found == nullptr) return fallback;
    const std::int64_t* value = found->as_integer();
    if (value != nullptr && *value >= range.least && *value <= range.most) return *value;
    problem(name, value == nullptr ? "is no whole number" : "is out of its range",
            fmt::format("write a whole number from {} to {}", range.least, range.most));
    return fallback;
}

std::string TableReader::text(std::string_view name, std::string_view fallback) {
    const json::Value* found = table_->find(name);
    if (found == nullptr) return std::string{fallback};
    if (const std::string* value = found->as_string()) return *value;
    problem(name, "is no text: " + std::string{found->kind_name()}, fmt::format("write a text, as \"{}\"", fallback));
    return std::string{fallback};
}

Expect TableReader::type() {
    constexpr std::string_view absent = "absent";
    std::vector<std::string> values = texts("typ", Need::required);
    if (std::ranges::find(values, absent) == values.end()) return Expect::one_of(std::move(values));
    if (values.size() > 1) problem("typ", "has absent beside other values", "write \"absent\" alone, or leave it out");
    return Expect::absent();
}

void TableReader::check_algorithm(const std::string& name) {
    if (is_algorithm_name(name)) return;
    std::vector<std::string> known;
    known.reserve(algorithms.size());
    for (const Algorithm& row : algorithms) known.emplace_back(row.name);
    known.erase(std::ranges::unique(known).begin(), known.end());
    const std::string meant = config::nearest(known, name);
    problem("algorithms", fmt::format("has {}, which does not exist here", name),
            meant.empty() ? fmt::format("there are {}", fmt::join(known, ", ")) : "did you mean " + meant + "?");
}

Algorithms TableReader::permitted() {
    const std::size_t before = problems_->size();
    const std::vector<std::string> names = texts("algorithms", Need::required);
    for (const std::string& name : names) check_algorithm(name);
    const Result<Algorithms> read = Algorithms::parse(names);
    if (read.ok() && !read->mixes_secret_and_public()) return *read;
    if (problems_->size() == before)
        problem("algorithms", "has HS* beside algorithms of public keys", "write one kind, or two tables of issuers");
    return Algorithms{Alg::es256};    // never used: there is a problem
}

/// The list is complete: what is required by default and not in it was left out by the author of the file.
void TableReader::read_required(VerifyPolicy& policy) {
    if (table_->find("required_claims") == nullptr) return;
    const std::vector<std::string> names = texts("required_claims", Need::optional);
    for (const std::string_view claim : {"sub", "iat", "exp"}) {
        if (std::ranges::find(names, claim) == names.end()) {
            policy.not_required.push_back({.claim = std::string{claim}, .reason = "not in required_claims"});
        }
    }
    for (const std::string& name : names) {
        // iss and aud are required by what the policy says about them.
        if (name != "sub" && name != "iat" && name != "exp" && name != "iss" && name != "aud")
            policy.also_required.push_back(name);
    }
}

Confirmation TableReader::confirmation() {
    const std::string cnf = text("cnf", "refuse");
    if (cnf != "refuse" && cnf != "dpop")
        problem("cnf", "says what to do with tokens that are bound to a key", "write \"refuse\" or \"dpop\"");
    return cnf == "dpop" ? Confirmation::dpop : Confirmation::refuse;
}

std::string TableReader::subject() {
    std::string out = text("subject", "sub");
    if (out != "sub" && !out.starts_with('/'))
        problem("subject", "is neither sub nor a JSON pointer", "write \"sub\", or a pointer as \"/user/id\"");
    return out;
}

std::optional<json::Value> TableReader::keys(Need need) {
    const json::Value* found = table_->find("jwks");
    const bool fits = found != nullptr && (found->as_object() != nullptr ||
                                           (found->as_string() != nullptr && !found->as_string()->empty()));
    if (!fits && (found != nullptr || need == Need::required))
        problem("jwks", found == nullptr ? "is missing: each issuer has keys of its own" : "is no place of keys",
                "write the place of the keys as a text, or the set itself");
    if (!fits) return std::nullopt;
    return *found;
}

FilePolicy TableReader::read(Need keys_needed) {
    constexpr std::int64_t longest = 1'000'000'000'000;
    FilePolicy out{.policy = {.issuer = Expect::one_of(texts("issuer", Need::required)),
                              .audience = Expect::one_of(texts("audience", Need::required)),
                              .type = type(),
                              .algorithms = permitted()},
                   .jwks = {}};
    VerifyPolicy& policy = out.policy;
    policy.leeway = Seconds{number("leeway", 0, {.least = 0, .most = max_leeway.count()})};
    policy.max_lifetime = Seconds{number("max_lifetime", default_max_lifetime.count(), {.least = 1, .most = longest})};
    policy.max_token_size =
        static_cast<std::size_t>(number("max_token_bytes", max_token_size, {.least = 1, .most = most_max_token_size}));
    policy.max_depth =
        static_cast<std::size_t>(number("max_depth", max_json_depth, {.least = 1, .most = max_json_depth}));
    policy.subject = subject();
    policy.cnf = confirmation();
    read_required(policy);
    out.jwks = keys(keys_needed);
    return out;
}

class FileReader {
  public:
    explicit FileReader(const json::Value& document) : document_{&document} {}
    PolicyFile read();
    const std::vector<config::Problem>& problems() const { return problems_; }

  private:
    void read_list(const json::Value& list, PolicyFile& out);
    void check_issuers(const PolicyFile& file);
    const json::Value* document_;
    std::vector<config::Problem> problems_;
};

void FileReader::read_list(const json::Value& list, PolicyFile& out) {
    if (list.as_array() == nullptr || list.as_array()->empty()) {
        problems_.push_back({"issuers", "is no list of tables", "write one table an issuer"});
        return;
    }
    for (std::size_t i = 0; i < list.as_array()->size(); ++i) {
        const json::Value& entry = (*list.as_array())[i];
        const std::string path = fmt::format("issuers[{}]", i);
        if (entry.as_object() == nullptr) {
            problems_.push_back({path, "is no table", "write issuer, audience, typ, algorithms and jwks in it"});
            continue;
        }
        TableReader table{entry, path + ".", problems_};
        table.check_names(std::span{members}.first(members_of_issuer));
        out.issuers.push_back(table.read(Need::required));
    }
}

/// What only shows when all of a policy is there.
void FileReader::check_issuers(const PolicyFile& file) {
    std::vector<std::string_view> names;
    for (const FilePolicy& one : file.issuers) {
        if (const auto checked = one.policy.check(); !checked.ok())
            problems_.push_back({checked.error().found().text(), "is not what it must be",
                                 "write " + checked.error().expected().text()});
        for (const std::string& name : one.policy.issuer->texts()) {
            if (std::ranges::find(names, name) != names.end())
                problems_.push_back({"issuers", "name " + name + " twice", "write one table an issuer"});
            names.push_back(name);
        }
    }
}

PolicyFile FileReader::read() {
    PolicyFile out;
    if (document_->as_object() == nullptr) {
        problems_.push_back({"the policy", "is no table", "write issuer, audience, typ and algorithms in it"});
        return out;
    }
    TableReader whole{*document_, "", problems_};
    whole.check_names(members);
    const json::Value* list = document_->find("issuers");
    // With a list of issuers the members of the file itself are one more, or none at all.
    const bool only_list = list != nullptr && document_->find("issuer") == nullptr;
    if (!only_list) out.issuers.push_back(whole.read(Need::optional));
    for (const auto& [name, value] : *document_->as_object()) {
        const auto of_issuer = std::span{members}.first(members_of_issuer);
        if (only_list && std::ranges::find(of_issuer, name) != of_issuer.end())
            whole.problem(name, "belongs to no issuer",
                          "move it into each table of issuers, or write issuer beside it");
    }
    if (document_->find("now") != nullptr) {
        constexpr std::int64_t latest = 1'000'000'000'000;
        out.now = Instant::from_unix(Seconds{whole.number("now", 0, {.least = 0, .most = latest})});
    }
    if (list != nullptr) read_list(*list, out);
    if (problems_.empty()) check_issuers(out);
    return out;
}

}    // namespace

Result<PolicyFile> parse_policy(const json::Value& document, std::vector<config::Problem>* problems) {
    FileReader reader{document};
    PolicyFile file = reader.read();
    if (problems != nullptr) *problems = reader.problems();
    if (reader.problems().empty()) return file;
    const config::Problem& first = reader.problems().front();
    return fail(Code::policy_invalid, first.mend, first.path);
}

}    // namespace countersign::jose

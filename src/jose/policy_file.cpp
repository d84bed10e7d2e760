#include "jose/policy_file.hpp"

#include <algorithm>

namespace countersign::jose {
namespace {

constexpr std::array<std::string_view, 14> members{"issuer",
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
constexpr std::size_t members_of_issuer = 12;    // the last two belong to the file as a whole
constexpr std::string_view absent_type = "absent";

Result<void> check_members(const json::Value& table, std::size_t known) {
    const json::Object* object = table.as_object();
    if (object == nullptr) return fail(Code::policy_invalid, "a table");
    for (const auto& [name, value] : *object) {
        const auto end = members.begin() + static_cast<std::ptrdiff_t>(known);
        if (std::find(members.begin(), end, name) == end) return fail(Code::policy_invalid, "a known member", name);
    }
    return {};
}

Result<std::vector<std::string>> texts(const json::Value& table, std::string_view name) {
    std::vector<std::string> out;
    const json::Value* found = table.find(name);
    if (found == nullptr) return fail(Code::policy_invalid, name, "absent");
    if (const std::string* text = found->as_string()) return std::vector{*text};
    const json::Array* list = found->as_array();
    if (list == nullptr) return fail(Code::policy_invalid, "a text or texts", name);
    for (const json::Value& element : *list) {
        const std::string* text = element.as_string();
        if (text == nullptr) return fail(Code::policy_invalid, "a text or texts", name);
        out.push_back(*text);
    }
    return out;
}

Result<Expect> expectation(const json::Value& table, std::string_view name) {
    CS_TRY(std::vector<std::string> values, texts(table, name));
    return Expect::one_of(std::move(values));
}

Result<Expect> type_expectation(const json::Value& table) {
    CS_TRY(std::vector<std::string> values, texts(table, "typ"));
    const auto absent = std::ranges::find(values, absent_type);
    if (absent == values.end()) return Expect::one_of(std::move(values));
    if (values.size() > 1) return fail(Code::policy_invalid, "absent alone", "typ");
    return Expect::absent();
}

Result<std::int64_t> number(const json::Value& table, std::string_view name, std::int64_t fallback) {
    constexpr std::int64_t largest = 1'000'000'000'000;
    const json::Value* found = table.find(name);
    if (found == nullptr) return fallback;
    const std::int64_t* value = found->as_integer();
    if (value == nullptr || *value < 0 || *value > largest) return fail(Code::policy_invalid, "a whole number", name);
    return *value;
}

Result<std::string> text(const json::Value& table, std::string_view name, std::string_view fallback) {
    const json::Value* found = table.find(name);
    if (found == nullptr) return std::string{fallback};
    if (found->as_string() == nullptr) return fail(Code::policy_invalid, "a text", name);
    return *found->as_string();
}

/// The list is complete: what is required by default and not in it was left out by the author of the file.
Result<void> read_required(const json::Value& table, VerifyPolicy& policy) {
    if (table.find("required_claims") == nullptr) return {};
    CS_TRY(const std::vector<std::string> names, texts(table, "required_claims"));
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
    return {};
}

Result<FilePolicy> read_issuer(const json::Value& table) {
    CS_TRY(Expect issuer, expectation(table, "issuer"));
    CS_TRY(Expect audience, expectation(table, "audience"));
    CS_TRY(Expect type, type_expectation(table));
    CS_TRY(const std::vector<std::string> names, texts(table, "algorithms"));
    CS_TRY(const Algorithms permitted, Algorithms::parse(names));
    FilePolicy out{.policy = {.issuer = std::move(issuer),
                              .audience = std::move(audience),
                              .type = std::move(type),
                              .algorithms = permitted},
                   .jwks = {}};
    VerifyPolicy& policy = out.policy;
    CS_TRY(const std::int64_t lifetime, number(table, "max_lifetime", default_max_lifetime.count()));
    CS_TRY(const std::int64_t leeway, number(table, "leeway", 0));
    CS_TRY(const std::int64_t size, number(table, "max_token_bytes", max_token_size));
    CS_TRY(const std::int64_t depth, number(table, "max_depth", max_json_depth));
    policy.max_lifetime = Seconds{lifetime};
    policy.leeway = Seconds{leeway};
    policy.max_token_size = static_cast<std::size_t>(size);
    policy.max_depth = static_cast<std::size_t>(depth);
    CS_TRY(policy.subject, text(table, "subject", "sub"));
    CS_TRY(const std::string cnf, text(table, "cnf", "refuse"));
    if (cnf != "refuse" && cnf != "dpop") return fail(Code::policy_invalid, "refuse or dpop", "cnf");
    if (cnf == "dpop") policy.cnf = Confirmation::dpop;
    CS_CHECK(read_required(table, policy));
    CS_CHECK(policy.check());
    if (const json::Value* jwks = table.find("jwks")) out.jwks = *jwks;
    return out;
}

}    // namespace

Result<PolicyFile> parse_policy(const json::Value& document) {
    CS_CHECK(check_members(document, members.size()));
    PolicyFile out;
    const json::Value* list = document.find("issuers");
    // With a list of issuers the members of the file itself are one more, or none at all.
    const bool only_list = list != nullptr && document.find("issuer") == nullptr;
    for (const auto& [name, value] : *document.as_object()) {
        if (only_list && name != "issuers" && name != "now")
            return fail(Code::policy_invalid, "issuer beside it", name);
    }
    if (!only_list) {
        CS_TRY(FilePolicy own, read_issuer(document));
        out.issuers.push_back(std::move(own));
    }
    if (document.find("now") != nullptr) {
        CS_TRY(const std::int64_t now, number(document, "now", 0));
        out.now = Instant::from_unix(Seconds{now});
    }
    if (list == nullptr) return out;
    if (list->as_array() == nullptr) return fail(Code::policy_invalid, "a list of tables", "issuers");
    for (const json::Value& table : *list->as_array()) {
        CS_CHECK(check_members(table, members_of_issuer));
        CS_TRY(FilePolicy one, read_issuer(table));
        if (!one.jwks) return fail(Code::policy_invalid, "jwks", one.policy.issuer->first());
        out.issuers.push_back(std::move(one));
    }
    return out;
}

}    // namespace countersign::jose

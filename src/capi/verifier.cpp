#include <fmt/format.h>

#include "base/config.hpp"
#include "capi/handles.hpp"
#include "jose/policy_file.hpp"

namespace countersign::capi {
namespace {

/// The word in a policy for keys that the issuer's metadata names.
constexpr std::string_view discovery = "discovery";
// The policy names the algorithms, so a key that leaves its own open is one key for each of them.
constexpr auto open_keys = jose::OpenKeys::one_for_each_algorithm;

/// The texts of a call to cs_verifier_make.
struct Ask {
    std::string_view policy, jwks;
};

/// A policy can have many faults, and an AuthError one: all of them go to the caller here.
struct Refusal {
    cs_code code = CS_OK;
    std::string detail;
};

Result<jose::PolicyFile> read_policy(std::string_view text, Refusal& refusal) {
    CS_TRY(const json::Value document, config::parse_document("policy", text));
    std::vector<config::Problem> problems;
    Result<jose::PolicyFile> read = jose::parse_policy(document, &problems);
    if (read.ok()) return read;
    refusal.code = CS_INVALID;
    for (const config::Problem& one : problems)
        refusal.detail += fmt::format("{}{}: {}; {}", refusal.detail.empty() ? "" : "\n", one.path, one.what, one.mend);
    return read;
}

Result<jose::IssuerWithKeys> published(jose::FilePolicy& issuer, const std::string& where) {
    const std::vector<std::string>& names = issuer.policy.issuer->texts();
    if (where == discovery && names.size() != 1)
        return fail(Code::policy_invalid, "one issuer, as its keys are found by discovery", "jwks");
    if (where != discovery && !where.starts_with("https://") && !where.starts_with("http://"))
        return fail(Code::policy_invalid, "an address, \"discovery\" or the set itself: no file is read", "jwks");
    CS_TRY(jose::KeyPlace place,
           where == discovery ? jose::KeyPlace::discovery(names.front()) : jose::KeyPlace::key_set(where));
    return jose::IssuerWithKeys{
        .policy = std::move(issuer.policy), .keys = jose::PublishedKeys{.place = std::move(place)}, .open = open_keys};
}

void report_unused(Logger& log, const jose::KeySet& keys) {
    for (const jose::PassedOver& entry : keys.passed_over()) {
        log.event(Level::warn, "jwks.key_not_used",
                  {{"entry", static_cast<std::int64_t>(entry.index)},
                   {"cause", entry.reason.label()},
                   {"detail", entry.reason.detail()}});
    }
}

Result<jose::IssuerWithKeys> with_keys(jose::FilePolicy& issuer, const Ask& ask) {
    const std::string* place = issuer.jwks ? issuer.jwks->as_string() : nullptr;
    if (place != nullptr) return published(issuer, *place);
    if (!issuer.jwks && ask.jwks.empty()) return fail(Code::policy_invalid, "keys: jwks in the policy, or beside it");
    Secret text = issuer.jwks ? Secret::from_text(json::write(*issuer.jwks)) : Secret::from_text(ask.jwks);
    return jose::IssuerWithKeys{
        .policy = std::move(issuer.policy), .keys = jose::FixedKeys{std::move(text)}, .open = open_keys};
}

Result<void> fix(cs_verifier& out, std::vector<jose::IssuerWithKeys> issuers) {
    std::vector<jose::TrustedIssuer> trusted;
    for (jose::IssuerWithKeys& one : issuers) {
        const auto& fixed = std::get<jose::FixedKeys>(one.keys);
        CS_TRY(jose::KeySet keys, jose::KeySet::parse(fixed.text.reveal_text(), one.policy.algorithms, one.open));
        report_unused(out.log, keys);
        trusted.push_back({.policy = std::move(one.policy), .keys = std::move(keys)});
    }
    CS_TRY(out.verifier, jose::Verifier::make(std::move(trusted)));
    return {};
}

Result<void> follow(cs_verifier& out, std::vector<jose::IssuerWithKeys> issuers) {
    if (!out.fetch.is_set()) return fail(Code::policy_invalid, "a fetch, as keys are at an address", "jwks");
    CS_TRY(out.verifier, jose::RemoteVerifier::make(std::move(issuers), out.fetch, &out.log));
    return {};
}

Result<void> build(cs_verifier& out, const Ask& ask, Refusal& refusal) {
    CS_TRY(jose::PolicyFile file, read_policy(ask.policy, refusal));
    out.now = file.now;
    std::vector<jose::IssuerWithKeys> issuers;
    bool all_fixed = true;
    for (jose::FilePolicy& issuer : file.issuers) {
        CS_TRY(jose::IssuerWithKeys one, with_keys(issuer, ask));
        all_fixed = all_fixed && std::holds_alternative<jose::FixedKeys>(one.keys);
        issuers.push_back(std::move(one));
    }
    return all_fixed ? fix(out, std::move(issuers)) : follow(out, std::move(issuers));
}

Result<std::unique_ptr<cs_verifier>> make(const cs_verifier_ask* ask, Refusal& refusal) {
    CS_TRY(const cs_verifier_ask given, read_sized(ask));
    CS_TRY(const std::string_view policy, text_of(given.policy, max_text));
    CS_TRY(const std::string_view jwks, text_of(given.jwks, max_text));
    auto made = std::make_unique<cs_verifier>();
    if (given.fetch != nullptr) {
        CS_TRY(const cs_fetch host, read_sized(given.fetch));
        if (host.fetch == nullptr) return fail(Code::call_wrong, "a fetch function");
        made->fetch.set(host);
    }
    made->log.set(given.log, given.log_context);
    CS_CHECK(build(*made, {.policy = policy, .jwks = jwks}, refusal));
    return made;
}

}    // namespace
}    // namespace countersign::capi

using namespace countersign;
using namespace countersign::capi;

cs_code cs_verifier_make(const cs_verifier_ask* ask, cs_verifier** out, cs_error* error) noexcept {
    Refusal refusal;
    const cs_code code = guarded_make(out, error, [&] { return make(ask, refusal); });
    if (code == CS_INVALID && refusal.code == CS_INVALID) write_error(error, code, "policy.invalid", refusal.detail);
    return code;
}

void cs_verifier_free(cs_verifier* verifier) noexcept { free_handle(verifier); }

cs_code cs_verifier_prepare(const cs_verifier* verifier, int64_t now, cs_error* error) noexcept {
    return guarded(error, [&]() -> Result<void> {
        CS_TRY(const cs_verifier* checked, handle_of(verifier));
        CS_TRY(const Instant at, instant_of(now));
        auto* remote = std::get_if<jose::RemoteVerifier>(&checked->verifier);
        return remote == nullptr ? Result<void>{} : remote->prepare(now == 0 ? checked->now.value_or(at) : at);
    });
}

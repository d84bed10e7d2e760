#include "jose/policy.hpp"

#include <algorithm>

namespace countersign::jose {
namespace {

Result<void> check_expect(const Expect& expect, std::string_view name) {
    const auto empty = [](const std::string& text) { return text.empty(); };
    if (expect.is_absent()) return {};
    if (expect.texts().empty() || std::ranges::any_of(expect.texts(), empty)) {
        return fail(Code::policy_invalid, expect.is_ignored() ? "a reason" : "values that are not empty", name);
    }
    return {};
}

}    // namespace

bool Expect::is_one_of(const JsonStringView& text) const {
    return std::ranges::any_of(texts_, [&](const std::string& value) { return text.equals(value); });
}

Result<void> VerifyPolicy::check() const {
    CS_CHECK(check_expect(*issuer, "issuer"));
    CS_CHECK(check_expect(*audience, "audience"));
    CS_CHECK(check_expect(*type, "typ"));
    if (issuer->is_absent()) return fail(Code::policy_invalid, "a value or a reason", "issuer");
    if (audience->is_absent()) return fail(Code::policy_invalid, "a value or a reason", "audience");
    if (algorithms->empty()) return fail(Code::policy_invalid, "at least one", "algorithms");
    if (algorithms->mixes_secret_and_public()) return fail(Code::policy_invalid, "no HS* beside others", "algorithms");
    if (leeway < Seconds{0} || leeway > max_leeway) return fail(Code::policy_invalid, "0 to 60 seconds", "leeway");
    if (max_lifetime <= Seconds{0}) return fail(Code::policy_invalid, "more than 0", "max_lifetime");
    if (max_token_size == 0 || max_token_size > most_max_token_size)
        return fail(Code::policy_invalid, "1 byte to 1 MiB", "max_token_bytes");
    if (max_depth == 0 || max_depth > max_json_depth) return fail(Code::policy_invalid, "1 to 64", "max_depth");
    if (subject != "sub" && !subject.starts_with('/'))
        return fail(Code::policy_invalid, "sub or a JSON pointer", "subject");
    for (const NotRequired& left_out : not_required) {
        const std::string& claim = *left_out.claim;
        if (claim != "sub" && claim != "iat" && claim != "exp")
            return fail(Code::policy_invalid, "sub, iat or exp", claim);
        if (left_out.reason->empty()) return fail(Code::policy_invalid, "a reason", claim);
    }
    return {};
}

bool VerifyPolicy::requires_claim(std::string_view name) const {
    if (std::ranges::find(also_required, name) != also_required.end()) return true;
    if (name != "sub" && name != "iat" && name != "exp") return false;
    return std::ranges::none_of(not_required, [&](const NotRequired& left_out) { return *left_out.claim == name; });
}

}    // namespace countersign::jose

#include "jose/judgement.hpp"

#include <algorithm>

namespace countersign::jose {
namespace {

constexpr std::string_view media_prefix = "application/";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Media types compare without case, and a name without a slash stands for application/name (RFC 7515 §4.1.9).
bool same_type(std::string_view a, std::string_view b) {
    const auto short_form = [](std::string_view name) {
        const bool prefixed = name.size() > media_prefix.size() &&
                              std::ranges::equal(name.substr(0, media_prefix.size()), media_prefix, {}, lower);
        const std::string_view rest = prefixed ? name.substr(media_prefix.size()) : name;
        return rest.contains('/') ? name : rest;
    };
    return std::ranges::equal(short_form(a), short_form(b), {}, lower, lower);
}

}    // namespace

Result<void> check_type(const Expect& type, std::optional<JsonStringView> typ, std::optional<JsonStringView> cty) {
    if (cty && same_type(cty->text(), "JWT")) return fail(Code::token_nested, "claims", "cty");
    if (type.is_ignored()) return {};
    if (type.is_absent()) {
        if (typ) return fail(Code::token_typ_mismatch, "no typ", typ->text());
        return {};
    }
    if (!typ) return fail(Code::token_typ_mismatch, type.first(), "absent");
    const std::string found = typ->text();
    const bool fits =
        std::ranges::any_of(type.texts(), [&](const std::string& value) { return same_type(value, found); });
    if (!fits) return fail(Code::token_typ_mismatch, type.first(), found);
    return {};
}

Result<void> Judgement::check_issuer(const Claims& claims) const {
    const Expect& expected = *policy_->issuer;
    const auto found = claims.find(Claim::iss);
    if (!found) {
        if (expected.is_ignored()) return {};
        return fail(Code::token_claim_missing, "iss");
    }
    if (found->kind != JsonKind::string) return fail(Code::token_claim_type, "a string", "iss");
    if (expected.accepts(found->string())) return {};
    const std::string issuer = found->string().text();
    const bool slash = std::ranges::any_of(
        expected.texts(), [&](const std::string& value) { return value + "/" == issuer || value == issuer + "/"; });
    return fail(slash ? Code::token_iss_trailing_slash : Code::token_iss_mismatch, expected.first(), issuer);
}

Result<void> Judgement::check_required(const Claims& claims) const {
    for (const Claim claim : {Claim::exp, Claim::iat, Claim::sub}) {
        const std::string_view name = claim_names[static_cast<std::size_t>(claim)];
        if (policy_->requires_claim(name) && !claims.find(claim)) return fail(Code::token_claim_missing, name);
    }
    for (const std::string& name : policy_->also_required) {
        if (!claims.find(name)) return fail(Code::token_claim_missing, name);
    }
    return {};
}

Result<void> Judgement::check_times(const Claims& claims, VerifiedToken& token) const {
    const std::int64_t leeway = policy_->leeway.count(), longest = policy_->max_lifetime.count();
    std::optional<std::int64_t> issued;
    if (const auto iat = claims.find(Claim::iat)) {
        CS_TRY(const std::int64_t at, numeric_date(*iat, Claim::iat));
        if (at > now_ + leeway) return fail(Code::token_clock_skew, now_, at);
        issued = at;
        token.issued_at_ = Instant::from_unix(Seconds{at});
    }
    if (const auto nbf = claims.find(Claim::nbf)) {
        CS_TRY(const std::int64_t at, numeric_date(*nbf, Claim::nbf));
        if (at > now_ + leeway) return fail(Code::token_not_yet_valid, now_, at);
    }
    const auto exp = claims.find(Claim::exp);
    if (!exp) return {};
    CS_TRY(const std::int64_t at, numeric_date(*exp, Claim::exp));
    if (now_ >= at + leeway)
        return fail(Code::token_expired, Instant::from_unix(Seconds{now_}), Instant::from_unix(Seconds{at}));
    if (at - issued.value_or(now_) > longest)
        return fail(Code::token_lifetime_too_long, longest, at - issued.value_or(now_));
    token.expires_ = Instant::from_unix(Seconds{at});
    return {};
}

Result<void> Judgement::check_audience(const Claims& claims) const {
    const Expect& expected = *policy_->audience;
    const auto found = claims.find(Claim::aud);
    if (!found) {
        if (expected.is_ignored()) return {};
        return fail(Code::token_aud_missing, expected.first());
    }
    if (found->kind == JsonKind::string) {
        if (found->raw.empty()) return fail(Code::token_claim_type, "a name", "aud");
        if (expected.accepts(found->string())) return {};
        return fail(Code::token_aud_mismatch, expected.first(), found->string().text());
    }
    if (found->kind != JsonKind::array) return fail(Code::token_claim_type, "a string or strings", "aud");
    std::string_view rest = found->raw.substr(1, found->raw.size() - 2);
    JsonStringView one;
    std::size_t count = 0;
    bool accepted = false;
    Element kind = next_element(rest, one);
    for (; kind == Element::string; kind = next_element(rest, one)) {
        accepted = accepted || expected.accepts(one);
        if (++count > max_audiences) return fail(Code::token_claim_type, max_audiences, "aud");
    }
    if (kind == Element::other) return fail(Code::token_claim_type, "strings only", "aud");
    if (!accepted) return fail(Code::token_aud_mismatch, expected.first(), count);
    return {};
}

Result<void> Judgement::take_identities(VerifiedToken& token) const {
    Claims& claims = token.claims_;
    if (const auto found = claims.find(Claim::iss)) {
        CS_TRY(token.issuer_, claims.identity(*found, "iss"));
    }
    if (const auto found = claims.find(Claim::jti)) {
        CS_TRY(token.id_, claims.identity(*found, "jti"));
    }
    if (const auto found = claims.find(Claim::client_id)) CS_CHECK(claims.identity(*found, "client_id"));
    const bool plain = policy_->subject == "sub";
    if (const auto found = claims.find(Claim::sub)) {
        if (found->kind != JsonKind::string) return fail(Code::token_sub_not_string, "a string");
        CS_TRY(const TextPlace place, claims.identity(*found, "sub"));
        if (plain) token.subject_ = place;
    }
    if (plain) return {};
    const auto found = claims.find_pointer(policy_->subject);
    if (!found) return fail(Code::token_claim_missing, policy_->subject);
    if (found->kind != JsonKind::string) return fail(Code::token_sub_not_string, "a string", policy_->subject);
    CS_TRY(token.subject_, claims.identity(*found, policy_->subject));
    return {};
}

Result<VerifiedToken> Judgement::pass(Claims claims, const Algorithm& algorithm) const {
    CS_CHECK(check_required(claims));
    CS_TRY(std::string bound_to, confirming_.check(policy_->cnf, claims));
    VerifiedToken token{std::move(claims), algorithm};
    token.bound_to_ = std::move(bound_to);
    CS_CHECK(check_times(token.claims_, token));
    CS_CHECK(check_audience(token.claims_));
    CS_CHECK(take_identities(token));
    return token;
}

}    // namespace countersign::jose

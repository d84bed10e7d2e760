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

bool is_media_type(std::string_view found, std::string_view wanted) { return same_type(found, wanted); }

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

Result<void> Judgement::read(std::string_view payload, VerifiedToken& token) const {
    return token.claims_.read(payload, policy_->max_depth);
}

Result<void> Judgement::check_issuer(const VerifiedToken& token) const {
    const Expect& expected = *policy_->issuer;
    const Claims& claims = token.claims_;
    if (!claims.has(Claim::iss)) {
        if (expected.is_ignored()) return {};
        return fail(Code::token_claim_missing, "iss");
    }
    if (claims.kind(Claim::iss) != JsonKind::string) return fail(Code::token_claim_type, "a string", "iss");
    if (expected.accepts(claims.string(Claim::iss))) return {};
    const std::string issuer = claims.string(Claim::iss).text();
    const bool slash = std::ranges::any_of(
        expected.texts(), [&](const std::string& value) { return value + "/" == issuer || value == issuer + "/"; });
    return fail(slash ? Code::token_iss_trailing_slash : Code::token_iss_mismatch, expected.first(), issuer);
}

Result<void> Judgement::check_required(const Claims& claims) const {
    for (const Claim claim : {Claim::exp, Claim::iat, Claim::sub}) {
        const std::string_view name = claim_names[static_cast<std::size_t>(claim)];
        if (!claims.has(claim) && policy_->requires_claim(name)) return fail(Code::token_claim_missing, name);
    }
    for (const std::string& name : policy_->also_required) {
        if (!claims.find(name)) return fail(Code::token_claim_missing, name);
    }
    return {};
}

Result<void> Judgement::check_times(const Claims& claims, VerifiedToken& token) const {
    const std::int64_t leeway = policy_->leeway.count(), longest = policy_->max_lifetime.count();
    std::optional<std::int64_t> issued;
    if (claims.has(Claim::iat)) {
        CS_TRY(const std::int64_t at, claims.date(Claim::iat));
        if (at > now_ + leeway) return fail(Code::token_clock_skew, now_, at);
        issued = at;
        token.issued_at_ = Instant::from_unix(Seconds{at});
    }
    if (claims.has(Claim::nbf)) {
        CS_TRY(const std::int64_t at, claims.date(Claim::nbf));
        if (at > now_ + leeway) return fail(Code::token_not_yet_valid, now_, at);
    }
    if (!claims.has(Claim::exp)) return {};
    CS_TRY(const std::int64_t at, claims.date(Claim::exp));
    if (now_ >= at + leeway)
        return fail(Code::token_expired, Instant::from_unix(Seconds{now_}), Instant::from_unix(Seconds{at}));
    if (at - issued.value_or(now_) > longest)
        return fail(Code::token_lifetime_too_long, longest, at - issued.value_or(now_));
    token.expires_ = Instant::from_unix(Seconds{at});
    return {};
}

Result<void> Judgement::check_audience(const Claims& claims) const {
    const Expect& expected = *policy_->audience;
    if (!claims.has(Claim::aud)) {
        if (expected.is_ignored()) return {};
        return fail(Code::token_aud_missing, expected.first());
    }
    if (claims.kind(Claim::aud) == JsonKind::string) {
        const JsonStringView one = claims.string(Claim::aud);
        if (one.raw().empty()) return fail(Code::token_claim_type, "a name", "aud");
        if (expected.accepts(one)) return {};
        return fail(Code::token_aud_mismatch, expected.first(), one.text());
    }
    const auto found = claims.find(Claim::aud);
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
    if (claims.has(Claim::iss)) {
        CS_TRY(token.issuer_, claims.identity(Claim::iss));
    }
    if (claims.has(Claim::jti)) {
        CS_TRY(token.id_, claims.identity(Claim::jti));
    }
    if (claims.has(Claim::sid) && claims.kind(Claim::sid) == JsonKind::string) {
        CS_TRY(token.session_, claims.identity(Claim::sid));
    }
    if (claims.has(Claim::client_id)) CS_CHECK(claims.identity(Claim::client_id));
    const bool plain = policy_->subject == "sub";
    if (claims.has(Claim::sub)) {
        if (claims.kind(Claim::sub) != JsonKind::string) return fail(Code::token_sub_not_string, "a string");
        CS_TRY(const TextPlace place, claims.identity(Claim::sub));
        if (plain) token.subject_ = place;
    }
    if (plain) return {};
    const auto found = claims.find_pointer(policy_->subject);
    if (!found) return fail(Code::token_claim_missing, policy_->subject);
    if (found->kind != JsonKind::string) return fail(Code::token_sub_not_string, "a string", policy_->subject);
    CS_TRY(token.subject_, claims.identity(*found, policy_->subject));
    return {};
}

Result<void> Judgement::pass(VerifiedToken& token, const Algorithm& algorithm) const {
    CS_CHECK(check_required(token.claims_));
    CS_CHECK(confirming_.check(policy_->cnf, token.claims_, token.bound_to_));
    CS_CHECK(check_times(token.claims_, token));
    CS_CHECK(check_audience(token.claims_));
    CS_CHECK(take_identities(token));
    token.algorithm_ = &algorithm;
    token.uses_ = policy_->uses;
    return {};
}

}    // namespace countersign::jose

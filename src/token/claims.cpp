#include "token/claims.hpp"

#include "base/encoding.hpp"
#include "jose/claims.hpp"
#include "jose/compact.hpp"

namespace countersign::token {
namespace {

/// TOK-13: what stands here names somebody, so it must read the same everywhere.
Result<void> check_identity(std::string_view name, std::string_view text) {
    if (text.empty() || text.size() > jose::max_identity_length)
        return fail(Code::token_unissuable, "1 to 1024 bytes", name);
    if (text.contains('\0')) return fail(Code::token_unissuable, "no NUL", name);
    if (utf8_of(text) != Utf8::valid) return fail(Code::token_unissuable, "UTF-8", name);
    return {};
}

Result<void> check_registered(const Registered& claims, const ProfileRow& profile) {
    CS_CHECK(check_identity("iss", *claims.issuer));
    CS_CHECK(check_identity("sub", *claims.subject));
    CS_CHECK(check_identity("aud", *claims.audience));
    const std::int64_t life = claims.expires->unix_seconds() - claims.issued->unix_seconds();
    if (claims.issued->unix_seconds() < 0) return fail(Code::token_unissuable, "a time since 1970", "iat");
    if (life <= 0) return fail(Code::token_unissuable, "exp after iat", life);
    if (life > profile.longest_life.count()) return fail(Code::token_unissuable, profile.longest_life.count(), life);
    return {};
}

json::Object without_duplicates(const json::Object& fields) {
    json::Object out;
    for (const auto& [name, value] : fields) {
        const auto same = std::ranges::find(out, name, [](const auto& field) { return field.first; });
        if (same == out.end()) {
            out.emplace_back(name, value);
        } else {
            same->second = value;
        }
    }
    return out;
}

}    // namespace

bool is_reserved_claim(std::string_view name) {
    return std::ranges::find(reserved_claims, name) != reserved_claims.end();
}

class ClaimsBuilder {
  public:
    static Result<UnsignedToken> finish(TokenProfile profile, std::string text) {
        // Longer ones no verifier of ours reads (TOK-14); header and signature take the rest.
        constexpr std::size_t longest = jose::max_token_size / 4 * 3 - 2048;
        if (text.size() > longest) return fail(Code::token_unissuable, longest, text.size());
        return UnsignedToken{row_of(profile), std::move(text)};
    }
};

Result<UnsignedToken> build(const AccessClaims& claims) {
    const Registered& own = *claims.registered;
    CS_CHECK(check_registered(own, row_of(TokenProfile::access)));
    CS_CHECK(check_identity("jti", *claims.id));
    CS_CHECK(check_identity("sid", *claims.session));
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("iss").value(*own.issuer);
    out.key("sub").value(*own.subject);
    out.key("aud").value(*own.audience);
    out.key("iat").value(own.issued->unix_seconds());
    out.key("exp").value(own.expires->unix_seconds());
    out.key("jti").value(*claims.id);
    out.key("sid").value(*claims.session);
    out.end_object();
    return ClaimsBuilder::finish(TokenProfile::access, std::move(text));
}

Result<UnsignedToken> build(const SessionClaims& claims) {
    const Registered& own = *claims.registered;
    CS_CHECK(check_registered(own, row_of(TokenProfile::session_jwt)));
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("iat").value(own.issued->unix_seconds());
    for (const auto& [name, value] : without_duplicates(*claims.fields)) {
        if (is_reserved_claim(name)) return fail(Code::token_unissuable, "no reserved claim", name);
        out.key(name).value(value);
    }
    out.key("sub").value(*own.subject);
    out.key("exp").value(own.expires->unix_seconds());
    out.key("iss").value(*own.issuer);
    out.key("aud").value(*own.audience);
    out.end_object();
    return ClaimsBuilder::finish(TokenProfile::session_jwt, std::move(text));
}

}    // namespace countersign::token

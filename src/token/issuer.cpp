#include "token/issuer.hpp"

#include "base/assert.hpp"

namespace countersign::token {
namespace {

std::string user_as_text(const identity::User& user) {
    std::string text;
    json::Writer out{text};
    identity::write_user(out, user);
    return text;
}

json::Value user_as_value(const identity::User& user) {
    auto parsed = json::parse(user_as_text(user));
    CS_ASSERT(parsed.ok());
    return *std::move(parsed);
}

}    // namespace

Result<UnsignedToken> Issuer::session_claims(const session::SignedIn& who, Registered registered) const {
    const json::Value user = user_as_value(who.user);
    json::Object fields;
    for (const auto& [name, value] : *user.as_object()) {
        const auto& wanted = options_.payload_fields;
        if (wanted.empty() || std::ranges::find(wanted, name) != wanted.end()) fields.emplace_back(name, value);
    }
    fields.insert(fields.end(), options_.constant_claims.begin(), options_.constant_claims.end());
    if (options_.subject == Subject::email) registered.subject = who.user.email;
    return build(SessionClaims{.registered = std::move(registered), .fields = std::move(fields)});
}

Result<UnsignedToken> Issuer::claims_for(const session::SignedIn& who, const std::string& audience, Instant at) const {
    Registered registered{.issuer = options_.issuer,
                          .subject = who.user.id.text(),
                          .audience = audience,
                          .issued = at,
                          .expires = at + options_.life};
    if (options_.profile == TokenProfile::session_jwt) return session_claims(who, std::move(registered));
    return build(AccessClaims{
        .registered = std::move(registered), .id = random_text(*random_, id_length), .session = who.session.id.text()});
}

TokenReuse::For Issuer::what_decides(const session::SignedIn& who, const std::string& audience,
                                     const KeyId& key) const {
    const bool access = options_.profile == TokenProfile::access;
    return {.session = who.session.id,
            .audience = audience,
            .key = key,
            .subject = access ? who.user.id.text() : user_as_text(who.user)};
}

Result<std::optional<std::string>> Issuer::issue(const session::SignedIn& who, std::optional<std::string_view> audience,
                                                 Effort effort) {
    const std::string* target = &options_.audiences.front();
    if (audience) {
        const auto found = std::ranges::find(options_.audiences, *audience);
        if (found == options_.audiences.end()) return fail(Code::token_aud_mismatch, *target, *audience);
        target = &*found;
    }
    CS_TRY(const std::optional<StoredKey> key, keys_->signer(effort));
    if (!key) return std::optional<std::string>{};
    const Instant now = clock_->now();
    TokenReuse::For made_for = what_decides(who, *target, key->id);
    if (auto kept = reuse_.find(made_for, now)) return kept;
    if (effort == Effort::small && !keys_->is_quick(*key)) return std::optional<std::string>{};

    CS_TRY(const UnsignedToken unsigned_token, claims_for(who, *target, now));
    CS_TRY(std::string token, keys_->sign(*key, unsigned_token));
    reuse_.keep(std::move(made_for), now, token);
    return std::optional<std::string>{std::move(token)};
}

}    // namespace countersign::token

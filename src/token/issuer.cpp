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

std::string Issuer::session_claims(const session::SignedIn& who, const std::string& audience, Instant at) const {
    const std::int64_t now = at.unix_seconds();
    const json::Value user = user_as_value(who.user);
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("iat").value(now);
    for (const auto& [name, value] : *user.as_object()) {
        const auto& wanted = options_.payload_fields;
        if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end()) continue;
        out.key(name).value(value);
    }
    for (const auto& [name, value] : options_.constant_claims) out.key(name).value(value);
    const json::Value* subject = user.find(options_.subject_field);
    const std::string* subject_text = subject == nullptr ? nullptr : subject->as_string();
    out.key("sub").value(subject_text == nullptr ? who.user.id.text() : *subject_text);
    out.key("exp").value(now + options_.life.count());
    out.key("iss").value(options_.issuer);
    out.key("aud").value(audience);
    out.end_object();
    return text;
}

std::string Issuer::access_claims(const session::SignedIn& who, const std::string& audience, Instant at) const {
    const std::int64_t now = at.unix_seconds();
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("iss").value(options_.issuer);
    out.key("sub").value(who.user.id.text());
    out.key("aud").value(audience);
    out.key("iat").value(now);
    out.key("exp").value(now + options_.life.count());
    out.key("jti").value(random_text(*random_, id_length));
    out.key("sid").value(who.session.id.text());
    out.end_object();
    return text;
}

TokenReuse::For Issuer::what_decides(const session::SignedIn& who, const std::string& audience,
                                     const KeyId& key) const {
    const bool access = options_.profile == TokenProfile::access;
    return {.session = who.session.id,
            .audience = audience,
            .key = key,
            .subject = access ? who.user.id.text() : user_as_text(who.user)};
}

Result<std::optional<std::string>> Issuer::issue(const session::SignedIn& who,
                                                 std::optional<std::string_view> audience) {
    const std::string* target = &options_.audiences.front();
    if (audience) {
        const auto found = std::ranges::find(options_.audiences, *audience);
        if (found == options_.audiences.end()) return fail(Code::token_aud_mismatch, *target, *audience);
        target = &*found;
    }
    CS_TRY(const std::optional<StoredKey> key, keys_->find_current());
    if (!key) return std::optional<std::string>{};
    const Instant now = clock_->now();
    TokenReuse::For made_for = what_decides(who, *target, key->id);
    if (auto kept = reuse_.find(made_for, now)) return kept;

    const bool access = options_.profile == TokenProfile::access;
    const std::string claims = access ? access_claims(who, *target, now) : session_claims(who, *target, now);
    CS_TRY(std::string token, keys_->sign(*key, claims, access ? "at+jwt" : ""));
    reuse_.keep(std::move(made_for), now, token);
    return std::optional<std::string>{std::move(token)};
}

}    // namespace countersign::token

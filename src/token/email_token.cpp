#include "token/email_token.hpp"

#include "jose/secret_jwt.hpp"

namespace countersign::token {
namespace {

constexpr std::size_t longest = 4096;

struct KindRow {
    LinkKind id;
    std::string_view request_type;    // empty: the claim is absent
};
constexpr KindRow kinds[]{{LinkKind::verify, ""},
                          {LinkKind::change_confirm, "change-email-confirmation"},
                          {LinkKind::change_verify, "change-email-verification"},
                          {LinkKind::change_revert, "change-email-revert"},
                          {LinkKind::change_at_once, ""}};
static_assert(std::ranges::all_of(kinds,
                                  [](const KindRow& row) { return &row == &kinds[static_cast<std::size_t>(row.id)]; }));

/// Absent if there is no such claim; an error if it is no text.
Result<std::optional<std::string>> text_claim(const json::Value& claims, std::string_view name) {
    const json::Value* value = claims.find(name);
    if (value == nullptr) return std::optional<std::string>{};
    const std::string* text = value->as_string();
    if (text == nullptr || text->empty()) return fail(Code::verification_malformed, "text", name);
    return std::optional<std::string>{*text};
}

Result<LinkKind> kind_of(const json::Value& claims, const std::optional<std::string>& update_to) {
    CS_TRY(const std::optional<std::string> type, text_claim(claims, "requestType"));
    if (!type) return update_to ? LinkKind::change_at_once : LinkKind::verify;
    const auto* row = std::ranges::find(kinds, *type, &KindRow::request_type);
    if (row == std::end(kinds) || !update_to) return fail(Code::verification_malformed, "a requestType of a link");
    return row->id;
}

Result<EmailToken> token_from(const json::Value& claims) {
    EmailToken token;
    CS_TRY(const std::optional<std::string> email, text_claim(claims, "email"));
    if (!email) return fail(Code::verification_malformed, "email");
    token.email = *email;
    CS_TRY(const std::optional<std::string> update_to, text_claim(claims, "updateTo"));
    token.update_to = update_to.value_or("");
    CS_TRY(token.kind, kind_of(claims, update_to));
    CS_TRY(const std::optional<std::string> user, text_claim(claims, "userId"));
    if (user) token.user = UserId{*user};
    CS_TRY(const std::optional<std::string> single_use, text_claim(claims, "jti"));
    token.single_use = single_use.value_or("");
    return token;
}

}    // namespace

std::string EmailTokens::sign(const EmailToken& token, Instant now, Seconds life) const {
    std::string claims;
    json::Writer out{claims};
    out.begin_object().key("email").value(token.email);
    if (!token.update_to.empty()) out.key("updateTo").value(token.update_to);
    const std::string_view type = kinds[static_cast<std::size_t>(token.kind)].request_type;
    if (!type.empty()) out.key("requestType").value(type);
    if (token.user) out.key("userId").value(token.user->text());
    if (!token.single_use.empty()) out.key("jti").value(token.single_use);
    out.key("iat").value(now.unix_seconds()).key("exp").value((now + life).unix_seconds()).end_object();
    return jose::sign_secret_jwt(keys_.current(), claims);
}

Result<EmailToken> EmailTokens::open(std::string_view text, Instant now) const {
    if (text.size() > longest) return fail(Code::verification_malformed, longest, text.size());
    const std::optional<json::Value> claims = jose::open_secret_jwt(keys_, text);
    if (!claims) return fail(Code::verification_malformed, "an HS256 token with our signature", text.size());
    const json::Value* end = claims->find("exp");
    if (end == nullptr || end->as_integer() == nullptr) return fail(Code::verification_malformed, "exp");
    if (*end->as_integer() <= now.unix_seconds())
        return fail(Code::verification_expired, Instant::from_unix(Seconds{*end->as_integer()}), now);
    return token_from(*claims);
}

}    // namespace countersign::token

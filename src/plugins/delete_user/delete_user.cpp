#include "plugins/delete_user/delete_user.hpp"

#include "base/url.hpp"
#include "guard/failure_limit.hpp"
#include "guard/happening.hpp"
#include "guard/session_caller.hpp"
#include "guard/session_cookies.hpp"
#include "identity/outbox.hpp"
#include "identity/users.hpp"
#include "identity/verifications.hpp"

namespace countersign::delete_user {
namespace {

using namespace http;
using identity::Purpose;
using identity::Users;
using identity::Verifications;
using Switch = DeleteUserOptions::Switch;

constexpr std::string_view deleted = R"({"success":true,"message":"User deleted"})";

Result<void> remove(Exchange& x, storage::Tx& tx, guard::Happening& deletes) {
    CS_CHECK(x.service<Users>().remove(tx, x.actor()));
    deletes.write(tx);
    return x.service<Verifications>().revoke_all(tx, x.actor().user());
}

/// Another user's visit spends the token: somebody else has seen it.
Result<void> remove_with(Exchange& x, std::string_view token) {
    guard::Happening deletes{x, events::Kind::user_deleted};
    CS_CHECK(x.service<storage::Storage>().transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY(const std::optional<UserId> user, x.service<Verifications>().take(tx, Purpose::delete_account, token));
        if (!user) return fail(Code::verification_unknown);
        if (*user != x.actor().user()) return tx.refuse(AuthError{Code::verification_unknown, "the caller's token"});
        return remove(x, tx, deletes);
    }));
    deletes.done();
    return {};
}

Message mail_of(const DeleteUserOptions& options, const std::string& to, const std::string& token,
                std::string_view callback) {
    std::string url = options.base + "/delete-user/callback?token=" + token +
                      "&callbackURL=" + percent_encode_component(callback.empty() ? "/" : callback);
    return {.at = {},
            .to = to,
            .kind = "delete-account",
            .subject = "Delete your account",
            .text = "Follow this link to delete your account for good. If you did not ask for it, do nothing:\n" + url,
            .url = url,
            .token = token,
            .otp = {}};
}

Result<Response> send_link(Exchange& x) {
    const auto& options = x.service<DeleteUserOptions>();
    auto& verifications = x.service<Verifications>();
    const std::string token = verifications.new_token(Purpose::delete_account);
    const identity::User& user = x.caller_state<guard::SessionState>()->signed_in.user;
    Message mail = mail_of(options, user.email, token, x.text("callbackURL").value_or(""));
    const auto work = [&](storage::Tx& tx) -> Result<void> {
        CS_CHECK(verifications.issue(tx, Purpose::delete_account, token, user.id, options.life));
        return x.service<identity::Outbox>().put(tx, std::move(mail));
    };
    CS_CHECK(x.service<storage::Storage>().transact(work));
    return Response::json(R"({"success":true,"message":"Verification email sent"})");
}

Response gone(Exchange& x, Response answer) {
    x.service<guard::SessionCookies>().append_clear(answer, x.request());
    return answer;
}

Result<Response> run_delete(Exchange& x) {
    const auto& options = x.service<DeleteUserOptions>();
    if (options.enabled == Switch::off) return fail(Code::user_delete_disabled);
    const std::string_view password = x.text("password").value_or("");
    const std::string_view token = x.text("token").value_or("");
    if (!password.empty()) {
        guard::PasswordAttempt attempt{x};
        CS_CHECK(x.service<Users>().verify_password(attempt, x.actor(), password));
    }
    if (!token.empty()) {
        CS_CHECK(remove_with(x, token));
        return gone(x, Response::json(std::string{deleted}));
    }
    if (options.send == Switch::on) return send_link(x);
    if (password.empty()) {
        const auto& sessions = x.service<session::Sessions>();
        if (sessions.freshness(x.actor(), x.now()) == session::Sessions::Freshness::stale)
            return fail(Code::session_not_fresh, sessions.options().fresh_age.count());
    }
    guard::Happening deletes{x, events::Kind::user_deleted};
    CS_CHECK(x.service<storage::Storage>().transact([&](storage::Tx& tx) { return remove(x, tx, deletes); }));
    deletes.done();
    return gone(x, Response::json(std::string{deleted}));
}

Result<Response> run_callback(Exchange& x) {
    if (x.service<DeleteUserOptions>().enabled == Switch::off)
        return fail(AuthError{Code::user_delete_disabled}.shown_as(Public::delete_callback_disabled));
    CS_CHECK(remove_with(x, *x.query("token")));
    const std::string_view callback = x.query("callbackURL").value_or("");
    return gone(x, callback.empty() ? Response::json(std::string{deleted}) : Response::follow(location_text(callback)));
}

constexpr Field delete_fields[]{
    {.name = "callbackURL", .kind = Kind::string, .need = Need::optional, .redirect = Public::invalid_callback_url},
    {.name = "password", .kind = Kind::string, .need = Need::optional},
    {.name = "token", .kind = Kind::string, .need = Need::optional},
};
constexpr Shape delete_shape{.fields = delete_fields, .body_need = Need::optional};
constexpr Field callback_fields[]{
    {.name = "token", .kind = Kind::string, .need = Need::required},
    {.name = "callbackURL", .kind = Kind::string, .need = Need::optional, .redirect = Public::invalid_callback_url},
};
constexpr Shape callback_shape{.fields = callback_fields};
constexpr FaceFor delete_errors[]{{Code::login_password, Public::invalid_password},
                                  {Code::password_hash_unreadable, Public::invalid_password},
                                  {Code::password_hash_cost, Public::invalid_password},
                                  {Code::login_no_credential, Public::credential_account_not_found},
                                  {Code::session_not_fresh, Public::session_too_old},
                                  {Code::verification_unknown, Public::invalid_token_not_found}};
constexpr FaceFor callback_errors[]{{Code::session_missing, Public::user_info_missing},
                                    {Code::session_unknown, Public::user_info_missing},
                                    {Code::session_expired, Public::user_info_missing},
                                    {Code::session_signature, Public::user_info_missing},
                                    {Code::cookie_shadowed_duplicate, Public::user_info_missing},
                                    {Code::verification_unknown, Public::invalid_token_not_found}};

constexpr Endpoint delete_endpoint{
    .method = Method::post,
    .path = "/delete-user",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::hash,
    .run = run_delete,
    .summary = "Deletes the caller, or mails the link that does",
    .body = &delete_shape,
    .errors = delete_errors,
    .guess = Guess::password,
};
constexpr Endpoint callback_endpoint{
    .method = Method::get,
    .path = "/delete-user/callback",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_callback,
    .summary = "The mailed link: deletes the caller",
    .media = Media::ignored,
    .query = &callback_shape,
    .errors = callback_errors,
};
constexpr const Endpoint* endpoints[]{&delete_endpoint, &callback_endpoint};

}    // namespace

const Plugin plugin{.id = "delete-user", .endpoints = endpoints, .tables = std::span<const storage::Table* const>{}};

}    // namespace countersign::delete_user

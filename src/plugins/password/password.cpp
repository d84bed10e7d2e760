#include "plugins/password/password.hpp"

#include "guard/failure_limit.hpp"
#include "guard/happening.hpp"
#include "guard/session_caller.hpp"
#include "guard/session_cookies.hpp"
#include "identity/users.hpp"
#include "identity/verifications.hpp"

namespace countersign::password {
namespace {

using namespace http;
using guard::SessionCookies;
using session::Session;
using session::Sessions;

/// Who finds a browser that was left open knows no password, and has all the time to guess.
Result<void> check_age(const Exchange& x) {
    if (x.service<PasswordOptions>().age == PasswordOptions::Age::any) return {};
    const auto& sessions = x.service<Sessions>();
    if (sessions.freshness(x.actor(), x.now()) == Sessions::Freshness::fresh) return {};
    return fail(Code::session_not_fresh, sessions.options().fresh_age.count());
}

Result<Response> run_change(Exchange& x) {
    CS_CHECK(check_age(x));
    const auto& cookies = x.service<SessionCookies>();
    const bool revoke = x.flag("revokeOtherSessions").value_or(false);
    const session::Remember remember = cookies.remember(x.request());
    std::optional<Session> made;
    guard::Happening changed{x, events::Kind::password_changed}, revoked{x, events::Kind::sessions_revoked};
    // One transaction: nobody has the new password and the sessions of the old one.
    const auto follow = [&](storage::Tx& tx) -> Result<void> {
        CS_CHECK(x.service<identity::Verifications>().revoke_all(tx, x.actor().user()));    // REC-03
        changed.write(tx);
        if (!revoke) return {};
        auto& sessions = x.service<Sessions>();
        CS_CHECK(sessions.revoke_all(tx, x.actor()));
        revoked.write(tx, "all");
        CS_TRY(made, sessions.issue(tx, x.actor().user(), remember, guard::client_of(x)));
        return {};
    };
    guard::PasswordAttempt attempt{x};
    CS_CHECK(x.service<identity::Users>().change_password(attempt, x.actor(), *x.text("currentPassword"),
                                                          *x.text("newPassword"), follow));
    changed.done();
    if (revoke) revoked.done();
    const identity::User& user = x.caller_state<guard::SessionState>()->signed_in.user;
    x.service<guard::FailureLimit>().forgive(user.email);
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("token");
    made ? out.value(made->token) : out.value(nullptr);
    out.key("user");
    identity::write_user(out, user);
    out.end_object();
    Response answer = Response::json(std::move(text));
    if (made) CS_CHECK(cookies.append_session(answer, x, {*std::move(made), user}, remember));
    return answer;
}

Result<Response> run_verify(Exchange& x) {
    guard::PasswordAttempt attempt{x};
    CS_CHECK(x.service<identity::Users>().verify_password(attempt, x.actor(), *x.text("password")));
    return Response::json(R"({"status":true})");
}

constexpr Field change_fields[]{
    {.name = "newPassword", .kind = Kind::string, .need = Need::required},
    {.name = "currentPassword", .kind = Kind::string, .need = Need::required},
    {.name = "revokeOtherSessions", .kind = Kind::boolean, .need = Need::optional},
};
constexpr Shape change_shape{.fields = change_fields};
constexpr Field verify_fields[]{{.name = "password", .kind = Kind::string, .need = Need::required}};
constexpr Shape verify_shape{.fields = verify_fields};

/// The caller is known already: what is wrong is the password, and that is no question of signing in.
constexpr FaceFor change_errors[]{{Code::login_password, Public::invalid_password},
                                  {Code::password_hash_unreadable, Public::invalid_password},
                                  {Code::password_hash_cost, Public::invalid_password},
                                  {Code::login_no_credential, Public::credential_account_not_found}};
constexpr FaceFor verify_errors[]{{Code::login_password, Public::invalid_password},
                                  {Code::password_hash_unreadable, Public::invalid_password},
                                  {Code::password_hash_cost, Public::invalid_password},
                                  {Code::login_no_credential, Public::invalid_password}};

constexpr Endpoint change{
    .method = Method::post,
    .path = "/change-password",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::trusted_only,
    .limit = Limit{.max = 3, .window = Seconds{10}},
    .lane = Lane::hash,
    .run = run_change,
    .summary = "Changes the caller's password",
    .body = &change_shape,
    .errors = change_errors,
    .guess = Guess::password,
};
constexpr Endpoint verify{
    .method = Method::post,
    .path = "/verify-password",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::hash,
    .run = run_verify,
    .summary = "Proves the caller's password once more",
    .body = &verify_shape,
    .errors = verify_errors,
    .guess = Guess::password,
};

constexpr const Endpoint* endpoints[]{&change, &verify};

}    // namespace

const Plugin plugin{.id = "password", .endpoints = endpoints, .tables = std::span<const storage::Table* const>{}};

}    // namespace countersign::password

#include "plugins/email_verification/email_verification.hpp"

#include "base/url.hpp"
#include "guard/failure_limit.hpp"
#include "guard/happening.hpp"
#include "guard/session_caller.hpp"
#include "guard/session_cookies.hpp"
#include "token/email_links.hpp"

namespace countersign::email_verification {
namespace {

using namespace http;
using identity::EmailState;
using identity::User;
using identity::Users;
using token::EmailLinks;
using token::EmailToken;
using token::LinkKind;
using Switch = EmailVerificationOptions::Switch;

Result<Response> run_send(Exchange& x) {
    if (x.service<EmailVerificationOptions>().send == Switch::off) return fail(Code::verification_disabled);
    auto& links = x.service<EmailLinks>();
    const std::string email = canonical_email(*x.text("email"));
    const std::string_view callback = x.text("callbackURL").value_or("");
    CS_TRY(const std::optional<User> user, x.service<Users>().find_by_email(email));
    if (x.has_actor()) {
        if (!user || user->id != x.actor().user()) return fail(Code::email_mismatch);
        if (user->email_state == EmailState::verified) return fail(Code::verification_done);
    }
    const bool wanted = user && user->email_state == EmailState::unverified;
    CS_CHECK(x.service<storage::Storage>().transact([&](storage::Tx& tx) -> Result<void> {
        return wanted ? links.mail_verify(tx, *user, callback) : links.mail_nobody(tx, email, callback);
    }));
    return Response::json(R"({"status":true})");
}

/// What following a link has done.
struct Followed {
    std::optional<User> changed;    // the user of the answer; absent: null
    std::optional<UserId> proved;
    std::optional<session::SignedIn> made;
    std::vector<guard::Happening> happened;    // written, and to be said after the commit
};

void write_event(Exchange& x, storage::Tx& tx, Followed& done, events::Kind kind, const UserId& user) {
    guard::Happening happening{x, kind};
    happening.about(user);
    if (done.made && kind == events::Kind::sign_in) happening.about(done.made->session);
    happening.write(tx);
    done.happened.push_back(std::move(happening));
}

/// A link that somebody else mailed must not put their account in the place of the one that is signed in (SES-13).
bool keeps_session(const Exchange& x, const User& user) {
    if (!x.has_actor()) return false;
    return x.actor().user() == user.id || x.service<EmailVerificationOptions>().over_others == Switch::off;
}

Result<void> verify(Exchange& x, storage::Tx& tx, const User& user, Followed& done) {
    if (user.email_state == EmailState::verified) return {};
    CS_TRY(User now, x.service<Users>().set_email(tx, user.id, user.email, EmailState::verified));
    done.proved = user.id;
    write_event(x, tx, done, events::Kind::email_verified, user.id);
    if (x.service<EmailVerificationOptions>().sign_in_after == Switch::off || keeps_session(x, user)) return {};
    CS_TRY(session::Session session,
           x.service<session::Sessions>().issue(tx, user.id, session::Remember::yes, guard::client_of(x)));
    done.made.emplace(std::move(session), std::move(now));
    write_event(x, tx, done, events::Kind::sign_in, user.id);
    return {};
}

Result<void> change(Exchange& x, storage::Tx& tx, const User& user, const EmailToken& token, Followed& done) {
    const auto& options = x.service<EmailVerificationOptions>();
    EmailState state = options.change_is_proof == Switch::on ? EmailState::verified : user.email_state;
    if (token.kind == LinkKind::change_at_once) state = EmailState::unverified;
    CS_TRY(done.changed, x.service<Users>().set_email(tx, user.id, token.update_to, state));
    write_event(x, tx, done, events::Kind::email_changed, user.id);
    CS_CHECK(x.service<identity::Verifications>().revoke_all(tx, user.id));
    if (options.notice == Switch::on) CS_CHECK(x.service<EmailLinks>().mail_changed(tx, *done.changed, user.email));
    if (token.kind == LinkKind::change_verify) return {};
    return x.service<EmailLinks>().mail_verify(tx, *done.changed, x.query("callbackURL").value_or(""));
}

/// Whoever holds the new address is asked, unless they have an account already (ENU-04).
Result<void> ask_new_address(Exchange& x, storage::Tx& tx, const User& user, const EmailToken& token) {
    auto& links = x.service<EmailLinks>();
    const std::string_view callback = x.query("callbackURL").value_or("");
    CS_TRY(const std::optional<User> holder, x.service<Users>().find_by_email(tx, token.update_to));
    if (holder && x.service<EmailVerificationOptions>().conceals == Switch::on)
        return links.mail_nobody(tx, token.update_to, callback);
    return links.mail_change(tx, user, token.update_to, callback, LinkKind::change_verify);
}

/// The address of the token must still be that of its user: it proves no other (REC-04).
Result<void> follow(Exchange& x, storage::Tx& tx, const EmailToken& token, Followed& done) {
    auto& links = x.service<EmailLinks>();
    auto& users = x.service<Users>();
    CS_CHECK(links.use(tx, token));
    CS_TRY(const std::optional<User> user, users.find_by_email(tx, token.email));
    const bool changes = token.kind != LinkKind::verify;
    if (!user) return fail(changes ? Code::verification_unknown : Code::verification_user_gone);
    if (token.user && *token.user != user->id) return fail(Code::verification_user_mismatch);
    if (!changes) return verify(x, tx, *user, done);
    if (x.has_actor() && x.actor().user() != user->id) return fail(Code::verification_user_mismatch);
    if (token.kind == LinkKind::change_confirm) return ask_new_address(x, tx, *user, token);
    return change(x, tx, *user, token, done);
}

Response answer_of(const Exchange& x, const Followed& done) {
    if (const std::string_view callback = x.query("callbackURL").value_or(""); !callback.empty())
        return Response::follow(location_text(callback));
    std::string text;
    json::Writer out{text};
    out.begin_object().key("status").value(true).key("user");
    if (done.changed) {
        identity::write_user(out, *done.changed);
    } else {
        out.value(nullptr);
    }
    out.end_object();
    return Response::json(std::move(text));
}

Result<Response> run_verify(Exchange& x) {
    const std::string_view callback = x.query("callbackURL").value_or("");
    if (!callback.empty()) x.refuse_to(std::string{callback});
    CS_TRY(const EmailToken token, x.service<EmailLinks>().open(*x.query("token")));
    if (token.kind == LinkKind::change_revert) return fail(Code::verification_malformed, "a link of this endpoint");
    Followed done;
    CS_CHECK(x.service<storage::Storage>().transact(
        [&](storage::Tx& tx) -> Result<void> { return follow(x, tx, token, done); }));
    for (guard::Happening& happening : done.happened) happening.done();
    Response answer = answer_of(x, done);
    if (done.made) {
        const auto& cookies = x.service<guard::SessionCookies>();
        CS_CHECK(cookies.append_session(answer, x, *done.made, session::Remember::yes));
        x.service<guard::FailureLimit>().remember(answer, x.request(), token.email);
    }
    return answer;
}

constexpr Field send_fields[]{
    {.name = "email", .kind = Kind::email, .need = Need::required},
    {.name = "callbackURL", .kind = Kind::string, .need = Need::optional, .redirect = Public::invalid_callback_url},
};
constexpr Shape send_shape{.fields = send_fields};
constexpr Field verify_fields[]{
    {.name = "token", .kind = Kind::string, .need = Need::required},
    {.name = "callbackURL", .kind = Kind::string, .need = Need::optional, .redirect = Public::invalid_callback_url},
};
constexpr Shape verify_shape{.fields = verify_fields};
constexpr FaceFor verify_errors[]{{Code::verification_unknown, Public::invalid_token_unauthorized},
                                  {Code::verification_user_gone, Public::user_not_found_unauthorized},
                                  {Code::email_taken, Public::invalid_token_unauthorized}};

constexpr Endpoint send{
    .method = Method::post,
    .path = "/send-verification-email",
    .caller = Caller::authoritative_if_any,
    .origin = OriginRule::trusted_only,
    .limit = Limit{.max = 3, .window = Seconds{60}},
    .lane = Lane::storage,
    .run = run_send,
    .summary = "Mails a link that verifies the address, if that is due",
    .body = &send_shape,
};
constexpr Endpoint link{
    .method = Method::get,
    .path = "/verify-email",
    .caller = Caller::authoritative_if_any,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_verify,
    .summary = "The mailed link: verifies or changes the address",
    .media = Media::ignored,
    .query = &verify_shape,
    .errors = verify_errors,
};

constexpr const Endpoint* endpoints[]{&send, &link};

}    // namespace

const Plugin plugin{
    .id = "email-verification", .endpoints = endpoints, .tables = std::span<const storage::Table* const>{}};

}    // namespace countersign::email_verification

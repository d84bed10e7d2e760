#include "plugins/email_password/email_password.hpp"

#include "base/url.hpp"
#include "guard/failure_limit.hpp"
#include "guard/fields.hpp"
#include "guard/happening.hpp"
#include "guard/session_caller.hpp"
#include "guard/session_cookies.hpp"
#include "identity/users.hpp"
#include "token/email_links.hpp"

namespace countersign::email_password {
namespace {

using namespace http;
using guard::SessionCookies;
using Switch = EmailPasswordOptions::Switch;

session::Remember remember_of(const Exchange& x) {
    return x.flag("rememberMe").value_or(true) ? session::Remember::yes : session::Remember::no;
}

/// A session that a request makes, and the event that says so.
struct Made {
    std::optional<session::Session> session;
    guard::Happening happening;
};

/// Makes the session of a proved user in the transaction that proved it.
identity::Then sign_in_with(Exchange& x, Made& made) {
    return [&x, &made](storage::Tx& tx, const identity::User& user) -> Result<void> {
        const auto& options = x.service<EmailPasswordOptions>();
        if (options.require_verified == Switch::on && user.email_state == identity::EmailState::unverified) {
            if (options.send_on_sign_in == Switch::on)
                CS_CHECK(x.service<token::EmailLinks>().mail_verify(tx, user, x.text("callbackURL").value_or("")));
            return tx.refuse(AuthError{Code::login_unverified});    // the mail is on its way all the same
        }
        CS_TRY(made.session, x.service<session::Sessions>().issue(tx, user.id, remember_of(x), guard::client_of(x)));
        made.happening.about(*made.session);
        made.happening.write(tx);
        return {};
    };
}

/// What a new user gets with their row: the link, and the session if the address need not be verified first.
identity::Then welcome(Exchange& x, Made& made) {
    return [&x, &made](storage::Tx& tx, const identity::User& user) -> Result<void> {
        const auto& options = x.service<EmailPasswordOptions>();
        if (options.send_on_sign_up == Switch::on)
            CS_CHECK(x.service<token::EmailLinks>().mail_verify(tx, user, x.text("callbackURL").value_or("")));
        if (options.auto_sign_in == Switch::on && options.require_verified == Switch::off)
            return sign_in_with(x, made)(tx, user);
        made.happening.about(user.id);
        made.happening.write(tx);
        return {};
    };
}

/// A taken address answers as a new one, and costs as many mails.
identity::Then address_is_taken(Exchange& x) {
    return [&x](storage::Tx& tx, const identity::User& owner) -> Result<void> {
        const auto& options = x.service<EmailPasswordOptions>();
        if (options.send_on_sign_up == Switch::off) return {};
        auto& links = x.service<token::EmailLinks>();
        if (options.notice == Switch::on) return links.mail_taken(tx, owner);
        return links.mail_nobody(tx, owner.email, x.text("callbackURL").value_or(""));
    };
}

Result<void> set_cookies(Exchange& x, Response& answer, const session::SignedIn& signed_in) {
    CS_CHECK(x.service<SessionCookies>().append_session(answer, x, signed_in, remember_of(x)));
    x.service<guard::FailureLimit>().remember(answer, x.request(), signed_in.user.email);
    return {};
}

Result<Response> run_sign_up(Exchange& x) {
    const auto& options = x.service<EmailPasswordOptions>();
    if (options.enabled == Switch::off || options.sign_up == Switch::off) return fail(Code::signup_disabled);
    auto& users = x.service<identity::Users>();
    identity::NewUser ask{.name = *x.text("name"),
                          .email = *x.text("email"),
                          .password = *x.text("password"),
                          .image = x.text("image"),
                          .fields = {}};
    CS_CHECK(users.check_length(ask.password));
    CS_TRY(ask.fields, guard::new_fields(x, users.fields()));
    Made made{.session = {}, .happening = guard::Happening{x, events::Kind::sign_up}};
    CS_TRY(const identity::User user, users.sign_up(ask, welcome(x, made), address_is_taken(x)));
    if (made.happening.is_written()) made.happening.done();    // else the address was taken, and nobody is new

    std::string text;
    json::Writer out{text};
    out.begin_object();
    if (made.session) {
        out.key("token").value(made.session->token);
    } else {
        out.key("token").value(nullptr);
    }
    out.key("user");
    identity::write_user(out, user);
    out.end_object();
    Response answer = Response::json(std::move(text));
    if (made.session) CS_CHECK(set_cookies(x, answer, {*made.session, user}));
    return answer;
}

Result<Response> run_sign_in(Exchange& x) {
    if (x.service<EmailPasswordOptions>().enabled == Switch::off) return fail(Code::login_disabled);
    Made made{.session = {}, .happening = guard::Happening{x, events::Kind::sign_in}};
    auto& users = x.service<identity::Users>();
    guard::PasswordAttempt attempt{x};
    const Result<identity::User> proved =
        users.sign_in(attempt, *x.text("email"), *x.text("password"), sign_in_with(x, made));
    if (!proved.ok()) {
        if (proved.error().code() == Code::login_limited) return fail(proved.error());    // before any look-up
        // Whose account it was, for the record: one read, whether or not the address is known (ENU-02).
        const auto holder = users.find_by_email(canonical_email(*x.text("email")));
        if (holder.ok() && *holder) x.set_subject((*holder)->id.text());
        return fail(proved.error());
    }
    const identity::User& user = *proved;
    CS_ASSERT(made.session.has_value());
    made.happening.done();

    const std::optional<std::string_view> named = x.text("callbackURL");
    const std::string_view callback = named.value_or("");
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("redirect").value(!callback.empty());
    out.key("token").value(made.session->token);
    if (named) out.key("url").value(callback);
    out.key("user");
    identity::write_user(out, user);
    out.end_object();
    Response answer = Response::json(std::move(text));
    if (!callback.empty()) answer.headers.emplace_back("location", location_text(callback));
    CS_CHECK(set_cookies(x, answer, {*made.session, user}));
    return answer;
}

constexpr Field sign_up_fields[]{
    {.name = "name", .kind = Kind::string, .need = Need::required},
    {.name = "email", .kind = Kind::email, .need = Need::required},
    {.name = "password", .kind = Kind::string, .need = Need::required, .min_length = 1},
    {.name = "image", .kind = Kind::string, .need = Need::optional},
    {.name = "callbackURL", .kind = Kind::string, .need = Need::optional, .redirect = Public::invalid_callback_url},
    {.name = "rememberMe", .kind = Kind::boolean, .need = Need::optional},
};
constexpr Shape sign_up_shape{.fields = sign_up_fields, .form = Form::object_and_record};

constexpr Field sign_in_fields[]{
    {.name = "email", .kind = Kind::string, .need = Need::required},
    {.name = "password", .kind = Kind::string, .need = Need::required},
    {.name = "callbackURL", .kind = Kind::string, .need = Need::optional, .redirect = Public::invalid_callback_url},
    {.name = "rememberMe", .kind = Kind::boolean, .need = Need::optional},
};
constexpr Shape sign_in_shape{.fields = sign_in_fields};

constexpr Limit credentials{.max = 3, .window = Seconds{10}};    // Better Auth's rule for /sign-in and /sign-up

constexpr Endpoint sign_up{
    .method = Method::post,
    .path = "/sign-up/email",
    .caller = Caller::anyone,
    .origin = OriginRule::form,
    .limit = credentials,
    .lane = Lane::hash,
    .run = run_sign_up,
    .summary = "Make a user with a password",
    .media = Media::json_or_form,
    .body = &sign_up_shape,
};
constexpr Endpoint sign_in{
    .method = Method::post,
    .path = "/sign-in/email",
    .caller = Caller::anyone,
    .origin = OriginRule::form,
    .limit = credentials,
    .lane = Lane::hash,
    .run = run_sign_in,
    .summary = "Sign in with address and password",
    .media = Media::json_or_form,
    .body = &sign_in_shape,
    .guess = Guess::password,
};

constexpr const Endpoint* endpoints[]{&sign_up, &sign_in};

}    // namespace

const Plugin plugin{.id = "email-password", .endpoints = endpoints, .tables = std::span<const storage::Table* const>{}};

}    // namespace countersign::email_password

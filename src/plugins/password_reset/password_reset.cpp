#include "plugins/password_reset/password_reset.hpp"

#include "base/url.hpp"
#include "guard/failure_limit.hpp"
#include "guard/happening.hpp"
#include "identity/outbox.hpp"
#include "identity/users.hpp"
#include "identity/verifications.hpp"
#include "session/sessions.hpp"
#include "storage/tables.hpp"

namespace countersign::password_reset {
namespace {

using namespace http;
using identity::Purpose;
using identity::Users;
using identity::Verifications;
using Switch = PasswordResetOptions::Switch;

constexpr std::string_view requested =
    R"({"status":true,"message":"If this email exists in our system, check your email for the reset link"})";

Message reset_mail(const PasswordResetOptions& options, std::string to, const std::string& token,
                   std::string_view callback) {
    std::string url = options.base + "/reset-password/" + token + "?callbackURL=" + percent_encode_component(callback);
    return {.at = {},
            .to = std::move(to),
            .kind = "reset-password",
            .subject = "Reset your password",
            .text = "Follow this link to choose a new password. If you did not ask for it, do nothing:\n" + url,
            .url = url,
            .token = token,
            .otp = {}};
}

Message notice_mail(std::string to) {
    return {.at = {},
            .to = std::move(to),
            .kind = "password-changed",
            .subject = "Your password was changed",
            .text = "Your password was reset by a mailed link, and every session was ended.",
            .url = {},
            .token = {},
            .otp = {}};
}

/// An unknown address costs the same statements, and nothing stays of them (ENU-04).
Result<Response> run_request(Exchange& x) {
    const auto& options = x.service<PasswordResetOptions>();
    if (options.send == Switch::off) return fail(Code::reset_disabled);
    auto& verifications = x.service<Verifications>();
    auto& outbox = x.service<identity::Outbox>();
    const std::string email = canonical_email(*x.text("email"));
    CS_TRY(const std::optional<identity::User> user, x.service<Users>().find_by_email(email));
    const std::string token = verifications.new_token(Purpose::reset_password);
    Message mail = reset_mail(options, email, token, x.text("redirectTo").value_or(""));
    const auto work = [&](storage::Tx& tx) -> Result<void> {
        if (!user) {
            CS_CHECK(verifications.issue_nothing(tx, Purpose::reset_password, token));
            return outbox.put_nothing(tx, std::move(mail));
        }
        CS_CHECK(verifications.issue(tx, Purpose::reset_password, token, user->id, options.life));
        return outbox.put(tx, std::move(mail));
    };
    CS_CHECK(x.service<storage::Storage>().transact(work));
    guard::Happening asked{x, events::Kind::reset_asked};
    if (user) asked.about(user->id);
    asked.done();
    return Response::json(std::string{requested});
}

/// Hands the token on to the page that asks for the new password; takes nothing.
Result<Response> run_link(Exchange& x) {
    const auto& options = x.service<PasswordResetOptions>();
    const std::string_view callback = *x.query("callbackURL");
    const std::string target = callback.empty()
                                   ? options.base + "/error"
                                   : (callback.starts_with('/') ? options.origin : "") + std::string{callback};
    x.refuse_to(target);
    CS_TRY(const std::optional<UserId> user, x.service<Verifications>().find(Purpose::reset_password, x.parameter()));
    if (!user || callback.empty()) return fail(Code::verification_unknown);
    return Response::follow(with_query(target, "token", x.parameter()));
}

struct Checked {
    UserId holder;
    std::string hashed;
};

Result<Checked> check(Exchange& x, const std::string& token, std::string_view password) {
    auto& users = x.service<Users>();
    CS_CHECK(users.check_length(password));
    CS_TRY(const std::optional<UserId> holder, x.service<Verifications>().find(Purpose::reset_password, token));
    if (!holder) return fail(Code::verification_unknown);
    CS_TRY(std::string hashed, users.hash_new(password, *holder));
    return Checked{*holder, std::move(hashed)};
}

/// A password that is refused leaves the token, but not for ever: who has a token and no password has ten tries.
Result<void> count_try(Exchange& x, const std::string& token, Code refused) {
    constexpr std::array by_rule{Code::password_too_short, Code::password_too_long, Code::password_common,
                                 Code::password_personal, Code::password_simple};
    if (x.service<PasswordResetOptions>().counts_tries == Switch::off) return {};
    if (std::ranges::find(by_rule, refused) == by_rule.end()) return {};
    auto& verifications = x.service<Verifications>();
    CS_TRY(const std::optional<UserId> holder, verifications.find(Purpose::reset_password, token));
    if (!holder) return {};
    using Tries = guard::FailureLimit::Tries;
    CS_TRY(const Tries tries, x.service<guard::FailureLimit>().count_refused_with(token));
    if (tries == Tries::left) return {};
    return x.service<storage::Storage>().transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY([[maybe_unused]] const std::optional<UserId> user,
               verifications.take(tx, Purpose::reset_password, token));
        return {};
    });
}

/// The token goes in the transaction that sets the password: a password that is refused leaves it (REC-02). Who reads
/// the account's mail is let in from here, whatever others guess (ENU-08).
Result<Response> run_reset(Exchange& x) {
    const auto& options = x.service<PasswordResetOptions>();
    auto& users = x.service<Users>();
    auto& verifications = x.service<Verifications>();
    const std::string token{x.text("token").value_or(x.query("token").value_or(""))};
    const std::string_view password = *x.text("newPassword");
    if (token.empty()) return fail(Code::verification_unknown, "a token");
    const Result<Checked> checked = check(x, token, password);
    if (!checked.ok()) {
        CS_CHECK(count_try(x, token, checked.error().code()));
        return fail(checked.error());
    }
    const auto& [holder, hashed] = *checked;
    guard::Happening reset{x, events::Kind::reset_done}, revoked{x, events::Kind::sessions_revoked},
        verified{x, events::Kind::email_verified};
    reset.about(holder);
    revoked.about(holder);
    verified.about(holder);
    std::optional<identity::User> owner;
    const auto work = [&](storage::Tx& tx) -> Result<void> {
        CS_TRY(const std::optional<UserId> user, verifications.take(tx, Purpose::reset_password, token));
        if (!user) return fail(Code::verification_unknown);
        CS_CHECK(users.set_password(tx, *user, hashed));
        CS_CHECK(verifications.revoke_all(tx, *user));
        reset.write(tx);
        if (options.ends_sessions == Switch::on) {
            CS_CHECK(x.service<session::Sessions>().revoke_proved(tx, *user));
            revoked.write(tx, "all");
        }
        CS_TRY(owner, users.find(tx, *user));
        const bool unproved = owner && owner->email_state == identity::EmailState::unverified;
        if (unproved && options.proves_address == Switch::on) {
            CS_TRY(owner, users.set_email(tx, *user, owner->email, identity::EmailState::verified));
            verified.write(tx);
        }
        return owner && options.notice == Switch::on ? x.service<identity::Outbox>().put(tx, notice_mail(owner->email))
                                                     : Result<void>{};
    };
    CS_CHECK(x.service<storage::Storage>().transact(work));
    reset.done();
    if (revoked.is_written()) revoked.done();
    if (verified.is_written()) verified.done();
    Response answer = Response::json(R"({"status":true})");
    if (owner) {
        const auto& failures = x.service<guard::FailureLimit>();
        failures.forgive(owner->email);
        failures.remember(answer, x.request(), owner->email);
    }
    return answer;
}

constexpr Field request_fields[]{
    {.name = "email", .kind = Kind::email, .need = Need::required},
    {.name = "redirectTo", .kind = Kind::string, .need = Need::optional, .redirect = Public::invalid_redirect_url},
};
constexpr Shape request_shape{.fields = request_fields};
constexpr Field link_fields[]{
    {.name = "callbackURL", .kind = Kind::string, .need = Need::required, .redirect = Public::invalid_callback_url},
};
constexpr Shape link_shape{.fields = link_fields};
constexpr Field reset_fields[]{
    {.name = "newPassword", .kind = Kind::string, .need = Need::required},
    {.name = "token", .kind = Kind::string, .need = Need::optional},
};
constexpr Shape reset_shape{.fields = reset_fields};
constexpr Field token_fields[]{{.name = "token", .kind = Kind::string, .need = Need::optional}};
constexpr Shape token_shape{.fields = token_fields};

constexpr Endpoint request{
    .method = Method::post,
    .path = "/request-password-reset",
    .caller = Caller::anyone,
    .origin = OriginRule::trusted_only,
    .limit = Limit{.max = 3, .window = Seconds{60}},
    .lane = Lane::storage,
    .run = run_request,
    .summary = "Mails a link that resets the password, if the address is known",
    .body = &request_shape,
};
constexpr Endpoint link{
    .method = Method::get,
    .path = "/reset-password/:token",
    .caller = Caller::anyone,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_link,
    .summary = "The mailed link: goes on to the page that asks for the new password",
    .media = Media::ignored,
    .query = &link_shape,
};
constexpr Endpoint reset{
    .method = Method::post,
    .path = "/reset-password",
    .caller = Caller::anyone,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::hash,
    .run = run_reset,
    .summary = "Sets a new password with the mailed token",
    .body = &reset_shape,
    .query = &token_shape,
};

constexpr const Endpoint* endpoints[]{&request, &link, &reset};
constexpr const storage::Table* tables[]{&storage::outbox_table};

}    // namespace

const Plugin plugin{.id = "password-reset", .endpoints = endpoints, .tables = tables};

}    // namespace countersign::password_reset

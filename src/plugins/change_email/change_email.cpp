#include "plugins/change_email/change_email.hpp"

#include "guard/happening.hpp"
#include "guard/session_caller.hpp"
#include "guard/session_cookies.hpp"
#include "token/email_links.hpp"

namespace countersign::change_email {
namespace {

using namespace http;
using identity::EmailState;
using identity::User;
using identity::Users;
using token::EmailLinks;
using token::LinkKind;
using Switch = ChangeEmailOptions::Switch;

enum class Way : std::uint8_t { none, at_once, confirm_first, verify_new };

Way way_of(const ChangeEmailOptions& options, const User& user) {
    const bool verified = user.email_state == EmailState::verified;
    if (!verified && options.unproved == Switch::on) return Way::at_once;
    if (verified && options.confirm == Switch::on) return Way::confirm_first;
    return options.send == Switch::on ? Way::verify_new : Way::none;
}

/// In the transaction of the request.
Result<void> begin(Exchange& x, storage::Tx& tx, Way way, User& user, const std::string& email,
                   guard::Happening& changes) {
    auto& links = x.service<EmailLinks>();
    const std::string_view callback = x.text("callbackURL").value_or("");
    switch (way) {
        case Way::at_once: {
            CS_TRY(user, x.service<Users>().set_email(tx, user.id, email, EmailState::unverified));
            changes.write(tx);
            const bool send = x.service<ChangeEmailOptions>().send == Switch::on;
            return send ? links.mail_verify(tx, user, callback) : Result<void>{};
        }
        case Way::confirm_first:
            return links.mail_change(tx, user, email, callback, LinkKind::change_confirm);
        case Way::verify_new:
            return links.mail_change(tx, user, email, callback, LinkKind::change_verify);
        case Way::none:
            break;
    }
    return fail(Code::verification_disabled);
}

/// A taken address answers as a free one, and costs as much (ENU-04). Who is asked first, at an address of their own,
/// would see by the mail which of both it is: they are asked in any case, and the way ends behind that.
Result<Response> run_change(Exchange& x) {
    const auto& options = x.service<ChangeEmailOptions>();
    if (options.enabled == Switch::off) return fail(Code::email_change_disabled);
    session::SignedIn caller = x.caller_state<guard::SessionState>()->signed_in;
    User& user = caller.user;
    const std::string email = canonical_email(*x.text("newEmail"));
    if (email == user.email) return fail(Code::email_unchanged);
    const Way way = way_of(options, user);
    if (way == Way::none) return fail(Code::verification_disabled);
    guard::Happening changes{x, events::Kind::email_changed};
    CS_TRY(const std::optional<User> holder, x.service<Users>().find_by_email(email));
    CS_CHECK(x.service<storage::Storage>().transact([&](storage::Tx& tx) -> Result<void> {
        const bool asked_anyhow = way == Way::confirm_first && options.conceals == Switch::on;
        if (holder && !asked_anyhow)
            return x.service<EmailLinks>().mail_nobody(tx, email, x.text("callbackURL").value_or(""));
        return begin(x, tx, way, user, email, changes);
    }));
    if (changes.is_written()) changes.done();
    Response answer = Response::json(R"({"status":true})");
    if (way == Way::at_once) CS_CHECK(x.service<guard::SessionCookies>().append_again(answer, x, caller));
    return answer;
}

constexpr Field fields[]{
    {.name = "newEmail", .kind = Kind::email, .need = Need::required},
    {.name = "callbackURL", .kind = Kind::string, .need = Need::optional, .redirect = Public::invalid_callback_url},
};
constexpr Shape shape{.fields = fields};

constexpr Endpoint change{
    .method = Method::post,
    .path = "/change-email",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::trusted_only,
    .limit = Limit{.max = 3, .window = Seconds{10}},
    .lane = Lane::storage,
    .run = run_change,
    .summary = "Begins the change of the caller's address",
    .body = &shape,
};
constexpr const Endpoint* endpoints[]{&change};

}    // namespace

const Plugin plugin{.id = "change-email", .endpoints = endpoints, .tables = std::span<const storage::Table* const>{}};

}    // namespace countersign::change_email

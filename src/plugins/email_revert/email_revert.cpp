#include "plugins/email_revert/email_revert.hpp"

#include "base/html.hpp"
#include "guard/happening.hpp"
#include "session/sessions.hpp"
#include "token/email_links.hpp"

namespace countersign::email_revert {
namespace {

using namespace http;
using identity::EmailState;
using identity::User;
using identity::Users;
using token::EmailLinks;
using token::EmailToken;
using token::LinkKind;
using Switch = EmailRevertOptions::Switch;

Result<EmailToken> open(Exchange& x, std::string_view text) {
    CS_TRY(EmailToken token, x.service<EmailLinks>().open(text));
    if (token.kind != LinkKind::change_revert || !token.user)
        return fail(Code::verification_malformed, "a link of this endpoint");
    return token;
}

/// The page's form must come with its Origin, which `no-referrer` would take away.
std::string page_of(std::string_view title, std::string_view content) {
    std::string page =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"same-origin\">"
        "<title>";
    page.append(title).append("</title><h1>").append(title).append("</h1>").append(content).append("</html>");
    return page;
}

Response html(std::string page) {
    Response answer{.content_type = "text/html; charset=utf-8"};
    answer.body = std::move(page);
    return answer;
}

/// Asks, and does nothing: mail scanners follow links.
Result<Response> run_page(Exchange& x) {
    const std::string_view text = *x.query("token");
    CS_TRY(const EmailToken token, open(x, text));
    const auto& options = x.service<EmailRevertOptions>();
    std::string content = "<p>The address of your account becomes " + html_escaped(token.update_to) +
                          " again. Every session ends" +
                          (options.drops_password == Switch::on ? ", and the password with them" : "") + ".</p>";
    content += "<form method=\"post\" action=\"" + html_escaped(options.base_path) +
               "/revert-email\"><input type=\"hidden\" name=\"token\" value=\"" + html_escaped(text) +
               "\"><button>Take my address back</button></form>";
    return html(page_of("Take your address back", content));
}

/// Somebody may have signed up with the old address to keep its owner out. Without a proof they have no claim to it.
Result<void> make_way(Exchange& x, storage::Tx& tx, const UserId& owner, const std::string& email) {
    auto& users = x.service<Users>();
    CS_TRY(const std::optional<User> holder, users.find_by_email(tx, email));
    if (!holder || holder->id == owner || holder->email_state == EmailState::verified) return {};
    const std::string nowhere = x.reference().text() + "@address-taken-back.invalid";    // RFC 2606 §2
    CS_TRY([[maybe_unused]] const User moved, users.set_email(tx, holder->id, nowhere, EmailState::unverified));
    return x.service<session::Sessions>().revoke_proved(tx, holder->id);
}

/// Whoever took the account may know its password and hold links and sessions of it: all of them end. Links that went
/// to earlier addresses stay, or the taker of an account would end them from the next address of their own.
Result<void> give_back(Exchange& x, storage::Tx& tx, const EmailToken& token) {
    CS_TRY(const Instant since, x.service<EmailLinks>().use_revert(tx, token));
    auto& users = x.service<Users>();
    CS_CHECK(make_way(x, tx, *token.user, token.update_to));
    CS_TRY([[maybe_unused]] const User user, users.set_email(tx, *token.user, token.update_to, EmailState::verified));
    CS_CHECK(x.service<identity::Verifications>().revoke_since(tx, *token.user, since));
    CS_CHECK(x.service<session::Sessions>().revoke_proved(tx, *token.user));
    const bool drops = x.service<EmailRevertOptions>().drops_password == Switch::on;
    return drops ? users.drop_password(tx, *token.user) : Result<void>{};
}

Result<Response> run_revert(Exchange& x) {
    CS_TRY(const EmailToken token, open(x, *x.text("token")));
    guard::Happening changed{x, events::Kind::email_changed}, revoked{x, events::Kind::sessions_revoked};
    changed.about(*token.user);
    revoked.about(*token.user);
    const auto work = [&](storage::Tx& tx) -> Result<void> {
        CS_CHECK(give_back(x, tx, token));
        changed.write(tx, "taken back");
        revoked.write(tx, "all");
        return {};
    };
    CS_CHECK(x.service<storage::Storage>().transact(work));
    changed.done();
    revoked.done();
    const bool form = x.request().header("content-type").value_or("").starts_with("application/x-www-form-urlencoded");
    if (!form) return Response::json(R"({"status":true})");
    return html(page_of("Your address is yours again", "<p>Every session has ended. Choose a new password now.</p>"));
}

constexpr Field token_fields[]{{.name = "token", .kind = Kind::string, .need = Need::required}};
constexpr Shape token_shape{.fields = token_fields};
constexpr FaceFor revert_errors[]{{Code::verification_unknown, Public::invalid_token_unauthorized},
                                  {Code::verification_user_gone, Public::user_not_found_unauthorized},
                                  {Code::email_taken, Public::invalid_token_unauthorized}};

constexpr Endpoint page{
    .method = Method::get,
    .path = "/revert-email",
    .caller = Caller::anyone,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::inline_,
    .run = run_page,
    .summary = "The mailed link: asks whether a changed address is to be taken back",
    .media = Media::ignored,
    .query = &token_shape,
};
constexpr Endpoint revert{
    .method = Method::post,
    .path = "/revert-email",
    .caller = Caller::anyone,
    .origin = OriginRule::form,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_revert,
    .summary = "Takes a changed address back, and ends sessions, links and the password",
    .media = Media::json_or_form,
    .body = &token_shape,
    .errors = revert_errors,
};
constexpr const Endpoint* endpoints[]{&page, &revert};

}    // namespace

const Plugin plugin{.id = "email-revert", .endpoints = endpoints, .tables = std::span<const storage::Table* const>{}};

}    // namespace countersign::email_revert

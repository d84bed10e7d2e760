#include "token/email_links.hpp"

#include "base/url.hpp"

namespace countersign::token {
namespace {

using identity::Purpose;

struct Wording {
    std::string_view kind;
    std::string_view subject;
    std::string_view text;
};
constexpr Wording wordings[]{
    {"verify-email", "Verify your e-mail address",
     "Follow this link to verify your e-mail address. If you did not ask for it, do nothing: it would prove an account "
     "that somebody else has made:"},
    {"change-email-confirmation", "Confirm the change of your e-mail address",
     "Somebody signed in as you asked to change your e-mail address. Follow this link only if that was you:"},
};

}    // namespace

Message EmailLinks::message(const EmailToken& token, std::string to, std::string_view kind,
                            std::string_view callback) const {
    const auto* wording = std::ranges::find(wordings, kind, &Wording::kind);
    const std::string text = tokens_.sign(token, clock_->now(), options_.life);
    const std::string url = options_.base + "/verify-email?token=" + text +
                            "&callbackURL=" + percent_encode_component(callback.empty() ? "/" : callback);
    return {.at = {},
            .to = std::move(to),
            .kind = std::string{kind},
            .subject = std::string{wording->subject},
            .text = std::string{wording->text} + "\n" + url,
            .url = url,
            .token = text,
            .otp = {}};
}

Result<void> EmailLinks::mail(storage::Tx& tx, EmailToken token, const std::string& to, std::string_view kind,
                              std::string_view callback) {
    if (options_.use == LinkUse::once) {
        token.single_use = verifications_->new_token(Purpose::email_token);
        CS_CHECK(verifications_->issue(tx, Purpose::email_token, token.single_use, *token.user, options_.life));
    }
    return outbox_->put(tx, message(token, to, kind, callback));
}

Result<void> EmailLinks::mail_verify(storage::Tx& tx, const identity::User& user, std::string_view callback) {
    return mail(tx, {.kind = LinkKind::verify, .email = user.email, .update_to = {}, .user = user.id, .single_use = {}},
                user.email, "verify-email", callback);
}

Result<void> EmailLinks::mail_nobody(storage::Tx& tx, std::string_view email, std::string_view callback) {
    EmailToken token{.kind = LinkKind::verify,
                     .email = std::string{email},
                     .update_to = {},
                     .user = UserId{random_text(*random_, id_length)},
                     .single_use = {}};
    if (options_.use == LinkUse::once) {
        token.single_use = verifications_->new_token(Purpose::email_token);
        CS_CHECK(verifications_->issue_nothing(tx, Purpose::email_token, token.single_use));
    }
    return outbox_->put_nothing(tx, message(token, token.email, "verify-email", callback));
}

Result<void> EmailLinks::mail_taken(storage::Tx& tx, const identity::User& owner) {
    if (options_.use == LinkUse::once) {
        const std::string nothing = verifications_->new_token(Purpose::email_token);
        CS_CHECK(verifications_->issue_nothing(tx, Purpose::email_token, nothing));
    }
    return outbox_->put(tx, {.at = {},
                             .to = owner.email,
                             .kind = "sign-up-notice",
                             .subject = "You have an account already",
                             .text = "Somebody signed up with your e-mail address, which has an account. If that was "
                                     "you, sign in, or ask for a new password.",
                             .url = {},
                             .token = {},
                             .otp = {}});
}

Result<void> EmailLinks::mail_change(storage::Tx& tx, const identity::User& user, std::string_view new_email,
                                     std::string_view callback, LinkKind kind) {
    const bool confirm = kind == LinkKind::change_confirm;
    return mail(
        tx, {.kind = kind, .email = user.email, .update_to = std::string{new_email}, .user = user.id, .single_use = {}},
        confirm ? user.email : std::string{new_email}, confirm ? "change-email-confirmation" : "verify-email",
        callback);
}

Result<void> EmailLinks::mail_changed(storage::Tx& tx, const identity::User& user, const std::string& old_email) {
    constexpr Seconds life = identity::purposes[static_cast<std::size_t>(Purpose::revert_email)].life;
    const EmailToken token{.kind = LinkKind::change_revert,
                           .email = old_email,    // whoever reads mail there need not learn the new one
                           .update_to = old_email,
                           .user = user.id,
                           .single_use = verifications_->new_token(Purpose::revert_email)};
    CS_CHECK(verifications_->issue(tx, Purpose::revert_email, token.single_use, user.id));
    const std::string text = tokens_.sign(token, clock_->now(), life);
    const std::string url = options_.base + "/revert-email?token=" + text;
    return outbox_->put(tx,
                        {.at = {},
                         .to = old_email,
                         .kind = "email-changed",
                         .subject = "Your e-mail address was changed",
                         .text = "Your account has another e-mail address now. If that was you, do nothing. If not, "
                                 "follow this link within seven days to take your address back:\n" +
                                 url,
                         .url = url,
                         .token = text,
                         .otp = {}});
}

Result<Instant> EmailLinks::take(storage::Tx& tx, Purpose purpose, const EmailToken& token) {
    CS_TRY(const auto held, verifications_->take_held(tx, purpose, token.single_use));
    if (!held || !token.user || held->user != *token.user) return fail(Code::verification_unknown);
    return held->since;
}

Result<void> EmailLinks::use(storage::Tx& tx, const EmailToken& token) {
    if (options_.use == LinkUse::until_it_ends) return {};
    CS_TRY([[maybe_unused]] const Instant since, take(tx, Purpose::email_token, token));
    return {};
}

Result<Instant> EmailLinks::use_revert(storage::Tx& tx, const EmailToken& token) {
    return take(tx, Purpose::revert_email, token);
}

}    // namespace countersign::token

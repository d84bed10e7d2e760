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
    {"verify-email", "Verify your e-mail address", "Follow this link to verify your e-mail address:"},
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

Result<void> EmailLinks::use(storage::Tx& tx, const EmailToken& token) {
    if (options_.use == LinkUse::until_it_ends) return {};
    CS_TRY(const std::optional<UserId> user, verifications_->take(tx, Purpose::email_token, token.single_use));
    if (!user || !token.user || *user != *token.user) return fail(Code::verification_unknown);
    return {};
}

}    // namespace countersign::token

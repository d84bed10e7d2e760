#include "app/mail_parts.hpp"

namespace countersign::app {
namespace {

template <class Flag>
Flag flag(Switch on) {
    return on == Switch::on ? Flag::on : Flag::off;
}

Switch native_only(const Settings& s) { return s.profile == Profile::native ? Switch::on : Switch::off; }

/// Better Auth signs with the secret itself; ours is a key for nothing else.
crypto::HmacKeys token_keys(const Settings& s, const crypto::Keyring& keys) {
    if (s.profile == Profile::better_auth) return crypto::HmacKeys::of(keys);
    return crypto::HmacKeys::of(keys, "email-token");
}

}    // namespace

MailParts::MailParts(const Settings& s)
    : reset_{.send = flag<password_reset::PasswordResetOptions::Switch>(s.mail.send_reset),
             .ends_sessions = flag<password_reset::PasswordResetOptions::Switch>(s.mail.reset_ends_sessions),
             .notice = flag<password_reset::PasswordResetOptions::Switch>(native_only(s)),
             .counts_tries = flag<password_reset::PasswordResetOptions::Switch>(native_only(s)),
             .proves_address = flag<password_reset::PasswordResetOptions::Switch>(native_only(s)),
             .life = s.mail.reset_life,
             .origin = s.base_url,
             .base = s.base_url + s.base_path},
      verification_{.send = flag<email_verification::EmailVerificationOptions::Switch>(s.mail.send_verification),
                    .sign_in_after = flag<email_verification::EmailVerificationOptions::Switch>(s.mail.sign_in_after),
                    .over_others = flag<email_verification::EmailVerificationOptions::Switch>(
                        s.profile == Profile::native ? Switch::off : Switch::on),
                    .change_is_proof = flag<email_verification::EmailVerificationOptions::Switch>(native_only(s)),
                    .notice = flag<email_verification::EmailVerificationOptions::Switch>(native_only(s)),
                    .conceals = flag<email_verification::EmailVerificationOptions::Switch>(native_only(s))},
      change_{.enabled = flag<change_email::ChangeEmailOptions::Switch>(s.mail.change_email),
              .unproved = flag<change_email::ChangeEmailOptions::Switch>(s.mail.change_unproved),
              .confirm = flag<change_email::ChangeEmailOptions::Switch>(s.mail.send_change_confirmation),
              .send = flag<change_email::ChangeEmailOptions::Switch>(s.mail.send_verification),
              .conceals = flag<change_email::ChangeEmailOptions::Switch>(native_only(s))},
      revert_{.drops_password = flag<email_revert::EmailRevertOptions::Switch>(s.mail.send_reset),
              .base_path = s.base_path},
      delete_{.enabled = flag<delete_user::DeleteUserOptions::Switch>(s.mail.delete_user),
              .send = flag<delete_user::DeleteUserOptions::Switch>(s.mail.send_delete),
              .life = s.mail.delete_life,
              .base = s.base_url + s.base_path} {}

Result<void> MailParts::open(const Settings& s, storage::Storage& storage, const crypto::Keyring& keys,
                             const Clock& clock, Random& random, storage::KeyValues* store) {
    const bool native = s.profile == Profile::native;
    storage_ = &storage;
    verifications_.emplace(storage, clock, random,
                           identity::VerificationOptions{
                               .store = s.mail.hashed_identifiers == Switch::on ? identity::StoreIdentifier::hashed
                                                                                : identity::StoreIdentifier::plain,
                               .earlier = native ? identity::Earlier::replaced : identity::Earlier::kept,
                               .ids = s.row_ids,
                               .beside = s.secondary.value_rows},
                           store);
    outbox_.emplace(storage, clock, random, keys.for_purpose("outbox"));
    links_.emplace(*verifications_, *outbox_, token::EmailTokens{token_keys(s, keys)}, random, clock,
                   token::EmailLinkOptions{.base = s.base_url + s.base_path,
                                           .life = s.mail.verification_life,
                                           .use = native ? token::LinkUse::once : token::LinkUse::until_it_ends});
    return {};
}

void MailParts::add_to(Services& services) {
    services.add(*storage_);
    services.add(*verifications_);
    services.add(*outbox_);
    services.add(*links_);
    services.add(reset_);
    services.add(verification_);
    services.add(change_);
    services.add(revert_);
    services.add(delete_);
}

}    // namespace countersign::app

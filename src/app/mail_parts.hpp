// Single-use values, the outbox and the links that are mailed, wired from the settings.
#pragma once

#include "app/settings.hpp"
#include "base/services.hpp"
#include "plugins/change_email/change_email.hpp"
#include "plugins/delete_user/delete_user.hpp"
#include "plugins/email_revert/email_revert.hpp"
#include "plugins/email_verification/email_verification.hpp"
#include "plugins/password_reset/password_reset.hpp"
#include "token/email_links.hpp"

namespace countersign::app {

class MailParts {
  public:
    explicit MailParts(const Settings& settings);
    /// Once the database is open.
    Result<void> open(const Settings& settings, storage::Storage& storage, const crypto::Keyring& keys,
                      const Clock& clock, Random& random, storage::KeyValues* store = nullptr);
    void add_to(Services& services);

  private:
    password_reset::PasswordResetOptions reset_;
    email_verification::EmailVerificationOptions verification_;
    change_email::ChangeEmailOptions change_;
    email_revert::EmailRevertOptions revert_;
    delete_user::DeleteUserOptions delete_;
    storage::Storage* storage_ = nullptr;
    std::optional<identity::Verifications> verifications_;
    std::optional<identity::Outbox> outbox_;
    std::optional<token::EmailLinks> links_;
};

}    // namespace countersign::app

// Links that prove an address: mailed, and followed. The message and what makes it single-use are one transaction.
#pragma once

#include "identity/outbox.hpp"
#include "identity/users.hpp"
#include "identity/verifications.hpp"
#include "token/email_token.hpp"

namespace countersign::token {

/// Whether a link works once (REC-04) or, as Better Auth's, until it ends.
enum class LinkUse : std::uint8_t { once, until_it_ends };

struct EmailLinkOptions {
    std::string base;    // baseURL + basePath; below it are /verify-email and /revert-email
    Seconds life{0};
    LinkUse use = LinkUse::until_it_ends;
};

class EmailLinks {
  public:
    EmailLinks(identity::Verifications& verifications, identity::Outbox& outbox, EmailTokens tokens, Random& random,
               const Clock& clock, EmailLinkOptions options)
        : verifications_{&verifications},
          outbox_{&outbox},
          tokens_{std::move(tokens)},
          random_{&random},
          clock_{&clock},
          options_{std::move(options)} {}

    /// Mails the link that proves the user's present address.
    Result<void> mail_verify(storage::Tx& tx, const identity::User& user, std::string_view callback);
    /// The work of the above, and nothing comes of it (ENU-04).
    Result<void> mail_nobody(storage::Tx& tx, std::string_view email, std::string_view callback);
    /// Tells the owner that somebody signed up with their address (ENU-03), at the cost of mail_verify.
    Result<void> mail_taken(storage::Tx& tx, const identity::User& owner);
    /// Asks the holder of the old address, then (change_verify) the one of the new.
    Result<void> mail_change(storage::Tx& tx, const identity::User& user, std::string_view new_email,
                             std::string_view callback, LinkKind kind);
    /// Tells the old address of the change that has made `user` what it is, with a link that takes it back (REC-06).
    Result<void> mail_changed(storage::Tx& tx, const identity::User& user, const std::string& old_email);

    /// Errors: verification.malformed, verification.expired.
    Result<EmailToken> open(std::string_view text) const { return tokens_.open(text, clock_->now()); }
    /// In the transaction of what the link does: a second use finds nothing. Errors: verification.unknown.
    Result<void> use(storage::Tx& tx, const EmailToken& token);
    /// The same for a link of mail_changed. Answers when it was mailed.
    Result<Instant> use_revert(storage::Tx& tx, const EmailToken& token);

  private:
    Result<Instant> take(storage::Tx& tx, identity::Purpose purpose, const EmailToken& token);
    Result<void> mail(storage::Tx& tx, EmailToken token, const std::string& to, std::string_view kind,
                      std::string_view callback);
    Message message(const EmailToken& token, std::string to, std::string_view kind, std::string_view callback) const;
    identity::Verifications* verifications_;
    identity::Outbox* outbox_;
    EmailTokens tokens_;
    Random* random_;
    const Clock* clock_;
    EmailLinkOptions options_;
};

}    // namespace countersign::token

// Sign-up and sign-in by password: who may come in, without a word about cookies or HTTP.
#pragma once

#include "base/log.hpp"
#include "base/random.hpp"
#include "crypto/password.hpp"
#include "identity/attempt.hpp"
#include "identity/hash_mix.hpp"
#include "identity/password_rules.hpp"
#include "identity/user.hpp"
#include "identity/user_copies.hpp"

namespace countersign::identity {

/// What signing up with a taken address looks like: a refusal, or the success of somebody new (ENU-03).
enum class TakenAddress : std::uint8_t { refused, concealed };

struct PasswordPolicy {
    std::size_t min_length = 8;      // UTF-16 code units, as Better Auth counts (PWD-01)
    std::size_t max_length = 128;    // checked before any hashing (PWD-02)
    HashScheme scheme = HashScheme::better_auth_scrypt;
    TakenAddress taken = TakenAddress::refused;
    const PasswordRules* rules = nullptr;    // of new passwords besides their length; null: none
};

struct NewUser {
    std::string_view name;
    std::string_view email;
    std::string_view password;
    std::optional<std::string_view> image;
    FieldValues fields;    // from new_fields
};

/// What a user changes of their own: what is absent stays.
struct ProfileChange {
    std::optional<std::string_view> name;
    std::optional<std::optional<std::string_view>> image;    // an empty inner one takes it away
    FieldValues fields;                                      // from changed_fields
};

/// An account as its owner may see it: no token, no password.
struct AccountView {
    std::string id, account_id, provider_id, user_id;
    Instant created_at, updated_at;
    std::vector<std::string> scopes;
};

/// What runs in the same transaction once a user is made or proved: the session.
using Then = std::function<Result<void>(storage::Tx&, const User&)>;

class Users {
  public:
    /// `unknown_key`: what places strangers in the mix of schemes; used for nothing else.
    Users(storage::Storage& storage, crypto::HashPermits& permits, const Clock& clock, Random& random,
          crypto::HmacKey unknown_key, PasswordPolicy policy, RowForm rows = {})
        : storage_{&storage},
          permits_{&permits},
          clock_{&clock},
          random_{&random},
          mix_{storage, clock, std::move(unknown_key), policy.scheme},
          policy_{policy},
          rows_{rows} {}

    /// Counts the kinds of the stored hashes now: what strangers cost depends on it.
    Result<void> count_hashes() { return mix_.count(); }
    /// The same beside everything else, now and every ten minutes: once, before the first sign-in.
    void begin_counting_hashes() { mix_.begin_counting(); }

    /// Before the first request: `copies` hears of every change from then on.
    void tell(UserCopies& copies) { copies_ = &copies; }

    /// Errors: password.too_short, password.too_long.
    Result<void> check_length(std::string_view password) const;

    /// Whether it may become the password of that user. Errors: those of check_length and of PasswordRules.
    Result<void> check_new(std::string_view password, const OwnerView& owner) const;

    /// Makes the user and its credential, and what `then` adds, in one transaction. For a taken address that is to be
    /// concealed the user is nobody's, nothing is stored and `then` does not run; the hash is computed all the same.
    /// Errors: those of check_new, signup.exists.
    /// `if_taken` then runs in a transaction of its own, with whose address it is.
    Result<User> sign_up(const NewUser& ask, const Then& then, const Then& if_taken = {});

    /// Proves the password, then runs `then`. Errors: email.malformed, password.too_long, login.unknown,
    /// login.no_credential, login.password. Each of the last three costs exactly one hash (ENU-02). login.limited
    /// comes before a hash, or instead of what one has shown.
    Result<User> sign_in(Attempt& attempt, std::string_view email, std::string_view password, const Then& then);

    /// Writes what is named, with a new updatedAt.
    Result<User> update(const Actor& who, const ProfileChange& change);

    /// Proves the current password, then stores the new one and what `then` adds, in one transaction. Errors:
    /// those of check_new, login.no_credential, login.password, login.limited.
    Result<void> change_password(Attempt& attempt, const Actor& who, std::string_view current, std::string_view next,
                                 const std::function<Result<void>(storage::Tx&)>& then);
    /// As signing in does, it replaces a hash that is not of today's kind. Errors: login.no_credential, login.password,
    /// login.limited.
    Result<void> verify_password(Attempt& attempt, const Actor& who, std::string_view password);

    /// Oldest first.
    Result<std::vector<AccountView>> list_accounts(const Actor& who);
    /// Errors: account.last, account.unknown.
    Result<void> unlink(const Actor& who, std::string_view account_id);

    // By proof of a mailed token; each of these runs in the transaction that takes it.
    Result<std::optional<User>> find_by_email(storage::Rows& rows, std::string_view email);    // canonical
    Result<std::optional<User>> find_by_email(std::string_view email) {
        storage::Rows reader = storage_->reader();
        return find_by_email(reader, email);
    }
    Result<std::optional<User>> find(storage::Rows& rows, const UserId& id);
    /// Errors: those of check_new, verification.user_gone.
    Result<std::string> hash_new(std::string_view password, const UserId& owner);
    /// Makes the credential if there is none. Errors: verification.user_gone.
    Result<void> set_password(storage::Tx& tx, const UserId& user, const std::string& hashed);
    /// No password signs the user in any more, until there is a new one.
    Result<void> drop_password(storage::Tx& tx, const UserId& user);
    /// Errors: verification.user_gone, email.taken.
    Result<User> set_email(storage::Tx& tx, const UserId& user, const std::string& email, EmailState state);
    /// Sessions, accounts, the user: everything of the caller's.
    Result<void> remove(storage::Tx& tx, const Actor& who);
    const AdditionalFields& fields() const { return *rows_.fields; }

  private:
    struct Credential {
        AccountId id;
        std::string hash;
    };
    Result<std::string> hash(std::string_view password, HashScheme scheme);
    /// Without its id, which the transaction takes that writes it.
    User new_user(const NewUser& ask);
    struct NewIds {
        UserId user;
        std::string account;
    };
    /// In this order, whoever signs up: numbers that are missing would tell whose rows are not there.
    Result<NewIds> take_ids(storage::Tx& tx);
    static storage::Row credential_row(const NewIds& ids, std::string_view hashed, Instant at);
    Result<void> store(User& user, std::string_view hashed, const Then& then);
    /// Gives the user that nobody is the ids of somebody new (ENU-03).
    Result<void> conceal(User& user, const std::function<Result<void>(storage::Tx&)>& then);
    /// One hash of the memory and time that the stored text asks for.
    Result<crypto::PasswordCheck> prove(std::string_view stored, std::string_view password);
    /// What is to take the place of a proved hash: absent if that is as good.
    Result<std::optional<std::string>> better_hash(const Credential& credential, std::string_view password);
    Result<std::optional<Credential>> find_credential(storage::Rows& rows, const UserId& user);
    static Result<std::optional<Credential>> credential_from(const std::optional<storage::Row>& row);
    Result<Credential> proved_credential(Attempt& attempt, const Actor& who, std::string_view password);
    struct Proved {
        User user;
        Credential credential;
    };
    Result<Proved> prove_owner(std::string_view email, std::string_view password);
    enum class Held : std::uint8_t { still, changed };
    /// Whether the proved hash is still the stored one (SES-07); then `better` takes its place, if there is one.
    Result<Held> hold(storage::Tx& tx, const Proved& proved, const std::optional<std::string>& better);
    /// One hash of the kind that a user with this address would cost, then the refusal.
    Result<Proved> refuse_with_dummy(std::string_view email, std::string_view password, AuthError why);
    Result<void> check_password(const Credential& credential, std::string_view password);

    storage::Storage* storage_;
    crypto::HashPermits* permits_;
    const Clock* clock_;
    Random* random_;
    HashMix mix_;
    PasswordPolicy policy_;
    RowForm rows_;
    UserCopies* copies_ = nullptr;
};

}    // namespace countersign::identity

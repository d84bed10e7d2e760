// Sign-up and sign-in by password: who may come in, without a word about cookies or HTTP.
#pragma once

#include <atomic>

#include "base/log.hpp"
#include "base/random.hpp"
#include "crypto/password.hpp"
#include "identity/user.hpp"
#include "storage/storage.hpp"

namespace countersign::identity {

/// Which scheme new passwords get (DESIGN D8).
enum class HashScheme : std::uint8_t { argon2id, better_auth_scrypt };

struct PasswordPolicy {
    std::size_t min_length = 8;      // UTF-16 code units, as Better Auth counts (PWD-01)
    std::size_t max_length = 128;    // checked before any hashing (PWD-02)
    HashScheme scheme = HashScheme::better_auth_scrypt;
};

struct NewUser {
    std::string_view name;
    std::string_view email;
    std::string_view password;
    std::optional<std::string_view> image;
};

/// What runs in the same transaction once a user is made or proved: the session.
using Then = std::function<Result<void>(storage::Tx&, const User&)>;

class Users {
  public:
    Users(storage::Storage& storage, crypto::HashPermits& permits, const Clock& clock, Random& random,
          PasswordPolicy policy)
        : storage_{&storage},
          permits_{&permits},
          clock_{&clock},
          random_{&random},
          policy_{policy} {}

    /// Makes the user and its credential, and what `then` adds, in one transaction.
    /// Errors: password.too_short, password.too_long, signup.exists.
    Result<User> sign_up(const NewUser& ask, const Then& then);

    /// Proves the password, then runs `then`. Errors: email.malformed, password.too_long, login.unknown,
    /// login.no_credential, login.password. Each of the last three costs exactly one hash (ENU-02).
    Result<User> sign_in(std::string_view email, std::string_view password, const Then& then);

  private:
    struct Credential {
        AccountId id;
        std::string hash;
    };
    Result<std::string> hash(std::string_view password);
    Result<std::optional<User>> find_by_email(std::string_view email);
    Result<std::optional<Credential>> find_credential(const UserId& user);
    /// One hash of the kind that a real look-up would cost, then the refusal.
    Result<User> refuse_with_dummy(std::string_view password, Code why);
    Result<void> check_password(const Credential& credential, std::string_view password);

    storage::Storage* storage_;
    crypto::HashPermits* permits_;
    const Clock* clock_;
    Random* random_;
    PasswordPolicy policy_;
};

}    // namespace countersign::identity

// Sign-up and sign-in by password: who may come in, without a word about cookies or HTTP.
#pragma once

#include "base/log.hpp"
#include "base/random.hpp"
#include "crypto/password.hpp"
#include "identity/hash_mix.hpp"
#include "identity/user.hpp"

namespace countersign::identity {

/// What signing up with a taken address looks like: a refusal, or the success of somebody new (ENU-03).
enum class TakenAddress : std::uint8_t { refused, concealed };

struct PasswordPolicy {
    std::size_t min_length = 8;      // UTF-16 code units, as Better Auth counts (PWD-01)
    std::size_t max_length = 128;    // checked before any hashing (PWD-02)
    HashScheme scheme = HashScheme::better_auth_scrypt;
    TakenAddress taken = TakenAddress::refused;
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
    /// `unknown_key`: what places strangers in the mix of schemes; used for nothing else.
    Users(storage::Storage& storage, crypto::HashPermits& permits, const Clock& clock, Random& random,
          crypto::HmacKey unknown_key, PasswordPolicy policy)
        : storage_{&storage},
          permits_{&permits},
          clock_{&clock},
          random_{&random},
          mix_{storage, clock, std::move(unknown_key), policy.scheme},
          policy_{policy} {}

    /// To be called once before the first sign-in: counts the schemes of the stored hashes.
    Result<void> count_hashes() { return mix_.count(); }

    /// Makes the user and its credential, and what `then` adds, in one transaction. For a taken address that is to be
    /// concealed the user is nobody's, nothing is stored and `then` does not run; the hash is computed all the same.
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
    Result<std::string> hash(std::string_view password, HashScheme scheme);
    Result<void> check_length(std::string_view password) const;
    User new_user(const NewUser& ask);
    Result<void> store(const User& user, std::string_view hashed, const Then& then);
    Result<void> rehash(storage::Tx& tx, const Credential& credential, const std::string& hashed);
    Result<std::optional<User>> find_by_email(std::string_view email);
    Result<std::optional<Credential>> find_credential(const UserId& user);
    /// One hash of the kind that a user with this address would cost, then the refusal.
    Result<User> refuse_with_dummy(std::string_view email, std::string_view password, Code why);
    Result<void> check_password(const Credential& credential, std::string_view password);

    storage::Storage* storage_;
    crypto::HashPermits* permits_;
    const Clock* clock_;
    Random* random_;
    HashMix mix_;
    PasswordPolicy policy_;
};

}    // namespace countersign::identity

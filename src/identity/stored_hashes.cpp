// What a password costs: hashing a new one, proving a stored one, and putting a better hash in its place.
#include "identity/users.hpp"
#include "storage/statements.hpp"

namespace countersign::identity {

Result<std::string> Users::hash(std::string_view password, HashScheme scheme) {
    CS_TRY(const crypto::Permit permit, permits_->acquire());
    if (scheme == HashScheme::argon2id) return crypto::hash_argon2id(password, *random_);
    return crypto::hash_better_auth_scrypt(password, *random_);
}

Result<crypto::PasswordCheck> Users::prove(std::string_view stored, std::string_view password) {
    CS_TRY(const crypto::StoredHash hash, crypto::parse_stored_hash(stored));
    CS_TRY(const crypto::Permit permit, permits_->acquire(hash.memory));
    CS_TRY(const crypto::PasswordCheck check, crypto::verify_password(stored, password));
    if (hash.weight == crypto::Weight::heavy) return check;
    // What costs nothing by itself would tell that the account is there (ENU-02).
    CS_TRY([[maybe_unused]] const auto as_usual, crypto::verify_password(decoy_of(policy_.scheme), password));
    return check;
}

Result<Users::Proved> Users::refuse_with_dummy(std::string_view email, std::string_view password, AuthError why) {
    CS_TRY([[maybe_unused]] const auto nobody, prove(mix_.decoy_for(email), password));
    return fail(std::move(why));
}

Result<void> Users::check_password(const Credential& credential, std::string_view password) {
    CS_TRY(const crypto::PasswordCheck check, prove(credential.hash, password));
    if (check == crypto::PasswordCheck::match) return {};
    return fail(Code::login_password);
}

Result<std::optional<std::string>> Users::better_hash(const Credential& credential, std::string_view password) {
    CS_TRY(const crypto::StoredHash stored, crypto::parse_stored_hash(credential.hash));
    bool good = false;
    switch (stored.scheme) {
        case crypto::PasswordScheme::argon2id:
            good = stored.strength == crypto::Strength::sound;
            break;
        case crypto::PasswordScheme::better_auth_scrypt:
            good = policy_.scheme == HashScheme::better_auth_scrypt;
            break;
        case crypto::PasswordScheme::foreign:
        case crypto::PasswordScheme::unknown:
            break;
    }
    if (good) return std::optional<std::string>{};
    CS_TRY(std::string better, hash(password, policy_.scheme));
    return std::optional{std::move(better)};
}

Result<Users::Held> Users::hold(storage::Tx& tx, const Proved& proved, const std::optional<std::string>& better) {
    if (better) {
        const storage::Value set[]{*better, clock_->now()};
        const storage::Value where[]{proved.credential.id.text(), proved.credential.hash};
        CS_TRY(const auto row, tx.update(storage::statements::account_rehash, set, where));
        return row ? Held::still : Held::changed;
    }
    CS_TRY(const std::optional<Credential> stored, find_credential(tx, proved.user.id));
    return stored && stored->hash == proved.credential.hash ? Held::still : Held::changed;
}

}    // namespace countersign::identity

// Single-use values (WIRE §8): made with a token that only its receiver holds, and taken at most once. The purpose is
// part of the key, so a token for one thing opens no other.
#pragma once

#include <array>
#include <atomic>

#include "base/random.hpp"
#include "identity/kept_verifications.hpp"
#include "storage/storage.hpp"

namespace countersign::identity {

enum class Purpose : std::uint8_t {
    reset_password,
    delete_account,
    email_token,     // that a signed e-mail token was not used yet (REC-04)
    revert_email,    // that the change of an address can still be taken back (REC-06)
};

/// What ends a value before its time: a newer one for the same purpose and a change of password or address (REC-03), or
/// nothing of the kind, where whoever took the account could do these things.
enum class Ends : std::uint8_t { with_newer, by_itself };

struct PurposeRow {
    Purpose id;
    std::string_view prefix;    // of the identifier; the token stands behind it
    std::size_t token_length;
    std::string_view alphabet;
    Seconds life;
    Ends ends = Ends::with_newer;
};
inline constexpr std::array purposes{
    PurposeRow{Purpose::reset_password, "reset-password:", 24, alphanumeric, Seconds{3600}},
    PurposeRow{Purpose::delete_account, "delete-account-", 32, "abcdefghijklmnopqrstuvwxyz0123456789", Seconds{86'400}},
    PurposeRow{Purpose::email_token, "email-token:", 24, alphanumeric, Seconds{3600}},
    PurposeRow{Purpose::revert_email, "revert-email:", 24, alphanumeric, Seconds{7 * 86'400}, Ends::by_itself},
};

/// How the identifier stands in the table: as Better Auth writes it, or as a hash that opens nothing (REC-01).
enum class StoreIdentifier : std::uint8_t { plain, hashed };
/// What becomes of a user's earlier value when there is a newer one for the same purpose (REC-03).
enum class Earlier : std::uint8_t { kept, replaced };

/// What the table has of values that stand in a key-value store: nothing, or all of them, and then it decides who takes
/// one.
enum class ValueRows : std::uint8_t { none, all };

struct VerificationOptions {
    StoreIdentifier store = StoreIdentifier::plain;
    Earlier earlier = Earlier::kept;
    IdForm ids = IdForm::letters;
    ValueRows beside = ValueRows::none;
};

class Verifications {
  public:
    /// `store`: where values stand instead of the table, or (options.beside) as well; null: the table alone.
    Verifications(storage::Storage& storage, const Clock& clock, Random& random, VerificationOptions options,
                  storage::KeyValues* store = nullptr);

    std::string new_token(Purpose purpose);
    /// In the transaction that also writes the message with the token; a key-value store has it when transact returns.
    /// `life`: absent for that of the purpose.
    Result<void> issue(storage::Tx& tx, Purpose purpose, std::string_view token, const UserId& user,
                       std::optional<Seconds> life = std::nullopt);
    /// The statements and calls of issue(), and nothing stays: what an unknown address costs (ENU-04).
    Result<void> issue_nothing(storage::Tx& tx, Purpose purpose, std::string_view token);
    /// Whose it is, if it can still be taken.
    Result<std::optional<UserId>> find(Purpose purpose, std::string_view token);
    /// One statement with one winner (INP-12): absent for everybody else.
    Result<std::optional<UserId>> take(storage::Tx& tx, Purpose purpose, std::string_view token);
    /// The same, and since when they held it.
    struct Held {
        UserId user;
        Instant since;
    };
    Result<std::optional<Held>> take_held(storage::Tx& tx, Purpose purpose, std::string_view token);
    /// What the user holds can be taken no more: after a change of password or address. With Earlier::kept the rows do
    /// not say whose they are, and stay, as in Better Auth.
    Result<void> revoke_all(storage::Tx& tx, const UserId& user);
    /// The same for whatever the user was given since then, Ends::by_itself included.
    Result<void> revoke_since(storage::Tx& tx, const UserId& user, Instant since);

  private:
    using Value = KeptVerifications::Value;
    bool has_rows() const { return !kept_ || options_.beside == ValueRows::all; }
    /// How an identifier may stand where it is kept: as it is written today, then as it was before.
    std::vector<std::string> stored_forms(Purpose purpose, std::string_view token) const;
    Value new_value(Purpose purpose, std::string_view token, std::string_view id, std::string_view value,
                    Seconds life) const;
    Result<void> write(storage::Tx& tx, const Value& value);
    Result<void> purge_if_due(storage::Tx& tx);
    Result<std::string> row_id_for(storage::Tx& tx, Purpose purpose, const UserId& user);
    /// Of one that stands for itself.
    Result<std::string> free_row_id(storage::Tx& tx);
    storage::Storage* storage_;
    const Clock* clock_;
    Random* random_;
    VerificationOptions options_;
    std::optional<KeptVerifications> kept_;
    std::atomic<std::int64_t> purge_due_ms_;
};

}    // namespace countersign::identity

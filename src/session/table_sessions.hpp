// Sessions as rows of the table that Better Auth made for them.
#pragma once

#include "session/session.hpp"
#include "storage/statements.hpp"
#include "storage/storage.hpp"

namespace countersign::session {

/// What becomes of the row of a session that was ended: kept with the moment as its end, it is a record for audits and
/// opens nothing (session.preserveSessionInDatabase).
enum class EndedRow : std::uint8_t { removed, kept };

/// Keys are tokens as they stand in the table. What takes an Actor touches rows of that user only (ISO-01).
class TableSessions {
  public:
    TableSessions(storage::Storage& storage, const Clock& clock, EndedRow ended,
                  const identity::AdditionalFields& session_fields, const identity::AdditionalFields& user_fields)
        : storage_{&storage},
          clock_{&clock},
          ended_{ended},
          session_fields_{&session_fields},
          user_fields_{&user_fields} {}

    /// The token of `session` is its key.
    Result<void> create(storage::Tx& tx, const Session& session);
    Result<std::optional<SignedIn>> find(std::string_view key);
    /// What find() will be asked by this thread (Storage::ask_ahead).
    void ask_ahead(std::span<const storage::Row> keys) {
        storage_->ask_ahead(storage::statements::session_by_token, keys);
    }
    /// Also those that have expired; oldest first.
    Result<std::vector<Session>> list(const Actor& who);
    Result<void> end(storage::Tx& tx, std::string_view key);
    /// How many; as in the others below.
    Result<std::int64_t> end_own(storage::Tx& tx, const Actor& who, std::string_view key);
    Result<std::int64_t> end_others(storage::Tx& tx, const Actor& who);
    Result<void> end_all(storage::Tx& tx, const Actor& who);
    /// Of the user whom a mailed token has just proved.
    Result<void> end_proved(storage::Tx& tx, const UserId& user);
    /// Errors: session.unknown.
    Result<Session> update(storage::Tx& tx, const Actor& who, const SessionId& id,
                           const identity::FieldValues& changes);
    /// End and updatedAt. Errors: session.unknown.
    Result<void> refresh(storage::Tx& tx, const Actor& who, const Session& fresh);

  private:
    Result<Session> session_from_row(const storage::Row& row) const;
    storage::Storage* storage_;
    const Clock* clock_;
    EndedRow ended_;
    const identity::AdditionalFields* session_fields_;
    const identity::AdditionalFields* user_fields_;
};

}    // namespace countersign::session

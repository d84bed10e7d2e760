// Sessions as entries of a key-value store, in Better Auth's form (WIRE §8):
//   <token>                           {"session":S,"user":U}, ends with the session
//   active-sessions-<user>            [{"token","expiresAt"}], by their ends, the last of which is its own
//   revoked-sessions-before-<user>    a moment in milliseconds: whatever began earlier is refused
#pragma once

#include <functional>

#include "session/session.hpp"
#include "storage/key_values.hpp"
#include "storage/storage.hpp"

namespace countersign::session {

/// Keys are tokens as they stand in the store. What takes an Actor looks at the owner inside of every entry that it
/// touches (ISO-01): a key is text of a client. Nothing here is lost or brought back by two that write at once: every
/// entry is replaced only as it was read.
class KeptSessions {
  public:
    /// `longest`: no session lives longer without being read. The fields outlive it.
    KeptSessions(storage::KeyValues& store, storage::Storage& storage, const Clock& clock, Seconds longest,
                 const identity::AdditionalFields& session_fields, const identity::AdditionalFields& user_fields)
        : store_{&store},
          storage_{&storage},
          clock_{&clock},
          longest_{longest},
          session_fields_{&session_fields},
          user_fields_{&user_fields} {}

    /// Once the transaction that made it has been committed; the token of `session` is its key. Errors:
    /// verification.user_gone.
    Result<void> put(const Session& session);
    /// Absent for what is no session, or was revoked.
    Result<std::optional<SignedIn>> find(std::string_view key);
    /// Not expired, by their ends.
    Result<std::vector<Session>> list(const Actor& who);
    Result<void> end(std::string_view key);
    /// How many.
    Result<std::int64_t> end_own(const Actor& who, std::string_view key);
    Result<std::int64_t> end_others(const Actor& who);
    /// Those of a user that began before `moment`, also one that is still on its way into the store.
    Result<void> end_all(const UserId& user, Instant moment);
    /// Absent if the caller has no such session here (any more).
    Result<std::optional<Session>> change(const Actor& who, const SessionId& id, std::string_view key,
                                          const std::function<void(Session&)>& apply);
    /// Brings the copies of the user in their sessions to what the table says.
    Result<void> copy_user(const UserId& user);

    enum class Revoked : std::uint8_t { no, yes };
    Result<Revoked> revoked(const Session& session);

  private:
    struct Entry {
        std::string text;    // as it was read
        SignedIn signed_in;
    };
    struct Reference {
        std::string token;
        Instant ends;
    };
    using References = std::vector<Reference>;

    Result<std::optional<Entry>> read(std::string_view key);
    Result<storage::KeyValues::Replaced> write(std::string_view key, std::optional<std::string_view> before,
                                               const SignedIn& signed_in);
    Result<std::int64_t> end_if(std::string_view key, const std::function<bool(const SignedIn&)>& may);
    Result<void> copy_user_into(const UserId& user, std::string_view key);
    Result<std::optional<identity::User>> user_now(const UserId& user);
    static Result<References> references_in(const std::optional<std::string>& text);
    Result<References> references(const UserId& user);
    static void place(References& all, const Reference& one);
    Result<void> change_references(const UserId& user, const std::function<void(References&)>& apply);
    Result<void> forget(const UserId& user, std::string_view key);

    storage::KeyValues* store_;
    storage::Storage* storage_;
    const Clock* clock_;
    Seconds longest_;
    const identity::AdditionalFields* session_fields_;
    const identity::AdditionalFields* user_fields_;
};

}    // namespace countersign::session

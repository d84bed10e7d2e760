// Sessions: made, found, refreshed and ended. SessionGate is the only maker of Actor.
#pragma once

#include "base/actor.hpp"
#include "base/random.hpp"
#include "identity/user.hpp"
#include "storage/storage.hpp"

namespace countersign::session {

/// Whether the token stands in the table as Better Auth writes it, or hashed (SES-10).
enum class TokenAtRest : std::uint8_t { plain, hashed };
enum class Remember : std::uint8_t { yes, no };

/// Whether a browser that signs in again keeps the session that it had (SES-02).
enum class HeldSession : std::uint8_t { kept, ended };

struct SessionOptions {
    Seconds expires_in{0};
    Seconds unremembered_expires_in{0};
    Seconds update_age{0};
    Seconds absolute_life{0};    // 0: none (SES-04)
    TokenAtRest at_rest = TokenAtRest::plain;
    Seconds fresh_age{0};    // 0: every session counts as fresh
    HeldSession held = HeldSession::kept;
    identity::RowForm rows = {};
    const identity::AdditionalFields* user_fields = &identity::no_fields;
};

struct Session {
    SessionId id;
    Instant expires_at;
    std::string token;    // as the client holds it; in a list of a hashed table the hash, which opens nothing
    Instant created_at;
    Instant updated_at;
    std::string ip_address;
    std::string user_agent;
    UserId user;
    identity::FieldValues fields;    // one for every additional field
};

/// A session with its user: what a look-up finds.
struct SignedIn {
    Session session;
    identity::User user;
};

struct ClientFacts {
    std::string_view ip_address;
    std::string_view user_agent;
    std::string held = {};    // the token of the session that this browser has
};

class Sessions {
  public:
    Sessions(storage::Storage& storage, const Clock& clock, Random& random, SessionOptions options)
        : storage_{&storage},
          clock_{&clock},
          random_{&random},
          options_{options} {}

    /// In the transaction that proved the user.
    Result<Session> issue(storage::Tx& tx, const UserId& user, Remember remember, const ClientFacts& client);
    /// Joined look-up by the token that the client holds; absent if no row has it. Expired ones are returned: the gate
    /// decides.
    Result<std::optional<SignedIn>> find(std::string_view token);
    /// Those that have not expired, oldest first. A hashed table knows the token of the caller's own only: the others
    /// are named by their hash, which revoke() takes as well.
    Result<std::vector<Session>> list(const Actor& who, const Session& own);
    /// Ends one of the caller's own sessions by what list() calls its token. How many: for the record, not for the
    /// client.
    Result<std::int64_t> revoke(const Actor& who, std::string_view token);
    Result<void> revoke_all(storage::Tx& tx, const Actor& who);
    Result<void> revoke_all(const Actor& who);
    /// Of the user whom a mailed token has just proved: there is no Actor (REC-05).
    Result<void> revoke_proved(storage::Tx& tx, const UserId& user);
    /// How many.
    Result<std::int64_t> revoke_others(const Actor& who);
    /// Writes additional fields, with a new updatedAt.
    Result<Session> update(const Actor& who, const Session& session, const identity::FieldValues& changes);
    enum class Freshness : std::uint8_t { fresh, stale };
    Freshness freshness(const Actor& who, Instant now) const;
    /// Ends the session of this token; fine if there is none.
    Result<void> revoke_by_token(std::string_view token);
    /// Whether a read should prolong it now (WIRE: get-session step 5).
    enum class Refresh : std::uint8_t { not_due, due };
    Refresh refresh_state(const Session& session, Instant now) const;
    /// Prolongs; never past the absolute end (SES-04).
    Result<Session> refresh(const Actor& who, const Session& session);
    const SessionOptions& options() const { return options_; }

  private:
    std::string at_rest(std::string_view token) const;
    storage::Storage* storage_;
    const Clock* clock_;
    Random* random_;
    SessionOptions options_;
};

/// The session object of every answer (WIRE: S).
void write_session(json::Writer& out, const Session& session);

}    // namespace countersign::session

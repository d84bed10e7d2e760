// Sessions: made, found, refreshed and ended. SessionGate is the only maker of Actor.
#pragma once

#include "base/actor.hpp"
#include "base/random.hpp"
#include "identity/user_copies.hpp"
#include "session/kept_sessions.hpp"
#include "session/table_sessions.hpp"

namespace countersign::session {

/// Whether the token stands where sessions are kept as Better Auth writes it, or hashed (SES-10).
enum class TokenAtRest : std::uint8_t { plain, hashed };
enum class Remember : std::uint8_t { yes, no };

/// What the table has of sessions that stand in a key-value store: nothing, all of them, or also those that have ended.
/// Where it has all of them it is asked for what the store has lost.
enum class RowsBeside : std::uint8_t { none, live, also_ended };

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
    RowsBeside beside = RowsBeside::none;
    identity::RowForm rows = {};
    const identity::AdditionalFields* user_fields = &identity::no_fields;
};

struct ClientFacts {
    std::string_view ip_address;
    std::string_view user_agent;
    std::string held = {};    // the token of the session that this browser has
};

class Sessions final : public identity::UserCopies {
  public:
    /// `store`: where sessions are kept instead of the table, or (options.beside) as well; null: the table alone.
    Sessions(storage::Storage& storage, const Clock& clock, Random& random, SessionOptions options,
             storage::KeyValues* store = nullptr);

    /// In the transaction that proved the user. A key-value store has it when transact returns.
    Result<Session> issue(storage::Tx& tx, const UserId& user, Remember remember, const ClientFacts& client);
    /// Joined look-up by the token that the client holds; absent if no row has it. Expired ones are returned: the gate
    /// decides.
    Result<std::optional<SignedIn>> find(std::string_view token);
    /// Of storage whose reads may wait: asks for the sessions of several tokens at once; find() of this thread has them
    /// until storage forgets.
    void ask_ahead(std::span<const std::string> tokens);
    void forget_ahead() { storage_->forget_ahead(); }
    /// Those that have not expired, oldest first; of a key-value store by their ends. A hashed table knows the token of
    /// the caller's own only: the others are named by their hash, which revoke() takes as well.
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

    void user_changed(storage::Tx& tx, const UserId& user) override;
    void user_removed(storage::Tx& tx, const UserId& user) override;

  private:
    std::string at_rest(std::string_view token) const;
    Result<std::string> new_id(storage::Tx& tx);
    bool has_rows() const { return !kept_ || options_.beside != RowsBeside::none; }
    bool finds_rows() const { return !kept_ || options_.beside == RowsBeside::live; }
    Result<void> write(const std::function<Result<void>(storage::Tx&)>& rows, const storage::Deed& kept);
    storage::Deed end_kept(const UserId& user);
    storage::Storage* storage_;
    const Clock* clock_;
    Random* random_;
    SessionOptions options_;
    TableSessions table_;
    std::optional<KeptSessions> kept_;
};

}    // namespace countersign::session

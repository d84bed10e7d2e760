#include "session/sessions.hpp"

#include "crypto/digest.hpp"
#include "storage/row_ids.hpp"
#include "storage/tables.hpp"

namespace countersign::session {

Sessions::Sessions(storage::Storage& storage, const Clock& clock, Random& random, SessionOptions options,
                   storage::KeyValues* store)
    : storage_{&storage},
      clock_{&clock},
      random_{&random},
      options_{options},
      table_{storage, clock, options.beside == RowsBeside::also_ended ? EndedRow::kept : EndedRow::removed,
             *options.rows.fields, *options.user_fields} {
    const Seconds longest = std::max(options.expires_in, options.unremembered_expires_in);
    if (store != nullptr) kept_.emplace(*store, storage, clock, longest, *options.rows.fields, *options.user_fields);
}

std::string Sessions::at_rest(std::string_view token) const {
    return options_.at_rest == TokenAtRest::hashed ? crypto::token_hash(token) : std::string{token};
}

/// First the rows, if sessions have some, and once they are committed the store, if there is one.
Result<void> Sessions::write(const std::function<Result<void>(storage::Tx&)>& rows, const storage::Deed& kept) {
    if (!has_rows()) return kept();
    return storage_->transact([&](storage::Tx& tx) -> Result<void> {
        CS_CHECK(rows(tx));
        if (kept_) tx.after_commit(kept);
        return {};
    });
}

/// Those that began up to now: one that the same transaction makes goes on.
storage::Deed Sessions::end_kept(const UserId& user) {
    return [this, user, moment = clock_->now()] { return kept_->end_all(user, moment); };
}

Result<std::string> Sessions::new_id(storage::Tx& tx) {
    if (!has_rows()) return random_id(*random_, options_.rows.ids);
    return storage::row_id(tx, storage::session_table, *random_, options_.rows.ids);
}

Result<Session> Sessions::issue(storage::Tx& tx, const UserId& user, Remember remember, const ClientFacts& client) {
    const Instant now = clock_->now();
    Seconds life = remember == Remember::yes ? options_.expires_in : options_.unremembered_expires_in;
    if (options_.absolute_life > Seconds{0}) life = std::min(life, options_.absolute_life);    // SES-04
    CS_TRY(const std::string id, new_id(tx));
    Session made{.id = SessionId{id},
                 .expires_at = now + life,
                 .token = random_text(*random_, id_length),
                 .created_at = now,
                 .updated_at = now,
                 .ip_address = std::string{client.ip_address},
                 .user_agent = std::string{client.user_agent},
                 .user = user,
                 .fields = {}};
    // A client cannot name fields of a session that does not exist yet: all have their defaults.
    auto fields = identity::new_fields(*options_.rows.fields, json::Value{});
    if (!fields.has_value()) return fail(fields.error().code, fields.error().message);
    made.fields = *std::move(fields);
    Session stored = made;
    stored.token = at_rest(made.token);
    const bool ends_held = options_.held == HeldSession::ended && !client.held.empty();
    const std::string held = ends_held ? at_rest(client.held) : std::string{};
    if (has_rows()) {
        if (ends_held) CS_CHECK(table_.end(tx, held));
        CS_CHECK(table_.create(tx, stored));
    }
    if (!kept_) return made;
    if (ends_held) tx.after_commit([this, held] { return kept_->end(held); });
    tx.after_commit([this, stored = std::move(stored)] { return kept_->put(stored); });
    return made;
}

/// What was revoked does not come back by its row: the row went first, and the mark holds for it as well.
Result<std::optional<SignedIn>> Sessions::find(std::string_view token) {
    const std::string key = at_rest(token);
    std::optional<SignedIn> found;
    if (kept_) {
        CS_TRY(found, kept_->find(key));
    }
    if (!found && finds_rows()) {
        CS_TRY(found, table_.find(key));
        if (found && kept_) {
            CS_TRY(const KeptSessions::Revoked state, kept_->revoked(found->session));
            if (state == KeptSessions::Revoked::yes) found.reset();
        }
    }
    if (found) found->session.token = token;
    return found;
}

void Sessions::ask_ahead(std::span<const std::string> tokens) {
    if (kept_) return;    // where rows are asked at all, only for what the store does not have
    std::vector<storage::Row> keys;
    keys.reserve(tokens.size());
    for (const std::string& token : tokens) keys.push_back({at_rest(token)});
    table_.ask_ahead(keys);
}

Result<void> Sessions::revoke_by_token(std::string_view token) {
    const std::string key = at_rest(token);
    return write([&](storage::Tx& tx) { return table_.end(tx, key); }, [&] { return kept_->end(key); });
}

Result<std::vector<Session>> Sessions::list(const Actor& who, const Session& own) {
    CS_TRY(std::vector<Session> sessions, finds_rows() ? table_.list(who) : kept_->list(who));
    const Instant now = clock_->now();
    std::erase_if(sessions, [&](const Session& one) { return one.expires_at <= now; });
    for (Session& session : sessions) {
        if (session.id == own.id) session.token = own.token;
    }
    return sessions;
}

Result<std::int64_t> Sessions::revoke(const Actor& who, std::string_view token) {
    std::vector<std::string> keys{at_rest(token)};
    if (options_.at_rest == TokenAtRest::hashed) keys.emplace_back(token);    // as list() names the others
    std::int64_t rows = 0, kept = 0;
    const auto end_rows = [&](storage::Tx& tx) -> Result<void> {
        for (const std::string& key : keys) {
            if (rows > 0) break;
            CS_TRY(rows, table_.end_own(tx, who, key));
        }
        return {};
    };
    const auto end_entry = [&]() -> Result<void> {
        for (const std::string& key : keys) {
            if (kept > 0) break;
            CS_TRY(kept, kept_->end_own(who, key));
        }
        return {};
    };
    CS_CHECK(write(end_rows, end_entry));
    return std::max(rows, kept);
}

Result<void> Sessions::revoke_proved(storage::Tx& tx, const UserId& user) {
    if (has_rows()) CS_CHECK(table_.end_proved(tx, user));
    if (kept_) tx.after_commit(end_kept(user));
    return {};
}

Result<void> Sessions::revoke_all(storage::Tx& tx, const Actor& who) {
    if (has_rows()) CS_CHECK(table_.end_all(tx, who));
    if (kept_) tx.after_commit(end_kept(who.user()));
    return {};
}

Result<void> Sessions::revoke_all(const Actor& who) {
    return write([&](storage::Tx& tx) { return table_.end_all(tx, who); }, end_kept(who.user()));
}

Result<std::int64_t> Sessions::revoke_others(const Actor& who) {
    std::int64_t rows = 0, kept = 0;
    const auto end_rows = [&](storage::Tx& tx) -> Result<void> {
        CS_TRY(rows, table_.end_others(tx, who));
        return {};
    };
    const auto end_entries = [&]() -> Result<void> {
        CS_TRY(kept, kept_->end_others(who));
        return {};
    };
    CS_CHECK(write(end_rows, end_entries));
    return std::max(rows, kept);
}

Result<Session> Sessions::update(const Actor& who, const Session& session, const identity::FieldValues& changes) {
    std::optional<Session> updated;
    const auto update_row = [&](storage::Tx& tx) -> Result<void> {
        CS_TRY(updated, table_.update(tx, who, session.id, changes));
        return {};
    };
    const auto update_entry = [&]() -> Result<void> {
        const Instant now = updated ? updated->updated_at : clock_->now();
        CS_TRY(std::optional<Session> entry, kept_->change(who, session.id, at_rest(session.token), [&](Session& one) {
            one.updated_at = now;
            identity::apply(one.fields, changes);
        }));
        if (!entry && !finds_rows()) return fail(Code::session_unknown, "the session that was just read", "gone");
        if (entry) updated = std::move(entry);
        return {};
    };
    CS_CHECK(write(update_row, update_entry));
    updated->token = session.token;
    return *std::move(updated);
}

Sessions::Freshness Sessions::freshness(const Actor& who, Instant now) const {
    const bool stale = options_.fresh_age > Seconds{0} && who.since() + options_.fresh_age <= now;
    return stale ? Freshness::stale : Freshness::fresh;
}

Sessions::Refresh Sessions::refresh_state(const Session& session, Instant now) const {
    const Instant due = session.expires_at - options_.expires_in + options_.update_age;
    return due <= now ? Refresh::due : Refresh::not_due;
}

Result<Session> Sessions::refresh(const Actor& who, const Session& session) {
    Session fresh = session;
    fresh.updated_at = clock_->now();
    fresh.expires_at = fresh.updated_at + options_.expires_in;
    if (options_.absolute_life > Seconds{0}) {
        fresh.expires_at = std::min(fresh.expires_at, session.created_at + options_.absolute_life);
    }
    const auto refresh_entry = [&]() -> Result<void> {
        CS_TRY(const std::optional<Session> entry,
               kept_->change(who, session.id, at_rest(session.token), [&](Session& one) {
                   one.updated_at = fresh.updated_at;
                   one.expires_at = fresh.expires_at;
               }));
        if (!entry && !finds_rows()) return fail(Code::session_unknown, "the session that was just read", "gone");
        return {};
    };
    CS_CHECK(write([&](storage::Tx& tx) { return table_.refresh(tx, who, fresh); }, refresh_entry));
    return fresh;
}

void Sessions::user_changed(storage::Tx& tx, const UserId& user) {
    if (kept_) tx.after_commit([this, user] { return kept_->copy_user(user); });
}

/// Their rows went with the user's.
void Sessions::user_removed(storage::Tx& tx, const UserId& user) {
    if (kept_) tx.after_commit(end_kept(user));
}

}    // namespace countersign::session

#include "session/table_sessions.hpp"

#include "storage/cells.hpp"
#include "storage/statements.hpp"

namespace countersign::session {
namespace {
namespace st = storage::statements;
}    // namespace

Result<Session> TableSessions::session_from_row(const storage::Row& row) const {
    Session session;
    CS_TRY(const std::string id, storage::cell<std::string>(row, 0));
    session.id = SessionId{id};
    CS_TRY(session.expires_at, storage::cell<Instant>(row, 1));
    CS_TRY(session.token, storage::cell<std::string>(row, 2));
    CS_TRY(session.created_at, storage::cell<Instant>(row, 3));
    CS_TRY(session.updated_at, storage::cell<Instant>(row, 4));
    CS_TRY(const std::optional<std::string> ip, storage::optional_cell<std::string>(row, 5));
    session.ip_address = ip.value_or("");
    CS_TRY(const std::optional<std::string> agent, storage::optional_cell<std::string>(row, 6));
    session.user_agent = agent.value_or("");
    CS_TRY(const std::string user, storage::cell<std::string>(row, 7));
    session.user = UserId{user};
    CS_TRY(session.fields, identity::fields_from_row(*session_fields_, row, storage::session_table.columns->size()));
    return session;
}

Result<void> TableSessions::create(storage::Tx& tx, const Session& session) {
    storage::Row row{session.id.text(),  session.expires_at, session.token,      session.created_at,
                     session.updated_at, session.ip_address, session.user_agent, session.user.text()};
    for (const identity::FieldValueView& field : session.fields) row.push_back(field.value);
    return tx.create(st::session_create, row);
}

Result<std::optional<SignedIn>> TableSessions::find(std::string_view key) {
    const storage::Value token = std::string{key};
    CS_TRY(const std::optional<storage::Row> row, storage_->reader().find_one(st::session_by_token, {&token, 1}));
    if (!row) return std::optional<SignedIn>{};
    SignedIn found;
    CS_TRY(found.session, session_from_row(*row));
    const std::size_t user_at = storage::session_table.columns->size() + session_fields_->size();
    CS_TRY(found.user, identity::user_from_row(*row, *user_fields_, user_at));
    return std::optional<SignedIn>{std::move(found)};
}

Result<std::vector<Session>> TableSessions::list(const Actor& who) {
    CS_TRY(const std::vector<storage::Row> rows, storage_->reader().find_many(st::session_list, who, {}));
    std::vector<Session> sessions;
    sessions.reserve(rows.size());
    for (const storage::Row& row : rows) {
        CS_TRY(Session session, session_from_row(row));
        sessions.push_back(std::move(session));
    }
    return sessions;
}

Result<void> TableSessions::end(storage::Tx& tx, std::string_view key) {
    const storage::Value token = std::string{key}, now = clock_->now();
    if (ended_ == EndedRow::removed) {
        CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove(st::session_remove_by_token, {&token, 1}));
        return {};
    }
    const storage::Value live[]{token, now};
    CS_TRY([[maybe_unused]] const std::int64_t ended, tx.update_many(st::session_end_by_token, {&now, 1}, live));
    return {};
}

Result<std::int64_t> TableSessions::end_own(storage::Tx& tx, const Actor& who, std::string_view key) {
    const storage::Value token = std::string{key}, now = clock_->now();
    if (ended_ == EndedRow::removed) return tx.remove(st::session_remove_token, who, {&token, 1});
    const storage::Value live[]{token, now};
    return tx.update_many(st::session_end_token, who, {&now, 1}, live);
}

Result<std::int64_t> TableSessions::end_others(storage::Tx& tx, const Actor& who) {
    const storage::Value own = who.session().text(), now = clock_->now();
    if (ended_ == EndedRow::removed) return tx.remove_many(st::session_remove_others, who, {&own, 1});
    const storage::Value live[]{own, now};
    return tx.update_many(st::session_end_others, who, {&now, 1}, live);
}

Result<void> TableSessions::end_all(storage::Tx& tx, const Actor& who) {
    if (ended_ == EndedRow::removed) {
        CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove_many(st::session_remove_all, who, {}));
        return {};
    }
    const storage::Value now = clock_->now();
    CS_TRY([[maybe_unused]] const std::int64_t ended, tx.update_many(st::session_end_all, who, {&now, 1}, {&now, 1}));
    return {};
}

Result<void> TableSessions::end_proved(storage::Tx& tx, const UserId& user) {
    const storage::Value owner = user.text(), now = clock_->now();
    if (ended_ == EndedRow::removed) {
        CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove_many(st::session_remove_proved, {&owner, 1}));
        return {};
    }
    const storage::Value live[]{owner, now};
    CS_TRY([[maybe_unused]] const std::int64_t ended, tx.update_many(st::session_end_proved, {&now, 1}, live));
    return {};
}

Result<Session> TableSessions::update(storage::Tx& tx, const Actor& who, const SessionId& id,
                                      const identity::FieldValues& changes) {
    const storage::Value key = id.text(), now = clock_->now();
    CS_TRY(const std::optional<storage::Row> row, tx.update(st::session_hold, who, {&now, 1}, {&key, 1}));
    if (!row) return fail(Code::session_unknown, "the session that was just read", "gone");
    CS_TRY(Session updated, session_from_row(*row));
    identity::apply(updated.fields, changes);
    std::vector<storage::Value> set{updated.updated_at};
    for (const identity::FieldValueView& field : updated.fields) set.push_back(field.value);
    CS_TRY([[maybe_unused]] const auto written, tx.update(st::session_set_fields, who, set, {&key, 1}));
    return updated;
}

Result<void> TableSessions::refresh(storage::Tx& tx, const Actor& who, const Session& fresh) {
    const storage::Value set[]{fresh.expires_at, fresh.updated_at};
    const storage::Value where[]{fresh.id.text(), clock_->now()};
    CS_TRY(const auto row, tx.update(st::session_refresh, who, set, where));
    if (!row) return fail(Code::session_unknown, "the session that was just read", "gone");
    return {};
}

}    // namespace countersign::session

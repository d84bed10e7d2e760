#include "session/sessions.hpp"

#include "crypto/digest.hpp"
#include "storage/cells.hpp"
#include "storage/statements.hpp"

namespace countersign::session {
namespace {

namespace st = storage::statements;

Result<Session> session_from_row(const storage::Row& row, const identity::AdditionalFields& fields) {
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
    CS_TRY(session.fields, identity::fields_from_row(fields, row, storage::session_table.columns->size()));
    return session;
}

}    // namespace

std::string Sessions::at_rest(std::string_view token) const {
    return options_.at_rest == TokenAtRest::hashed ? crypto::token_hash(token) : std::string{token};
}

Result<Session> Sessions::issue(storage::Tx& tx, const UserId& user, Remember remember, const ClientFacts& client) {
    const Instant now = clock_->now();
    Seconds life = remember == Remember::yes ? options_.expires_in : options_.unremembered_expires_in;
    if (options_.absolute_life > Seconds{0}) life = std::min(life, options_.absolute_life);    // SES-04
    Session made{.id = SessionId{row_id(*random_, options_.rows.ids)},
                 .expires_at = now + life,
                 .token = random_text(*random_, id_length),
                 .created_at = now,
                 .updated_at = now,
                 .ip_address = std::string{client.ip_address},
                 .user_agent = std::string{client.user_agent},
                 .user = user};
    // A client cannot name fields of a session that does not exist yet: all have their defaults.
    auto fields = identity::new_fields(*options_.rows.fields, json::Value{});
    if (!fields.has_value()) return fail(fields.error().code, fields.error().message);
    made.fields = *std::move(fields);
    storage::Row row{made.id.text(),  made.expires_at, at_rest(made.token), made.created_at,
                     made.updated_at, made.ip_address, made.user_agent,     user.text()};
    for (const identity::FieldValueView& field : made.fields) row.push_back(field.value);
    if (options_.held == HeldSession::ended && !client.held.empty()) {
        const storage::Value key = at_rest(client.held);
        CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove(st::session_remove_by_token, {&key, 1}));
    }
    CS_CHECK(tx.create(st::session_create, row));
    return made;
}

Result<std::optional<SignedIn>> Sessions::find(std::string_view token) {
    const storage::Value key = at_rest(token);
    CS_TRY(const std::optional<storage::Row> row, storage_->reader().find_one(st::session_by_token, {&key, 1}));
    if (!row) return std::optional<SignedIn>{};
    SignedIn found;
    CS_TRY(found.session, session_from_row(*row, *options_.rows.fields));
    found.session.token = token;
    const std::size_t user_at = storage::session_table.columns->size() + options_.rows.fields->size();
    CS_TRY(found.user, identity::user_from_row(*row, *options_.user_fields, user_at));
    return std::optional<SignedIn>{std::move(found)};
}

Result<void> Sessions::revoke_by_token(std::string_view token) {
    const storage::Value key = at_rest(token);
    return storage_->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove(st::session_remove_by_token, {&key, 1}));
        return {};
    });
}

Result<std::vector<Session>> Sessions::list(const Actor& who, const Session& own) {
    CS_TRY(const std::vector<storage::Row> rows, storage_->reader().find_many(st::session_list, who, {}));
    const Instant now = clock_->now();
    std::vector<Session> sessions;
    for (const storage::Row& row : rows) {
        CS_TRY(Session session, session_from_row(row, *options_.rows.fields));
        if (session.expires_at <= now) continue;
        if (session.id == own.id) session.token = own.token;
        sessions.push_back(std::move(session));
    }
    return sessions;
}

Result<std::int64_t> Sessions::revoke(const Actor& who, std::string_view token) {
    std::int64_t removed = 0;
    CS_CHECK(storage_->transact([&](storage::Tx& tx) -> Result<void> {
        const storage::Value key = at_rest(token), listed = std::string{token};
        CS_TRY(removed, tx.remove(st::session_remove_token, who, {&key, 1}));
        if (removed > 0 || options_.at_rest == TokenAtRest::plain) return {};
        CS_TRY(removed, tx.remove(st::session_remove_token, who, {&listed, 1}));
        return {};
    }));
    return removed;
}

Result<void> Sessions::revoke_proved(storage::Tx& tx, const UserId& user) {
    const storage::Value owner = user.text();
    CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove_many(st::session_remove_proved, {&owner, 1}));
    return {};
}

Result<void> Sessions::revoke_all(storage::Tx& tx, const Actor& who) {
    CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove_many(st::session_remove_all, who, {}));
    return {};
}

Result<void> Sessions::revoke_all(const Actor& who) {
    return storage_->transact([&](storage::Tx& tx) { return revoke_all(tx, who); });
}

Result<std::int64_t> Sessions::revoke_others(const Actor& who) {
    std::int64_t removed = 0;
    CS_CHECK(storage_->transact([&](storage::Tx& tx) -> Result<void> {
        const storage::Value own = who.session().text();
        CS_TRY(removed, tx.remove_many(st::session_remove_others, who, {&own, 1}));
        return {};
    }));
    return removed;
}

Result<Session> Sessions::update(const Actor& who, const Session& session, const identity::FieldValues& changes) {
    std::optional<Session> updated;
    CS_CHECK(storage_->transact([&](storage::Tx& tx) -> Result<void> {
        const storage::Value id = session.id.text();
        CS_TRY(const std::optional<storage::Row> row, tx.find_one(st::session_of_caller, who, {&id, 1}));
        if (!row) return fail(Code::session_unknown, "the session that was just read", "gone");
        CS_TRY(updated, session_from_row(*row, *options_.rows.fields));
        updated->token = session.token;
        updated->updated_at = clock_->now();
        identity::apply(updated->fields, changes);
        std::vector<storage::Value> set{updated->updated_at};
        for (const identity::FieldValueView& field : updated->fields) set.push_back(field.value);
        CS_TRY([[maybe_unused]] const auto written, tx.update(st::session_set_fields, who, set, {&id, 1}));
        return {};
    }));
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
    CS_CHECK(storage_->transact([&](storage::Tx& tx) -> Result<void> {
        const storage::Value set[]{fresh.expires_at, fresh.updated_at};
        const storage::Value where[]{session.id.text()};
        CS_TRY(const auto row, tx.update(st::session_refresh, who, set, where));
        if (!row) return fail(Code::session_unknown, "the session that was just read", "gone");
        return {};
    }));
    return fresh;
}

void write_session(json::Writer& out, const Session& session) {
    out.begin_object();
    out.key("expiresAt").value(session.expires_at);
    out.key("token").value(session.token);
    out.key("createdAt").value(session.created_at);
    out.key("updatedAt").value(session.updated_at);
    out.key("ipAddress").value(session.ip_address);
    out.key("userAgent").value(session.user_agent);
    out.key("userId").value(session.user.text());
    identity::write_fields(out, session.fields);
    out.key("id").value(session.id.text());
    out.end_object();
}

}    // namespace countersign::session

#include "session/kept_sessions.hpp"

#include <charconv>

#include "storage/statements.hpp"

namespace countersign::session {
namespace {

namespace st = storage::statements;
using identity::View;
using storage::KeyValues;

constexpr int most_attempts = 1000;    // each is lost to another writer who got on
constexpr Seconds least_mark{86400};

std::string references_key(const UserId& user) { return "active-sessions-" + user.text(); }
std::string mark_key(const UserId& user) { return "revoked-sessions-before-" + user.text(); }

/// Whole seconds until then, as Better Auth counts them: an entry is gone a moment before its session ends, never
/// after.
Seconds seconds_until(Instant end, Instant now) { return std::chrono::floor<Seconds>(end - now); }

/// Reads and writes until nobody else wrote in between. `once` says whether that was so.
Result<void> until_replaced(const std::function<Result<KeyValues::Replaced>()>& once) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        CS_TRY(const KeyValues::Replaced replaced, once());
        if (replaced == KeyValues::Replaced::yes) return {};
    }
    return fail(Code::storage_unavailable, "a moment without other writers", most_attempts);
}

std::string entry_text(const SignedIn& signed_in) {
    std::string text;
    json::Writer out{text};
    out.begin_object().key("session");
    write_session(out, signed_in.session, View::record);
    out.key("user");
    identity::write_user(out, signed_in.user, View::record);
    out.end_object();
    return text;
}

std::string record_of(const identity::User& user) {
    std::string text;
    json::Writer out{text};
    identity::write_user(out, user, View::record);
    return text;
}

std::optional<Instant> moment_in(std::string_view text) {
    std::int64_t ms = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return Instant::from_unix_ms(ms);
}

}    // namespace

/// A key is text of a client, and the store holds more than sessions: only an entry that names its own key is one.
Result<std::optional<KeptSessions::Entry>> KeptSessions::read(std::string_view key) {
    CS_TRY(std::optional<std::string> text, store_->get(key));
    if (!text) return std::optional<Entry>{};
    const Result<json::Value> value = json::parse(*text);
    if (!value.ok()) return std::optional<Entry>{};
    const json::Value* session_value = value->find("session");
    const json::Value* user_value = value->find("user");
    if (session_value == nullptr || user_value == nullptr) return std::optional<Entry>{};
    auto session = session_from(*session_value, *session_fields_, View::record);
    auto user = identity::user_from(*user_value, *user_fields_, View::record);
    if (!session || !user || session->token != key || session->user != user->id) return std::optional<Entry>{};
    return std::optional<Entry>{Entry{*std::move(text), {*std::move(session), *std::move(user)}}};
}

Result<KeyValues::Replaced> KeptSessions::write(std::string_view key, std::optional<std::string_view> before,
                                                const SignedIn& signed_in) {
    const Seconds left = seconds_until(signed_in.session.expires_at, clock_->now());
    return store_->replace(key, before, entry_text(signed_in), left);
}

Result<std::optional<identity::User>> KeptSessions::user_now(const UserId& user) {
    const storage::Value key = user.text();
    CS_TRY(const std::optional<storage::Row> row, storage_->reader().find_one(st::user_to_copy, {&key, 1}));
    if (!row) return std::optional<identity::User>{};
    CS_TRY(identity::User found, identity::user_from_row(*row, *user_fields_));
    return std::optional<identity::User>{std::move(found)};
}

Result<KeptSessions::References> KeptSessions::references_in(const std::optional<std::string>& text) {
    References all;
    if (!text) return all;
    const Result<json::Value> value = json::parse(*text);
    const json::Array* list = value.ok() ? value->as_array() : nullptr;
    if (list == nullptr) return fail(Code::storage_corrupt, "a list of sessions");
    all.reserve(list->size());
    for (const json::Value& one : *list) {
        const json::Value* ends = one.find("expiresAt");
        if (ends == nullptr || ends->as_integer() == nullptr) return fail(Code::storage_corrupt, "an end in ms");
        all.push_back({std::string{one.text("token")}, Instant::from_unix_ms(*ends->as_integer())});
    }
    return all;
}

Result<KeptSessions::References> KeptSessions::references(const UserId& user) {
    CS_TRY(const std::optional<std::string> text, store_->get(references_key(user)));
    return references_in(text);
}

Result<void> KeptSessions::change_references(const UserId& user, const std::function<void(References&)>& apply) {
    const std::string key = references_key(user);
    return until_replaced([&]() -> Result<KeyValues::Replaced> {
        CS_TRY(const std::optional<std::string> before, store_->get(key));
        CS_TRY(References all, references_in(before));
        apply(all);
        const Instant now = clock_->now();
        std::erase_if(all, [&](const Reference& one) { return seconds_until(one.ends, now) <= Seconds{0}; });
        if (all.empty()) return before ? store_->replace(key, before, std::nullopt, {}) : KeyValues::Replaced::yes;
        std::string text;
        json::Writer out{text};
        out.begin_array();
        for (const Reference& one : all) {
            out.begin_object().key("token").value(one.token).key("expiresAt").value(one.ends.unix_ms()).end_object();
        }
        out.end_array();
        return store_->replace(key, before, text, seconds_until(all.back().ends, now));
    });
}

void KeptSessions::place(References& all, const Reference& one) {
    all.insert(std::ranges::upper_bound(all, one.ends, {}, &Reference::ends), one);
}

Result<void> KeptSessions::forget(const UserId& user, std::string_view key) {
    return change_references(
        user, [&](References& all) { std::erase_if(all, [&](const Reference& one) { return one.token == key; }); });
}

/// First the list, so that no session is alive that is not in it. A user who is changed meanwhile is copied again.
Result<void> KeptSessions::put(const Session& session) {
    const Reference reference{.token = session.token, .ends = session.expires_at};
    CS_CHECK(change_references(session.user, [&](References& all) { place(all, reference); }));
    CS_TRY(std::optional<identity::User> user, user_now(session.user));
    if (!user) return fail(Code::verification_user_gone);
    CS_TRY(const KeyValues::Replaced made, write(session.token, std::nullopt, {session, *std::move(user)}));
    if (made == KeyValues::Replaced::no) return fail(Code::storage_conflict, "a token that is new");
    return copy_user_into(session.user, session.token);
}

Result<std::optional<SignedIn>> KeptSessions::find(std::string_view key) {
    CS_TRY(std::optional<Entry> entry, read(key));
    if (!entry) return std::optional<SignedIn>{};
    CS_TRY(const Revoked state, revoked(entry->signed_in.session));
    if (state == Revoked::yes) return std::optional<SignedIn>{};
    return std::optional<SignedIn>{std::move(entry->signed_in)};
}

Result<KeptSessions::Revoked> KeptSessions::revoked(const Session& session) {
    CS_TRY(const std::optional<std::string> text, store_->get(mark_key(session.user)));
    if (!text) return Revoked::no;
    const std::optional<Instant> mark = moment_in(*text);
    if (!mark) return fail(Code::storage_corrupt, "a moment in ms");
    return session.created_at < *mark ? Revoked::yes : Revoked::no;
}

Result<std::vector<Session>> KeptSessions::list(const Actor& who) {
    CS_TRY(const References all, references(who.user()));
    std::vector<Session> sessions;
    sessions.reserve(all.size());
    for (const Reference& one : all) {
        CS_TRY(std::optional<SignedIn> found, find(one.token));
        if (!found || found->session.user != who.user()) continue;
        sessions.push_back(std::move(found->session));
    }
    return sessions;
}

/// Removes what `may` has seen, and nothing that came into its place.
Result<std::int64_t> KeptSessions::end_if(std::string_view key, const std::function<bool(const SignedIn&)>& may) {
    std::optional<UserId> owner;
    CS_CHECK(until_replaced([&]() -> Result<KeyValues::Replaced> {
        owner.reset();
        CS_TRY(const std::optional<Entry> entry, read(key));
        if (!entry || !may(entry->signed_in)) return KeyValues::Replaced::yes;
        owner = entry->signed_in.session.user;
        return store_->replace(key, entry->text, std::nullopt, {});
    }));
    if (!owner) return 0;
    CS_CHECK(forget(*owner, key));
    return 1;
}

Result<void> KeptSessions::end(std::string_view key) {
    CS_TRY([[maybe_unused]] const std::int64_t ended, end_if(key, [](const SignedIn&) { return true; }));
    return {};
}

Result<std::int64_t> KeptSessions::end_own(const Actor& who, std::string_view key) {
    return end_if(key, [&](const SignedIn& found) { return found.session.user == who.user(); });
}

Result<std::int64_t> KeptSessions::end_others(const Actor& who) {
    CS_TRY(const References all, references(who.user()));
    std::int64_t ended = 0;
    for (const Reference& one : all) {
        CS_TRY(const std::int64_t gone, end_if(one.token, [&](const SignedIn& found) {
                   return found.session.user == who.user() && found.session.id != who.session();
               }));
        ended += gone;
    }
    return ended;
}

/// The mark first: what is still being written is refused by it. Entries go even if there was no room for it.
Result<void> KeptSessions::end_all(const UserId& user, Instant moment) {
    const std::string key = mark_key(user);
    const Result<void> marked = until_replaced([&]() -> Result<KeyValues::Replaced> {
        CS_TRY(const std::optional<std::string> before, store_->get(key));
        const Instant mark = std::max(moment, before ? moment_in(*before).value_or(moment) : moment);
        return store_->replace(key, before, std::to_string(mark.unix_ms()), std::max(longest_, least_mark));
    });
    CS_TRY(const References all, references(user));
    for (const Reference& one : all) {
        CS_TRY([[maybe_unused]] const std::int64_t ended, end_if(one.token, [&](const SignedIn& found) {
                   return found.session.user == user && found.session.created_at <= moment;
               }));
    }
    return marked;
}

Result<std::optional<Session>> KeptSessions::change(const Actor& who, const SessionId& id, std::string_view key,
                                                    const std::function<void(Session&)>& apply) {
    std::optional<Session> changed;
    Instant ended_before;
    CS_CHECK(until_replaced([&]() -> Result<KeyValues::Replaced> {
        changed.reset();
        CS_TRY(std::optional<Entry> entry, read(key));
        if (!entry || entry->signed_in.session.user != who.user() || entry->signed_in.session.id != id)
            return KeyValues::Replaced::yes;
        CS_TRY(const Revoked state, revoked(entry->signed_in.session));
        if (state == Revoked::yes) return KeyValues::Replaced::yes;
        changed = entry->signed_in.session;
        ended_before = changed->expires_at;
        apply(*changed);
        return write(key, entry->text, {*changed, entry->signed_in.user});
    }));
    if (!changed || changed->expires_at == ended_before) return changed;
    // Only where it still stands: whoever ends the session meanwhile takes it out behind us.
    CS_CHECK(change_references(who.user(), [&](References& all) {
        const Reference moved{.token = std::string{key}, .ends = changed->expires_at};
        if (std::erase_if(all, [&](const Reference& one) { return one.token == key; }) > 0) place(all, moved);
    }));
    return changed;
}

/// The row is read behind the entry: what is written is never older than what another writes in between.
Result<void> KeptSessions::copy_user_into(const UserId& user, std::string_view key) {
    return until_replaced([&]() -> Result<KeyValues::Replaced> {
        CS_TRY(std::optional<Entry> entry, read(key));
        if (!entry || entry->signed_in.session.user != user) return KeyValues::Replaced::yes;
        CS_TRY(std::optional<identity::User> now, user_now(user));
        if (!now || record_of(*now) == record_of(entry->signed_in.user)) return KeyValues::Replaced::yes;
        entry->signed_in.user = *std::move(now);
        return write(key, entry->text, entry->signed_in);
    });
}

Result<void> KeptSessions::copy_user(const UserId& user) {
    CS_TRY(const References all, references(user));
    for (const Reference& one : all) CS_CHECK(copy_user_into(user, one.token));
    return {};
}

}    // namespace countersign::session

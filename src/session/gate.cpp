#include "session/gate.hpp"

namespace countersign {

Result<SessionGate::Found> SessionGate::identify(std::string_view token, Instant now) const {
    CS_TRY(std::optional<session::SignedIn> found, sessions_->find(token));
    if (!found) return fail(Code::session_unknown);
    return accept(*std::move(found), now);
}

Result<SessionGate::Found> SessionGate::accept(session::SignedIn found, Instant now) const {
    const session::Session& session = found.session;
    if (session.expires_at <= now) return fail(Code::session_expired, session.expires_at, now);
    const Seconds longest = sessions_->options().absolute_life;
    if (longest > Seconds{0} && session.created_at + longest <= now) {
        return fail(Code::session_expired, session.created_at + longest, now);
    }
    // The join cannot find another user than the row names; a database that says otherwise is not believed.
    if (session.user != found.user.id) return fail(Code::storage_corrupt, session.user.text(), found.user.id.text());
    Actor actor{session.user, session.id, session.created_at};
    return Found{std::move(actor), std::move(found)};
}

Result<void> SessionGate::check_fresh(const Actor& who, Instant now) const {
    if (sessions_->freshness(who, now) == session::Sessions::Freshness::fresh) return {};
    return fail(Code::session_not_fresh, sessions_->options().fresh_age.count(), (now - who.since()).count());
}

}    // namespace countersign

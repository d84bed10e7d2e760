#include "session/session.hpp"

namespace countersign::session {

void write_session(json::Writer& out, const Session& session, identity::View view) {
    out.begin_object();
    out.key("expiresAt").value(session.expires_at);
    out.key("token").value(session.token);
    out.key("createdAt").value(session.created_at);
    out.key("updatedAt").value(session.updated_at);
    out.key("ipAddress").value(session.ip_address);
    out.key("userAgent").value(session.user_agent);
    out.key("userId").value(session.user.text());
    identity::write_fields(out, session.fields, view);
    out.key("id").value(session.id.text());
    out.end_object();
}

std::optional<Session> session_from(const json::Value& value, const identity::AdditionalFields& fields,
                                    identity::View view) {
    const auto expires = value.date("expiresAt");
    const auto created = value.date("createdAt");
    const auto updated = value.date("updatedAt");
    if (!expires || !created || !updated) return std::nullopt;
    return Session{.id = SessionId{value.text("id")},
                   .expires_at = *expires,
                   .token = std::string{value.text("token")},
                   .created_at = *created,
                   .updated_at = *updated,
                   .ip_address = std::string{value.text("ipAddress")},
                   .user_agent = std::string{value.text("userAgent")},
                   .user = UserId{value.text("userId")},
                   .fields = identity::read_fields(fields, value, view)};
}

}    // namespace countersign::session

// A session and its user, as rows, answers and records have them.
#pragma once

#include "identity/user.hpp"

namespace countersign::session {

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

/// The session object of every answer (WIRE: S), or of a record.
void write_session(json::Writer& out, const Session& session, identity::View view = identity::View::answer);
/// What write_session wrote; absent for anything else.
std::optional<Session> session_from(const json::Value& value, const identity::AdditionalFields& fields,
                                    identity::View view);

}    // namespace countersign::session

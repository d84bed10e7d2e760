// A user id is not a session id, although both are text.
#include "base/id.hpp"

using namespace countersign;

void revoke(const UserId& user, const SessionId& session);

void sign_out(const UserId& user, const SessionId& session) {
#ifdef CONTROL
    revoke(user, session);
#else
    revoke(session, user);    // expected-error {{no matching function for call to 'revoke'}}
    // expected-note@* 0+ {{}}
#endif
}

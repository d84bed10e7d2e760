// Equality holds only within one kind of id.
#include "base/id.hpp"

using namespace countersign;

bool same(const UserId& user, const SessionId& session) {
#ifdef CONTROL
    return user.text() == session.text();
#else
    return user == session;    // expected-error {{invalid operands to binary expression}}
    // expected-note@* 0+ {{}}
#endif
}

// The reason why the system acts by itself is written in the code, so that it can be searched for.
#include <string>

#include "base/actor.hpp"

using namespace countersign;

std::string_view purge(const std::string& from_request) {
#ifdef CONTROL
    return SystemActor{"purge expired sessions"}.reason().substr(from_request.size());
#else
    return SystemActor{from_request}.reason();    // expected-error {{is not a constant expression}}
    // expected-note@* 0+ {{}}
#endif
}

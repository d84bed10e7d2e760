// Text of a request does not turn into an id by being passed on.
#include "base/id.hpp"

using namespace countersign;

void load(const UserId& user);

void handle(const std::string& from_body) {
#ifdef CONTROL
    load(UserId{from_body});
#else
    load(from_body);    // expected-error {{no matching function for call to 'load'}}
    // expected-note@* 0+ {{}}
#endif
}

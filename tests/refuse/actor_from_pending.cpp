// A session with a factor outstanding acts for nobody.
#include "base/actor.hpp"

using namespace countersign;

void act(const Actor& actor);

#ifdef CONTROL
void handle(const Actor& actor, const Pending&) { act(actor); }
#else
void handle(const Actor&, const Pending& pending) {
    act(pending);    // expected-error {{no matching function for call to 'act'}}
    // expected-note@* 0+ {{}}
}
#endif

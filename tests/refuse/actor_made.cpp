// Only the session gate says who is asking; an id out of a request is no proof (ISO-01).
#include "base/actor.hpp"

using namespace countersign;

void act(const Actor& actor);

#ifdef CONTROL
void handle(const Actor& proved, const UserId&) { act(proved); }
#else
void handle(const Actor& proved, const UserId& from_body) {
    act(Actor{from_body, proved.session(), proved.since()});    // expected-error {{private constructor}}
    // expected-note@base/actor.hpp:* {{declared private here}}
}
#endif

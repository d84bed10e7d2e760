// Seconds and milliseconds are both numbers: the unit is part of the call.
#include "base/time.hpp"

using namespace countersign;

bool is_over(Instant now, std::int64_t exp) {
#ifdef CONTROL
    return now >= Instant::from_unix(Seconds{exp});
#else
    return now >= exp;    // expected-error {{invalid operands to binary expression}}
    // expected-note@* 0+ {{}}
#endif
}

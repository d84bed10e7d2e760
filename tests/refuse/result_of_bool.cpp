// A decision is a two-value enum: `result` and `*result` must not be mistaken for each other.
#include "base/result.hpp"

using namespace countersign;

#ifdef CONTROL
enum class Decision : unsigned char { deny, allow };
void take(Result<Decision> decision) { static_cast<void>(decision.ok()); }
#else
void take(Result<bool> decision) { static_cast<void>(decision.ok()); }    // expected-note {{in instantiation of}}
// expected-error@base/result.hpp:* {{a decision is a two-value enum}}
#endif

// A decision is a two-value enum: `result` and `*result` must not be mistaken for each other.
#include "base/result.hpp"

using namespace countersign;

#ifdef CONTROL
enum class Decision : unsigned char { deny, allow };
using Answer = Result<Decision>;
#else
using Answer = Result<bool>;
// expected-error@base/result.hpp:* {{a decision is a two-value enum}}
#endif
static_assert(sizeof(Answer) > 0);    // expected-note 0+ {{in instantiation of}}

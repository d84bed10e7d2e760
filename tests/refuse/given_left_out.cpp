// A row that leaves a required member out does not compile; no member is filled in silently.
#include "base/config.hpp"

using namespace countersign::config;

#ifdef CONTROL
constexpr Key row{.path = "secret", .kind = Kind::secret, .fallback = "none", .meaning = "signs cookies"};
#else
constexpr Key row{.path = "secret", .fallback = "none", .meaning = "signs cookies"};
// expected-error@-1 {{no matching constructor for initialization of}}
// expected-note@* 0+ {{}}
#endif
static_assert(row.path.value == "secret");

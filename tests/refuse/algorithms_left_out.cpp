// There is no list of algorithms by default.
#include "jose/algorithms.hpp"

using namespace countersign::jose;

#ifdef CONTROL
inline constexpr Algorithms permitted{Alg::es256};
#else
inline constexpr Algorithms permitted{};
// expected-error@-1 {{calling a private constructor of class 'countersign::jose::Algorithms'}}
// expected-note@* 0+ {{}}
#endif

// Result<optional>{nullopt} would be true in an `if`: a missing row would read as a found one.
#include <optional>

#include "base/result.hpp"

using namespace countersign;

int look(const Result<std::optional<int>>& found) {
#ifdef CONTROL
    if (found.ok()) return 1;
#else
    if (found) return 1;    // expected-error {{attempt to use a deleted function}}
    // expected-note@base/result.hpp:* {{explicitly marked deleted here}}
#endif
    return 0;
}

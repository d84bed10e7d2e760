// A check whose answer nobody reads is no check.
#include "base/result.hpp"

using namespace countersign;

Result<void> check();

Result<void> work() {
#ifdef CONTROL
    CS_CHECK(check());
#else
    check();    // expected-error {{ignoring return value}}
#endif
    return {};
}

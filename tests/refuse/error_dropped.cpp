// `fail(...)` without `return` would go on after a refusal.
#include "base/result.hpp"

using namespace countersign;

Result<void> work(int age) {
#ifdef CONTROL
    if (age < 0) return fail(Code::request_validation, "an age", age);
#else
    if (age < 0) fail(Code::request_validation, "an age", age);    // expected-error {{ignoring return value}}
#endif
    return {};
}

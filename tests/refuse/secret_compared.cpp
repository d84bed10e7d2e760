// `==` would stop at the first byte that differs; `equals` takes the same time for all of them.
#include "base/secret.hpp"

using namespace countersign;

bool matches(const Secret& sent, const Secret& stored) {
#ifdef CONTROL
    return sent.equals(stored);
#else
    return sent == stored;    // expected-error {{overload resolution selected deleted operator '=='}}
    // expected-note@base/secret.hpp:* {{explicitly deleted}}
#endif
}

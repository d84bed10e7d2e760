// A copy of a secret is a second place to wipe: `clone()` says so where it happens.
#include "base/secret.hpp"

using namespace countersign;

Secret keep(const Secret& key) {
#ifdef CONTROL
    return key.clone();
#else
    return key;    // expected-error {{call to deleted constructor}}
    // expected-note@base/secret.hpp:* {{explicitly marked deleted here}}
#endif
}

// Nor does a tree that is written later.
#include "base/json.hpp"

using namespace countersign;

json::Value hold(const Secret& key) {
#ifdef CONTROL
    return json::Value{static_cast<std::int64_t>(key.size())};
#else
    return json::Value{key};    // expected-note 0+ {{in instantiation of}}
    // expected-error@base/json.hpp:* 1+ {{no matching constructor for initialization of}}
    // expected-note@* 0+ {{}}
#endif
}

// No answer carries a secret.
#include "base/json.hpp"

using namespace countersign;

void answer(json::Writer& out, const Secret& key) {
#ifdef CONTROL
    out.key("bytes").value(key.size());
#else
    out.key("key").value(key);    // expected-error {{call to deleted member function 'value'}}
    // expected-note@base/json.hpp:* 0+ {{}}
#endif
}

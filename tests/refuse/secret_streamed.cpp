// A secret has no text form that a stream could find.
#include <ostream>

#include "base/secret.hpp"

using namespace countersign;

void print(std::ostream& out, const Secret& key) {
#ifdef CONTROL
    out << key.size();
#else
    out << key;    // expected-error {{invalid operands to binary expression}}
    // expected-note@* 0+ {{}}
#endif
}

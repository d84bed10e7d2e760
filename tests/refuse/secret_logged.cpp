// A log may carry a fingerprint of a secret, never the secret (ERR-04).
#include "base/log.hpp"

using namespace countersign;

void note(Logger& log, const Secret& key) {
#ifdef CONTROL
    log.event(Level::info, "key.loaded", {{"bytes", static_cast<std::int64_t>(key.size())}});
#else
    log.event(Level::info, "key.loaded", {{"key", key}});    // expected-error {{deleted constructor}}
    // expected-note@base/log.hpp:* 0+ {{}}
#endif
}

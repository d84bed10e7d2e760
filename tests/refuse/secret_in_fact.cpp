// What an error remembers ends up in logs and traces.
#include "base/result.hpp"
#include "base/secret.hpp"

using namespace countersign;

Result<void> refuse(const Secret& sent) {
#ifdef CONTROL
    return fail(Code::token_malformed, "bytes", sent.size());
#else
    return fail(Code::token_malformed, "bytes", sent);    // expected-error {{no matching function}}
    // expected-note@base/result.hpp:* 1+ {{candidate function not viable}}
#endif
}

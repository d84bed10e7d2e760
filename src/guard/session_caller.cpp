#include "guard/session_caller.hpp"

namespace countersign::guard {

Result<void> SessionCaller::identify(http::Exchange& x) {
    const Result<std::string> token = cookies_->token(x.request());
    if (!token.ok()) {
        x.set_no_caller(token.error());
        return {};
    }
    Result<SessionGate::Found> found = gate_.identify(*token, x.now());
    if (found.ok()) {
        if (*x.endpoint->caller == http::Caller::fresh_session) CS_CHECK(gate_.check_fresh(found->actor, x.now()));
        x.set_caller(std::move(found->actor), std::make_unique<SessionState>(std::move(found->signed_in)));
        return {};
    }
    // That nobody could be asked is not an answer about the caller (ERR-07).
    const Code code = found.error().code();
    if (code != Code::session_unknown && code != Code::session_expired) return fail(found.error());
    x.set_no_caller(found.error());
    return {};
}

}    // namespace countersign::guard

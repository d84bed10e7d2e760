#include "guard/session_caller.hpp"

namespace countersign::guard {
namespace {

using http::Caller;
using http::Exchange;

/// Rows that only read may be answered from the cookie, unless the client wants the truth. Any text is a yes (WIRE §3).
bool may_be_cached(const Exchange& x) {
    const Caller caller = *x.endpoint->caller;
    const bool row = caller == Caller::session_if_any || caller == Caller::session;
    return row && x.query("disableCookieCache").value_or("").empty();
}

}    // namespace

session::ClientFacts client_of(const Exchange& x) {
    return {.ip_address = x.client_address(),
            .user_agent = x.request().header("user-agent").value_or(""),
            .held = x.service<SessionCookies>().held_token(x.request()).value_or("")};
}

void SessionCaller::ask_ahead(std::span<Exchange* const> asked) {
    std::vector<std::string> tokens;
    tokens.reserve(asked.size());
    for (const Exchange* x : asked) {
        Result<std::string> token = cookies_->token(x->request());
        if (!token.ok() || (may_be_cached(*x) && cookies_->cached(*x, *token).ok())) continue;
        tokens.push_back(*std::move(token));
    }
    gate_.ask_ahead(tokens);
}

Result<void> SessionCaller::identify(Exchange& x) {
    const Result<std::string> token = cookies_->token(x.request());
    if (!token.ok()) {
        x.set_no_caller(token.error());
        return {};
    }
    if (!may_be_cached(x)) return identify_from_storage(x, *token, Cached::not_asked);
    Result<session::SignedIn> sealed = cookies_->cached(x, *token);
    if (!sealed.ok()) {
        const bool sent = sealed.error().code() != Code::session_missing;
        return identify_from_storage(x, *token, sent ? Cached::refused : Cached::not_asked);
    }
    Result<SessionGate::Found> found = gate_.accept(*std::move(sealed), x.now());
    if (!found.ok()) return identify_from_storage(x, *token, Cached::refused);
    x.set_caller(std::move(found->actor),
                 std::make_unique<SessionState>(std::move(found->signed_in), Cached::believed));
    return {};
}

Result<void> SessionCaller::identify_from_storage(Exchange& x, std::string_view token, Cached cached) {
    const Caller caller = *x.endpoint->caller;
    Result<SessionGate::Found> found = gate_.identify(token, x.now());
    if (found.ok()) {
        if (caller == Caller::fresh_session) CS_CHECK(gate_.check_fresh(found->actor, x.now()));
        x.set_caller(std::move(found->actor), std::make_unique<SessionState>(std::move(found->signed_in), cached));
        return {};
    }
    // That nobody could be asked is not an answer about the caller (ERR-07).
    const Code code = found.error().code();
    if (code != Code::session_unknown && code != Code::session_expired) return fail(found.error());
    x.set_no_caller(found.error());
    if (http::needs_session(caller))
        cookies_->append_clear(x.extra(), x.request());    // a refusal has no handler to do it
    return {};
}

}    // namespace countersign::guard

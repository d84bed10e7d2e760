#include "plugins/core/core.hpp"

#include "base/html.hpp"
#include "base/url.hpp"
#include "guard/happening.hpp"
#include "guard/session_caller.hpp"
#include "guard/session_cookies.hpp"
#include "storage/tables.hpp"

namespace countersign::core {
namespace {

using namespace http;
using guard::SessionCookies;
using guard::SessionState;
using Refresh = session::Sessions::Refresh;

Result<Response> run_openapi(Exchange& x) { return Response::json(x.service<ApiDocument>().text); }

Result<Response> run_ok(Exchange&) { return Response::json(R"({"ok":true})"); }

/// `CODE` as Better Auth shows it: anything but `['A-Za-z0-9_-]+` becomes UNKNOWN.
std::string_view shown_error(std::string_view code) {
    const bool plain = !code.empty() && std::ranges::all_of(code, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '\'';
    });
    return plain ? code : "UNKNOWN";
}

Result<Response> run_error(Exchange& x) {
    const auto& options = x.service<CoreOptions>();
    const std::string_view code = shown_error(x.query("error").value_or(""));
    const std::optional<std::string_view> description = x.query("error_description");
    if (options.error_page == CoreOptions::ErrorPage::html) {
        Response page{.content_type = "text/html; charset=utf-8"};
        page.body =
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign-in error</title><h1>Sign-in "
            "error</h1><p>Code: ";
        page.body += html_escaped(code);
        page.body += "</p>";
        if (description) page.body += "<p>" + html_escaped(*description) + "</p>";
        page.body += "</html>";
        return page;
    }
    std::string location = options.error_url.empty() ? "/" : options.error_url;
    location += location.contains('?') ? '&' : '?';
    location += "error=";
    location += form_encode(code);
    if (description) location += "&error_description=" + form_encode(*description);
    return Response::redirect(std::move(location));
}

Response session_answer(const session::Session& session, const identity::User& user,
                        std::optional<Refresh> needs_refresh) {
    std::string text;
    text.reserve(640);
    json::Writer out{text};
    out.begin_object();
    out.key("session");
    session::write_session(out, session);
    out.key("user");
    identity::write_user(out, user);
    if (needs_refresh) out.key("needsRefresh").value(*needs_refresh == Refresh::due);
    out.end_object();
    return Response::json(std::move(text));
}

/// No session. A cookie of ours whose session is gone is taken away, an expired row with it (SES-03); a cookie that is
/// not ours is left alone.
Result<Response> signed_out(Exchange& x) {
    const auto& cookies = x.service<SessionCookies>();
    Response answer = Response::json("null");
    const auto& why = x.caller_refusal();
    if (!why || (why->code() != Code::session_unknown && why->code() != Code::session_expired)) return answer;
    if (why->code() == Code::session_expired) {
        if (x.lane() == Lane::inline_) return Response::defer(Lane::storage);
        CS_TRY(const std::string token, cookies.token(x.request()));
        CS_CHECK(x.service<session::Sessions>().revoke_by_token(token));
    }
    cookies.append_clear(answer, x.request());
    return answer;
}

/// The session as it stands, with a new copy for the cookie.
Result<Response> unchanged(Exchange& x, const SessionState& caller, std::optional<Refresh> needs_refresh) {
    Response answer = session_answer(caller.signed_in.session, caller.signed_in.user, needs_refresh);
    const auto& cookies = x.service<SessionCookies>();
    if (caller.cached == guard::Cached::refused) cookies.append_cached_refused(answer);
    CS_CHECK(cookies.append_cached(answer, x, caller.signed_in, session::Remember::yes));
    return answer;
}

/// Of a caller whose session comes from storage: steps 3 to 6 of get-session (WIRE §3).
Result<Response> stored_session(Exchange& x, const SessionState& caller) {
    const auto& cookies = x.service<SessionCookies>();
    const auto& options = x.service<CoreOptions>();
    const session::SignedIn& found = caller.signed_in;
    auto& sessions = x.service<session::Sessions>();
    if (!x.query("disableRefresh").value_or("").empty() || cookies.remember(x.request()) == session::Remember::no) {
        Response answer = session_answer(found.session, found.user, std::nullopt);
        if (caller.cached == guard::Cached::refused) cookies.append_cached_refused(answer);
        return answer;
    }
    const bool slides = options.sliding_refresh == CoreOptions::SlidingRefresh::on;
    const Refresh refresh = slides ? sessions.refresh_state(found.session, x.now()) : Refresh::not_due;
    const bool only_told = options.defer_refresh == CoreOptions::DeferRefresh::on && x.request().method == Method::get;
    if (only_told) return unchanged(x, caller, refresh);
    if (refresh == Refresh::not_due) return unchanged(x, caller, std::nullopt);
    if (x.lane() == Lane::inline_) return Response::defer(Lane::storage);

    CS_TRY(session::Session fresh, sessions.refresh(x.actor(), found.session));
    Response answer = session_answer(fresh, found.user, std::nullopt);
    if (caller.cached == guard::Cached::refused) cookies.append_cached_refused(answer);
    CS_CHECK(cookies.append_session(answer, x, {std::move(fresh), found.user}, session::Remember::yes));
    return answer;
}

Result<Response> run_get_session(Exchange& x) {
    const bool defer = x.service<CoreOptions>().defer_refresh == CoreOptions::DeferRefresh::on;
    if (x.request().method == Method::post && !defer) return fail(Code::session_defer_disabled);
    if (!x.has_actor()) return signed_out(x);
    const SessionState& caller = *x.caller_state<SessionState>();
    if (caller.cached == guard::Cached::believed)
        return session_answer(caller.signed_in.session, caller.signed_in.user, std::nullopt);
    CS_TRY(Response answer, stored_session(x, caller));
    if (!answer.defer_to) x.service<SessionCookies>().append_uncached(answer, x.request());
    return answer;
}

Result<void> end_session(Exchange& x, const std::string& token) {
    auto& sessions = x.service<session::Sessions>();
    CS_TRY(const std::optional<session::SignedIn> found, sessions.find(token));
    CS_CHECK(sessions.revoke_by_token(token));
    if (!found) return {};
    guard::Happening signed_out{x, events::Kind::sign_out};
    signed_out.about(found->session);
    signed_out.done();
    return {};
}

Result<Response> run_sign_out(Exchange& x) {
    const auto& cookies = x.service<SessionCookies>();
    const Result<std::string> token = cookies.token(x.request());
    // The record first, then the cookies (SES-05). Without a token of ours there is nothing to end.
    if (token.ok()) CS_CHECK(end_session(x, *token));
    Response answer = Response::json(R"({"success":true})");
    cookies.append_clear(answer, x.request());
    return answer;
}

constexpr Field sign_out_fields[]{
    {.name = "callbackURL", .kind = Kind::string, .need = Need::optional, .redirect = Public::invalid_callback_url},
    {.name = "disableRedirect", .kind = Kind::boolean, .need = Need::optional},
    {.name = "state", .kind = Kind::string, .need = Need::optional},
};
constexpr Shape sign_out_shape{.fields = sign_out_fields, .body_need = Need::optional};

constexpr Endpoint ok{
    .method = Method::get,
    .path = "/ok",
    .caller = Caller::anyone,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::inline_,
    .run = run_ok,
    .summary = "Whether the server answers",
    .media = Media::ignored,
};
constexpr Endpoint openapi{
    .method = Method::get,
    .path = "/openapi.json",
    .caller = Caller::anyone,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::inline_,
    .run = run_openapi,
    .summary = "This document",
    .media = Media::ignored,
};
constexpr Endpoint error{
    .method = Method::get,
    .path = "/error",
    .caller = Caller::anyone,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::inline_,
    .run = run_error,
    .summary = "Where failed flows end",
    .media = Media::ignored,
};
constexpr Endpoint get_session{
    .method = Method::get,
    .path = "/get-session",
    .caller = Caller::session_if_any,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::inline_,
    .run = run_get_session,
    .summary = "The session and user of the caller, or null",
    .media = Media::ignored,
    .better_auth_no_store = true,
};
constexpr Endpoint post_session{
    .method = Method::post,
    .path = "/get-session",
    .caller = Caller::session_if_any,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::inline_,
    .run = run_get_session,
    .summary = "As GET, and prolongs a session that is due (session.deferSessionRefresh)",
    .media = Media::ignored,
    .better_auth_no_store = true,
};
constexpr Endpoint sign_out{
    .method = Method::post,
    .path = "/sign-out",
    .caller = Caller::anyone,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_sign_out,
    .summary = "Ends the session of the caller",
    .body = &sign_out_shape,
};

constexpr const Endpoint* endpoints[]{&ok, &openapi, &error, &get_session, &post_session, &sign_out};
constexpr const storage::Table* tables[]{&storage::user_table, &storage::session_table, &storage::account_table,
                                         &storage::verification_table};

}    // namespace

const Plugin plugin{.id = "core", .endpoints = endpoints, .tables = tables};

}    // namespace countersign::core

#include "plugins/sessions/sessions.hpp"

#include "guard/fields.hpp"
#include "guard/happening.hpp"
#include "guard/session_caller.hpp"
#include "guard/session_cookies.hpp"

namespace countersign::sessions {
namespace {

using namespace http;
using guard::SessionCookies;
using guard::SessionState;
using session::Session;
using session::Sessions;

constexpr std::string_view done = R"({"status":true})";

const session::SignedIn& caller_of(const Exchange& x) { return x.caller_state<SessionState>()->signed_in; }
const Session& own(const Exchange& x) { return caller_of(x).session; }

Result<Response> run_list(Exchange& x) {
    CS_TRY(const std::vector<Session> sessions, x.service<Sessions>().list(x.actor(), own(x)));
    std::string text;
    json::Writer out{text};
    out.begin_array();
    for (const Session& session : sessions) session::write_session(out, session);
    out.end_array();
    return Response::json(std::move(text));
}

Result<Response> run_revoke(Exchange& x) {
    const std::string_view token = *x.text("token");
    CS_TRY(const std::int64_t ended, x.service<Sessions>().revoke(x.actor(), token));
    if (ended > 0) guard::Happening{x, events::Kind::session_revoked}.done();
    Response answer = Response::json(std::string{done});
    if (token == own(x).token) x.service<SessionCookies>().append_clear(answer, x.request());
    return answer;
}

Result<Response> run_revoke_all(Exchange& x) {
    CS_CHECK(x.service<Sessions>().revoke_all(x.actor()));
    guard::Happening{x, events::Kind::sessions_revoked}.done("all");
    Response answer = Response::json(std::string{done});
    x.service<SessionCookies>().append_clear(answer, x.request());
    return answer;
}

Result<Response> run_revoke_others(Exchange& x) {
    CS_TRY(const std::int64_t ended, x.service<Sessions>().revoke_others(x.actor()));
    if (ended > 0) guard::Happening{x, events::Kind::sessions_revoked}.done("others");
    return Response::json(std::string{done});
}

Result<Response> run_update(Exchange& x) {
    auto& sessions = x.service<Sessions>();
    CS_TRY(const identity::FieldValues changes, guard::changed_fields(x, *sessions.options().rows.fields));
    if (changes.empty()) return fail(Code::field_none);
    CS_TRY(Session updated, sessions.update(x.actor(), own(x), changes));
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("session");
    session::write_session(out, updated);
    out.end_object();
    Response answer = Response::json(std::move(text));
    CS_CHECK(x.service<SessionCookies>().append_again(answer, x, {std::move(updated), caller_of(x).user}));
    return answer;
}

constexpr Field revoke_fields[]{{.name = "token", .kind = Kind::string, .need = Need::required}};
constexpr Shape revoke_shape{.fields = revoke_fields};
constexpr Shape no_shape{.fields = {}, .body_need = Need::optional};
constexpr Shape record_shape{.fields = {}, .form = Form::record};

constexpr Endpoint list{
    .method = Method::get,
    .path = "/list-sessions",
    .caller = Caller::fresh_session,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_list,
    .summary = "The caller's sessions that have not expired",
    .media = Media::ignored,
};
constexpr Endpoint revoke{
    .method = Method::post,
    .path = "/revoke-session",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_revoke,
    .summary = "Ends one of the caller's sessions",
    .body = &revoke_shape,
};
constexpr Endpoint revoke_all{
    .method = Method::post,
    .path = "/revoke-sessions",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_revoke_all,
    .summary = "Ends all of the caller's sessions",
    .body = &no_shape,
};
constexpr Endpoint revoke_others{
    .method = Method::post,
    .path = "/revoke-other-sessions",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_revoke_others,
    .summary = "Ends the caller's sessions but this one",
    .body = &no_shape,
};
constexpr Endpoint update{
    .method = Method::post,
    .path = "/update-session",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_update,
    .summary = "Sets additional fields of the caller's session",
    .body = &record_shape,
};

constexpr const Endpoint* endpoints[]{&list, &revoke, &revoke_all, &revoke_others, &update};

}    // namespace

const Plugin plugin{.id = "sessions", .endpoints = endpoints, .tables = std::span<const storage::Table* const>{}};

}    // namespace countersign::sessions

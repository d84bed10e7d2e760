#include "plugins/jwt/jwt.hpp"

#include "guard/session_caller.hpp"
#include "storage/tables.hpp"
#include "token/issuer.hpp"

namespace countersign::jwt {
namespace {

using namespace http;
using guard::SessionState;

/// Writing a key and slow signatures are for the storage lane.
token::Effort effort_of(const Exchange& x) {
    return x.lane() == Lane::inline_ ? token::Effort::small : token::Effort::any;
}

Result<Response> run_token(Exchange& x) {
    auto& issuer = x.service<token::Issuer>();
    const session::SignedIn& who = x.caller_state<SessionState>()->signed_in;
    CS_TRY(const std::optional<std::string> token, issuer.issue(who, x.query("audience"), effort_of(x)));
    if (!token) return Response::defer(Lane::storage);
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("token").value(*token);
    out.end_object();
    return Response::json(std::move(text));
}

/// Who is signed in as the table says it now: a token would outlive what a cookie still remembers (SES-05).
Result<std::optional<session::SignedIn>> stored_caller(Exchange& x) {
    const SessionState& caller = *x.caller_state<SessionState>();
    if (caller.cached != guard::Cached::believed) return std::optional{caller.signed_in};
    CS_TRY(std::optional<session::SignedIn> stored,
           x.service<session::Sessions>().find(caller.signed_in.session.token));
    if (stored && stored->session.expires_at <= x.now()) stored.reset();
    return stored;
}

/// A token rides on every look at the session (WIRE: set-auth-jwt).
Result<Hooked> set_auth_jwt(Exchange& x, Response& answer) {
    if (!x.has_actor() || x.service<JwtOptions>().header == JwtOptions::Header::left_out) return Hooked::done;
    CS_TRY(const std::optional<session::SignedIn> who, stored_caller(x));
    if (!who) return Hooked::done;
    CS_TRY(std::optional<std::string> token, x.service<token::Issuer>().issue(*who, std::nullopt, effort_of(x)));
    if (!token) return Hooked::defer_to_storage;
    answer.headers.emplace_back("set-auth-jwt", *std::move(token));
    answer.expose("set-auth-jwt");
    return Hooked::done;
}

Result<Response> run_jwks(Exchange& x) {
    CS_TRY(std::optional<std::string> set, x.service<token::Issuer>().keys().published(effort_of(x)));
    if (!set) return Response::defer(Lane::storage);
    return Response::json(*std::move(set));
}

constexpr Field token_query_fields[]{{.name = "audience", .kind = Kind::string, .need = Need::optional}};
constexpr Shape token_query{.fields = token_query_fields};

constexpr Endpoint token{
    .method = Method::get,
    .path = "/token",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::inline_,
    .run = run_token,
    .summary = "A token for the caller's session",
    .media = Media::ignored,
    .query = &token_query,
};
constexpr Endpoint jwks{
    .method = Method::get,
    .path = "/jwks",
    .caller = Caller::anyone,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::inline_,
    .run = run_jwks,
    .summary = "The public keys of our tokens",
    .media = Media::ignored,
    .touches = Touches::storage,
    .cache = Cache::public_short,
};

constexpr const Endpoint* endpoints[]{&token, &jwks};
constexpr const storage::Table* tables[]{&storage::jwks_table};

constexpr AfterHook hooks[]{
    {.method = Method::get, .path = "/get-session", .run = set_auth_jwt},
    {.method = Method::post, .path = "/get-session", .run = set_auth_jwt},
};

}    // namespace

const Plugin plugin{.id = "jwt", .endpoints = endpoints, .tables = tables, .hooks = hooks};

}    // namespace countersign::jwt

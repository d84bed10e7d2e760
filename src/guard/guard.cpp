#include "guard/guard.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"
#include "guard/happening.hpp"
#include "guard/retry_after.hpp"

namespace countersign::guard {
namespace {

using http::Arrival;
using http::Exchange;
using http::OriginRule;
using http::RequestView;
using http::Response;

/// info: what ordinary clients cause by ordinary use; error: our own fault; warn: the rest.
Level level_of(const AuthError& why) {
    const Public face = why.face().id;
    if (face == Public::internal || face == Public::unavailable) return Level::error;
    constexpr std::array ordinary{Public::not_found,       Public::path_disabled,      Public::validation_error,
                                  Public::invalid_email,   Public::password_too_short, Public::password_too_long,
                                  Public::password_common, Public::password_personal,  Public::password_simple,
                                  Public::user_exists};
    return std::ranges::find(ordinary, face) == ordinary.end() ? Level::warn : Level::info;
}

/// An old cookie is what browsers have; one that we never made is not.
Level level_of_note(const AuthError& why) {
    constexpr std::array odd{Code::session_signature, Code::cookie_shadowed_duplicate};
    return std::ranges::find(odd, why.code()) == odd.end() ? Level::info : Level::warn;
}

}    // namespace

Result<void> Guard::check_host(const RequestView& request) const {
    if (!options_.probe_path.empty() && request.path == options_.probe_path) return {};
    const std::string_view host = request.header("host").value_or("");
    if (options_.hosts.check(host) == Hosts::Name::ours) return {};
    return fail(Code::request_host, "the host of baseURL or one of http.hosts",
                host.substr(0, host.find_first_of("/?#")));
}

std::optional<Counted> Guard::counted(const Exchange& x) const {
    return limit_.counted(x.client_address(), x.request().path.substr(options_.base_path.size()));
}

namespace {
Result<void> check_rest(Exchange& x, const std::optional<Seconds>& rest) {
    if (!rest) return {};
    append_retry_after(x, *rest);
    return fail(Code::rate_limited, "fewer requests", rest->count());
}
}    // namespace

Result<Arrival> Guard::check_limit(Exchange& x) {
    const std::optional<Counted> found = counted(x);
    if (!found) return Arrival::done;
    if (shared_ != nullptr) return Arrival::count;
    CS_CHECK(check_rest(x, limit_.refused_for(*found, x.now())));
    return Arrival::done;
}

Result<Arrival> Guard::arrive(Exchange& x) {
    x.set_client_address(addresses_.of(x.request()));
    CS_CHECK(check_host(x.request()));
    std::string_view path = x.request().path;
    if (!path.starts_with(options_.base_path)) return Arrival::done;
    path.remove_prefix(options_.base_path.size());
    if (std::ranges::find(options_.disabled_paths, path) == options_.disabled_paths.end()) return check_limit(x);
    return fail(Code::request_disabled, "an enabled path", path);
}

/// Where nobody can say how many there were, what has a rule of its own is closed: it may be guessing, or mail. The
/// rest has at least the limit of this process (docs/adr/0023-shared-request-counts.md).
Result<void> Guard::count(Exchange& x) {
    const std::optional<Counted> found = counted(x);
    CS_ASSERT(shared_ != nullptr && found.has_value());
    const Result<std::optional<Seconds>> rest = shared_->count(found->key, found->rule, x.now());
    if (rest.ok()) return check_rest(x, *rest);
    if (found->by == Counted::By::own) return fail(rest.error());
    const std::uint64_t before = counted_alone_.fetch_add(1, std::memory_order_relaxed);
    constexpr std::uint64_t each = 1000;    // a store that is gone must not fill the log
    if (before % each == 0) {
        log_->event(Level::error, "limit.counted_alone",
                    {{"reference", x.reference().text()},
                     {"cause", rest.error().label()},
                     {"detail", rest.error().detail()},
                     {"before", static_cast<std::int64_t>(before)}});
    }
    return check_rest(x, limit_.refused_for(*found, x.now()));
}

/// The Origin, or else the Referer, must be trusted. A browser sends one of them with every request that can do harm.
Result<void> Guard::check_origin(const RequestView& request) const {
    const std::optional<std::string_view> origin = request.header("origin");
    const std::string_view source = origin ? *origin : request.header("referer").value_or("");
    if (source.empty() || source == "null") {
        const bool same_origin = request.header("sec-fetch-site").value_or("") == "same-origin";
        if (source == "null" && same_origin && options_.profile == Profile::better_auth)
            return {};    // CSR-05 otherwise
        return fail(Code::trusted_origin_null_or_missing_origin, "Origin or Referer", source.empty() ? source : "null");
    }
    const Trust trust = origin ? trusted_.check_header(source) : trusted_.check(source);
    if (trust == Trust::trusted) return {};
    return fail(Code::trusted_origin_missing, "a trusted origin", recordable(source));
}

/// Sign-in and sign-up have no cookie yet, but another site could sign its victim in to the wrong account (CSR-04).
Result<void> Guard::check_form(const RequestView& request) const {
    const std::string_view site = request.header("sec-fetch-site").value_or("");
    const std::string_view mode = request.header("sec-fetch-mode").value_or("");
    const bool fetch_metadata = !site.empty() || !mode.empty() || request.header("sec-fetch-dest").has_value();
    if (site == "cross-site" && mode == "navigate") return fail(Code::csrf_cross_site_navigation);
    if (fetch_metadata || request.header("origin") || request.header("referer")) return check_origin(request);
    return {};    // no browser: curl, a server, a test
}

Result<void> Guard::admit(Exchange& x) {
    const RequestView& request = x.request();
    switch (*x.endpoint->origin) {
        case OriginRule::safe_method:
            return {};
        case OriginRule::trusted_only:
            return request.header("cookie") ? check_origin(request) : Result<void>{};
        case OriginRule::form:
            return request.header("cookie") ? check_origin(request) : check_form(request);
    }
    return fail(Code::internal_fault, "a rule");
}

Result<void> Guard::check_target(std::string_view target, Public face) const {
    if (target.empty()) return {};
    if (trusted_.check_target(target) == Trust::trusted) return {};
    return fail(
        AuthError{Code::redirect_untrusted, "a safe path or a trusted origin", recordable(target)}.shown_as(face));
}

Result<void> Guard::redirects(Exchange& x) {
    const auto check = [&](const http::Shape* shape, const auto& text_of) -> Result<void> {
        if (shape == nullptr) return {};
        for (const http::Field& field : shape->fields) {
            if (field.redirect) CS_CHECK(check_target(text_of(*field.name), *field.redirect));
        }
        return {};
    };
    CS_CHECK(check(x.endpoint->body, [&](std::string_view name) { return x.text(name).value_or(""); }));
    CS_CHECK(check(x.endpoint->query, [&](std::string_view name) { return x.query(name).value_or(""); }));
    if (*x.endpoint->origin == OriginRule::safe_method) return {};
    // Better Auth looks at this one on every request that changes something, whoever reads it.
    return check_target(x.query("callbackURL").value_or(""), Public::invalid_callback_url);
}

bool Guard::cors_allows(std::string_view origin) const {
    const std::optional<Origin> asked = parse_http_origin(origin);
    return asked && std::ranges::any_of(options_.cors_origins,
                                        [&](const std::string& listed) { return parse_http_origin(listed) == asked; });
}

std::optional<Response> Guard::preflight(const Exchange& x, std::span<const http::Method> methods) {
    const RequestView& request = x.request();
    if (options_.cors_origins.empty() || !request.header("origin") ||
        !request.header("access-control-request-method")) {
        return std::nullopt;
    }
    if (!cors_allows(*request.header("origin")) || methods.empty()) {
        refused(x, AuthError{Code::cors_origin_not_listed, "an origin of cors.origins",
                             recordable(*request.header("origin"))});
        return Response::empty(403);
    }
    std::string allowed;
    for (const http::Method method : methods) {
        if (!allowed.empty()) allowed += ", ";
        allowed += method_name(method);
    }
    Response answer = Response::empty(204);
    answer.headers.emplace_back("access-control-allow-methods", allowed);
    answer.headers.emplace_back("access-control-allow-headers", "content-type, authorization");
    answer.headers.emplace_back("access-control-max-age", "600");
    return answer;
}

void Guard::decorate(const Exchange& x, Response& answer) {
    if (options_.cors_origins.empty()) return;
    answer.headers.emplace_back("vary", "Origin");    // on every answer, or a cache mixes origins up (CSR-07)
    const std::optional<std::string_view> origin = x.request().header("origin");
    if (!origin || !cors_allows(*origin)) return;
    answer.headers.emplace_back("access-control-allow-origin", *origin);
    answer.headers.emplace_back("access-control-allow-credentials", "true");
    answer.expose("x-request-id, retry-after");
}

void Guard::refused(const Exchange& x, const AuthError& why) { record(x, why, Outcome::refused); }
void Guard::went_on(const Exchange& x, const AuthError& why) { record(x, why, Outcome::went_on); }

void Guard::incomplete(const Exchange& x, const AuthError& why) {
    log_->event(Level::error, "answer.incomplete",
                {{"reference", x.reference().text()},
                 {"endpoint", *x.endpoint->path},
                 {"cause", why.label()},
                 {"detail", why.detail()}});
}

void Guard::record(const Exchange& x, const AuthError& why, Outcome outcome) {
    const std::string_view endpoint = x.endpoint == nullptr ? std::string_view{"unrouted"} : *x.endpoint->path;
    const DecisionTrace::Kept kept = trace_->record({.reference = x.reference().text(),
                                                     .at = x.now(),
                                                     .endpoint = endpoint,
                                                     .client = x.client_address(),
                                                     .why = &why,
                                                     .outcome = outcome});
    if (kept == DecisionTrace::Kept::sampled_out) return;    // a flood must not fill the log either
    note_refusal(x, why);
    const bool refusal = outcome == Outcome::refused;
    log_->event(refusal ? level_of(why) : level_of_note(why), refusal ? "request.refused" : "session.not_accepted",
                {{"reference", x.reference().text()},
                 {"endpoint", endpoint},
                 {"client", x.client_address()},
                 {"cause", why.label()},
                 {"detail", why.detail()},
                 {"status", refusal ? std::int64_t{why.face().http} : std::int64_t{200}}});
}

}    // namespace countersign::guard

#include "guard/session_cookies.hpp"

#include "base/url.hpp"
#include "guard/chunked_cookie.hpp"

namespace countersign::guard {

using http::Exchange;
using http::RequestView;
using session::Remember;
using session::SignedIn;

namespace {
constexpr Seconds gone{0};
}

SessionCookies::SessionCookies(CookieOptions options, crypto::HmacKeys keys, std::optional<SessionCache> cache)
    : options_{std::move(options)},
      keys_{std::move(keys)},
      cache_{std::move(cache)},
      session_token_{cookie_form(options_.rules, "session_token")},
      session_data_{cookie_form(options_.rules, "session_data")},
      dont_remember_{cookie_form(options_.rules, "dont_remember")} {}

std::string SessionCookies::signed_text(std::string_view name, std::string_view value) const {
    return crypto::sign_value(keys_.current(), value, options_.binding == CookieBinding::name_and_value ? name : "");
}

Result<std::string> SessionCookies::open_value(std::string_view sent, const std::string& name) const {
    const std::string_view bound = options_.binding == CookieBinding::name_and_value ? name : std::string_view{};
    Result<std::string> opened = crypto::open_signed_value(keys_.current(), sent, bound);
    for (std::size_t i = 1; !opened.ok() && i < keys_.all().size(); ++i)
        opened = crypto::open_signed_value(keys_.all()[i], sent, bound);
    return opened;
}

Result<std::string> SessionCookies::open(const RequestView& request, const std::string& name) const {
    CS_TRY(const std::optional<std::string> sent, http::find_cookie(request, name));
    if (!sent) return fail(Code::session_missing);
    return open_value(*sent, name);
}

namespace {

/// What stands behind `Bearer` (RFC 6750 §2.1; the scheme in any case). Empty: nothing does, or more than one header
/// says so.
std::string_view bearer_credential(const RequestView& request) {
    constexpr std::string_view scheme = "bearer ";
    const std::string_view header = request.header("authorization").value_or("");
    if (header.size() <= scheme.size() || request.count("authorization") != 1) return {};
    const bool named = std::ranges::equal(header.substr(0, scheme.size()), scheme, [](char sent, char lower) {
        return sent == lower || (lower != ' ' && (sent | 0x20) == lower);
    });
    return named ? header.substr(scheme.size()) : std::string_view{};
}

}    // namespace

Result<std::string> SessionCookies::bearer_token(const RequestView& request) const {
    const std::string_view credential = bearer_credential(request);
    if (credential.empty()) return fail(Code::session_missing);
    if (!credential.contains('.')) {
        if (options_.bearer == Bearer::signed_only) return fail(Code::session_signature, "a signed token");
        return std::string{credential};
    }
    const std::optional<std::string> plain = percent_decode(credential);    // as the cookie's value may be sent
    if (!plain) return fail(Code::session_signature, "a signed token");
    return open_value(*plain, session_token_.name);
}

Result<std::string> SessionCookies::token(const RequestView& request) const {
    if (options_.bearer == Bearer::off) return open(request, session_token_.name);
    Result<std::string> carried = bearer_token(request);
    if (carried.ok()) return carried;
    Result<std::string> cookie = open(request, session_token_.name);
    // With neither, the header that was sent is why.
    const bool no_cookie = !cookie.ok() && cookie.error().code() == Code::session_missing;
    return no_cookie ? std::move(carried) : std::move(cookie);
}

Remember SessionCookies::remember(const RequestView& request) const {
    const Result<std::string> mark = open(request, dont_remember_.name);
    return mark.ok() && *mark == "true" ? Remember::no : Remember::yes;
}

Result<SignedIn> SessionCookies::cached(const Exchange& x, std::string_view token) const {
    if (!cache_ || cache_->trust == SealTrust::none) return fail(Code::session_missing);
    const std::string value = chunked_value(x.request(), session_data_.name);
    if (value.empty()) return fail(Code::session_missing);
    return cache_->seals.open(value, token, x.now());
}

void SessionCookies::append_token(http::Response& answer, std::string_view token, Remember remember) const {
    const auto life = remember == Remember::yes ? std::optional{options_.session_life} : std::nullopt;
    std::string value = signed_text(session_token_.name, token);
    answer.set_cookies.push_back(http::set_cookie(session_token_, value, life));
    if (options_.bearer == Bearer::off) return;
    answer.headers.emplace_back("set-auth-token", std::move(value));
    answer.expose("set-auth-token");
}

void SessionCookies::append_remember(http::Response& answer, const RequestView& request, Remember remember) const {
    if (remember == Remember::no) {
        const std::string value = signed_text(dont_remember_.name, "true");
        answer.set_cookies.push_back(http::set_cookie(dont_remember_, value, std::nullopt));
        return;
    }
    const auto sent = http::find_cookie(request, dont_remember_.name);
    if (!sent.ok() || sent->has_value()) answer.set_cookies.push_back(http::set_cookie(dont_remember_, "", gone));
}

Result<void> SessionCookies::append_session(http::Response& answer, const Exchange& x, const SignedIn& signed_in,
                                            Remember remember) const {
    append_token(answer, signed_in.session.token, remember);
    append_remember(answer, x.request(), remember);
    return append_cached(answer, x, signed_in, remember);
}

Result<void> SessionCookies::append_again(http::Response& answer, const Exchange& x, const SignedIn& signed_in) const {
    return append_session(answer, x, signed_in, remember(x.request()));
}

Result<void> SessionCookies::append_cached(http::Response& answer, const Exchange& x, const SignedIn& signed_in,
                                           Remember remember) const {
    if (!cache_) return {};
    CS_TRY(const std::string sealed, cache_->seals.seal(signed_in, remember, x.now(), *cache_->random));
    const auto life = remember == Remember::yes ? std::optional{cache_->seals.life()} : std::nullopt;
    append_chunked(answer, x.request(), session_data_, sealed, life);
    return {};
}

void SessionCookies::append_cached_refused(http::Response& answer) const {
    answer.set_cookies.push_back(http::set_cookie(session_data_, "", gone));
}

void SessionCookies::append_uncached(http::Response& answer, const RequestView& request) const {
    if (!cache_) append_chunks_expired(answer, request, session_data_);
}

void SessionCookies::append_clear(http::Response& answer, const RequestView& request) const {
    answer.set_cookies.push_back(http::set_cookie(session_token_, "", gone));
    answer.set_cookies.push_back(http::set_cookie(session_data_, "", gone));
    append_chunks_expired(answer, request, session_data_);
    answer.set_cookies.push_back(http::set_cookie(dont_remember_, "", gone));
}

}    // namespace countersign::guard

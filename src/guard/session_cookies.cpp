#include "guard/session_cookies.hpp"

#include "base/url.hpp"

namespace countersign::guard {

using http::CookieAttributes;
using session::Remember;

SessionCookies::SessionCookies(CookieOptions options, crypto::HmacKey key)
    : options_{std::move(options)},
      key_{std::move(key)} {
    const std::string front = options_.secure == CookieOptions::Secure::on ? "__Secure-" : "";
    session_token_ = front + options_.prefix + ".session_token";
    session_data_ = front + options_.prefix + ".session_data";
    dont_remember_ = front + options_.prefix + ".dont_remember";
}

std::string SessionCookies::signed_text(std::string_view name, std::string_view value) const {
    return crypto::sign_value(key_, value, options_.binding == CookieBinding::name_and_value ? name : "");
}

Result<std::string> SessionCookies::open(const http::RequestView& request, const std::string& name) const {
    CS_TRY(const std::optional<std::string> sent, http::find_cookie(request, name));
    if (!sent) return fail(Code::session_missing);
    return crypto::open_signed_value(key_, *sent, options_.binding == CookieBinding::name_and_value ? name : "");
}

namespace {

/// What stands behind `Bearer` (RFC 6750 §2.1; the scheme in any case). Empty: nothing does, or more than one header
/// says so.
std::string_view bearer_credential(const http::RequestView& request) {
    constexpr std::string_view scheme = "bearer ";
    const std::string_view header = request.header("authorization").value_or("");
    if (header.size() <= scheme.size() || request.count("authorization") != 1) return {};
    const bool named = std::ranges::equal(header.substr(0, scheme.size()), scheme, [](char sent, char lower) {
        return sent == lower || (lower != ' ' && (sent | 0x20) == lower);
    });
    return named ? header.substr(scheme.size()) : std::string_view{};
}

}    // namespace

Result<std::string> SessionCookies::bearer_token(const http::RequestView& request) const {
    const std::string_view credential = bearer_credential(request);
    if (credential.empty()) return fail(Code::session_missing);
    if (!credential.contains('.')) {
        if (options_.bearer == Bearer::signed_only) return fail(Code::session_signature, "a signed token");
        return std::string{credential};
    }
    const std::optional<std::string> plain = percent_decode(credential);    // as the cookie's value may be sent
    if (!plain) return fail(Code::session_signature, "a signed token");
    const bool bound = options_.binding == CookieBinding::name_and_value;
    return crypto::open_signed_value(key_, *plain, bound ? session_token_ : "");
}

Result<std::string> SessionCookies::token(const http::RequestView& request) const {
    if (options_.bearer == Bearer::off) return open(request, session_token_);
    Result<std::string> carried = bearer_token(request);
    if (carried.ok()) return carried;
    Result<std::string> cookie = open(request, session_token_);
    // With neither, the header that was sent is why.
    const bool no_cookie = !cookie.ok() && cookie.error().code() == Code::session_missing;
    return no_cookie ? std::move(carried) : std::move(cookie);
}

Remember SessionCookies::remember(const http::RequestView& request) const {
    const Result<std::string> mark = open(request, dont_remember_);
    return mark.ok() && *mark == "true" ? Remember::no : Remember::yes;
}

void SessionCookies::append(http::Response& answer, const std::string& name, std::string_view value,
                            std::optional<Seconds> max_age) const {
    const auto secure =
        options_.secure == CookieOptions::Secure::on ? CookieAttributes::Secure::on : CookieAttributes::Secure::off;
    answer.set_cookies.push_back(http::set_cookie(
        name, value,
        {.max_age = max_age, .domain = options_.domain, .same_site = options_.same_site, .secure = secure}));
}

void SessionCookies::append_session(http::Response& answer, std::string_view token, Remember remember) const {
    const auto life = remember == Remember::yes ? std::optional{options_.session_life} : std::nullopt;
    std::string value = signed_text(session_token_, token);
    append(answer, session_token_, value, life);
    if (options_.bearer == Bearer::off) return;
    answer.headers.emplace_back("set-auth-token", std::move(value));
    answer.expose("set-auth-token");
}

void SessionCookies::append_again(http::Response& answer, const http::RequestView& request,
                                  std::string_view token) const {
    const Remember as_before = remember(request);
    append_session(answer, token, as_before);
    if (as_before == Remember::no) append_remember(answer, request, as_before);
}

void SessionCookies::append_remember(http::Response& answer, const http::RequestView& request,
                                     Remember remember) const {
    if (remember == Remember::no)
        return append(answer, dont_remember_, signed_text(dont_remember_, "true"), std::nullopt);
    const auto sent = http::find_cookie(request, dont_remember_);
    if (!sent.ok() || sent->has_value()) append(answer, dont_remember_, "", Seconds{0});
}

void SessionCookies::append_clear(http::Response& answer) const {
    append(answer, session_token_, "", Seconds{0});
    append(answer, session_data_, "", Seconds{0});
    append(answer, dont_remember_, "", Seconds{0});
}

}    // namespace countersign::guard

#include "guard/session_cookies.hpp"

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

Result<std::string> SessionCookies::token(const http::RequestView& request) const {
    return open(request, session_token_);
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
    append(answer, session_token_, signed_text(session_token_, token), life);
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

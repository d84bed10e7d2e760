// Cookie and Set-Cookie headers.
#pragma once

#include "base/result.hpp"
#include "http/message.hpp"

namespace countersign::http {

/// Value of the cookie of exactly this name over all Cookie headers: percent-decoded, quotes taken off. Absent if there
/// is none. Errors: cookie.shadowed_duplicate when the name comes twice (CKY-02).
Result<std::optional<std::string>> find_cookie(const RequestView& request, std::string_view name);

struct CookieAttributes {
    enum class Flag : std::uint8_t { off, on };
    std::string domain = {};    // empty: host only
    std::string path = "/";
    std::string same_site = "Lax";    // as sent
    Flag http_only = Flag::on;
    Flag secure = Flag::off;
    Flag partitioned = Flag::off;
};

/// A cookie of ours but for its value: whole name and attributes.
struct CookieForm {
    std::string name;
    CookieAttributes attributes = {};
};

/// `name=value; Max-Age=; Domain=; Path=; HttpOnly; Secure; SameSite=; Partitioned`, the value percent-encoded as
/// encodeURIComponent. Without a life the browser forgets it when it closes.
std::string set_cookie(const CookieForm& form, std::string_view value, std::optional<Seconds> life);

/// Every cookie of the request, as find_cookie reads them, in the order that they came in; names may repeat.
std::vector<std::pair<std::string_view, std::string>> all_cookies(const RequestView& request);

}    // namespace countersign::http

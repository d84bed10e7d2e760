// Cookie and Set-Cookie headers.
#pragma once

#include "base/result.hpp"
#include "http/message.hpp"

namespace countersign::http {

/// Value of the cookie of exactly this name over all Cookie headers: percent-decoded, quotes taken off. Absent if there
/// is none. Errors: cookie.shadowed_duplicate when the name comes twice (CKY-02).
Result<std::optional<std::string>> find_cookie(const RequestView& request, std::string_view name);

struct CookieAttributes {
    std::optional<Seconds> max_age;
    std::string_view domain{};
    std::string_view path = "/";
    std::string_view same_site{};
    enum class Secure : std::uint8_t { off, on };
    Secure secure = Secure::off;
};

/// `name=value; Max-Age=; Domain=; Path=; HttpOnly; Secure; SameSite=`, the value percent-encoded as
/// encodeURIComponent.
std::string set_cookie(std::string_view name, std::string_view value, const CookieAttributes& attributes);

}    // namespace countersign::http

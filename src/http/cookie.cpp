#include "http/cookie.hpp"

#include "base/url.hpp"

namespace countersign::http {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string decoded(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (!value.contains('%')) return std::string{value};
    return percent_decode(value).value_or(std::string{value});    // malformed: left as it is, as Better Auth does
}

}    // namespace

Result<std::optional<std::string>> find_cookie(const RequestView& request, std::string_view name) {
    std::optional<std::string_view> found;
    for (const Header& header : request.headers) {
        constexpr std::string_view cookie = "cookie";
        if (header.name.size() != cookie.size() || RequestView{.headers = {&header, 1}}.count(cookie) == 0) continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            const std::string_view pair = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const std::size_t equals = pair.find('=');
            // Case and blanks count, and a pair without `=` has no name (CKY-03).
            if (equals == std::string_view::npos || trimmed(pair.substr(0, equals)) != name) continue;
            if (found) return fail(Code::cookie_shadowed_duplicate, "one cookie of this name", name);
            found = trimmed(pair.substr(equals + 1));
        }
    }
    if (!found) return std::optional<std::string>{};
    return std::optional<std::string>{decoded(*found)};
}

std::string set_cookie(std::string_view name, std::string_view value, const CookieAttributes& attributes) {
    std::string out{name};
    out += "=";
    out += percent_encode_component(value);
    if (attributes.max_age) out += "; Max-Age=" + std::to_string(attributes.max_age->count());
    if (!attributes.domain.empty()) out += "; Domain=" + std::string{attributes.domain};
    if (!attributes.path.empty()) out += "; Path=" + std::string{attributes.path};
    out += "; HttpOnly";
    if (attributes.secure == CookieAttributes::Secure::on) out += "; Secure";
    if (!attributes.same_site.empty()) out += "; SameSite=" + std::string{attributes.same_site};
    return out;
}

}    // namespace countersign::http

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

namespace {

/// Calls `each(name, value)` for every pair of every Cookie header. Case and blanks inside a name count, and a pair
/// without `=` has no name (CKY-03).
template <class Each>
void for_each_cookie(const RequestView& request, Each each) {
    for (const Header& header : request.headers) {
        constexpr std::string_view cookie = "cookie";
        if (header.name.size() != cookie.size() || RequestView{.headers = {&header, 1}}.count(cookie) == 0) continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            const std::string_view pair = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const std::size_t equals = pair.find('=');
            if (equals == std::string_view::npos) continue;
            each(trimmed(pair.substr(0, equals)), trimmed(pair.substr(equals + 1)));
        }
    }
}

}    // namespace

Result<std::optional<std::string>> find_cookie(const RequestView& request, std::string_view name) {
    std::optional<std::string_view> found;
    std::size_t times = 0;
    for_each_cookie(request, [&](std::string_view other, std::string_view value) {
        if (other != name) return;
        found = value;
        ++times;
    });
    if (times > 1) return fail(Code::cookie_shadowed_duplicate, "one cookie of this name", name);
    if (!found) return std::optional<std::string>{};
    return std::optional<std::string>{decoded(*found)};
}

std::vector<std::pair<std::string_view, std::string>> all_cookies(const RequestView& request) {
    std::vector<std::pair<std::string_view, std::string>> cookies;
    for_each_cookie(request, [&](std::string_view name, std::string_view value) {
        if (!name.empty()) cookies.emplace_back(name, decoded(value));
    });
    return cookies;
}

std::string set_cookie(const CookieForm& form, std::string_view value, std::optional<Seconds> life) {
    using enum CookieAttributes::Flag;
    const CookieAttributes& attributes = form.attributes;
    std::string out = form.name;
    out += "=";
    out += percent_encode_component(value);
    if (life) out += "; Max-Age=" + std::to_string(life->count());
    if (!attributes.domain.empty()) out += "; Domain=" + attributes.domain;
    if (!attributes.path.empty()) out += "; Path=" + attributes.path;
    if (attributes.http_only == on) out += "; HttpOnly";
    if (attributes.secure == on) out += "; Secure";
    if (!attributes.same_site.empty()) out += "; SameSite=" + attributes.same_site;
    if (attributes.partitioned == on) out += "; Partitioned";
    return out;
}

}    // namespace countersign::http

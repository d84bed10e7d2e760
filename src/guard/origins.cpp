#include "guard/origins.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace countersign::guard {
namespace {

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

bool is_pattern(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

/// `192.168.*` means addresses: a name as 192.168.evil.test must not match it.
bool is_address_pattern(std::string_view pattern) {
    const std::size_t scheme = pattern.find("://");
    const std::string_view host = scheme == std::string_view::npos ? pattern : pattern.substr(scheme + 3);
    return !host.empty() && host.find_first_not_of("0123456789.*?:") == std::string_view::npos;
}

bool is_ipv4_literal(std::string_view host) {
    return host.find_first_not_of("0123456789.") == std::string_view::npos && std::ranges::count(host, '.') == 3;
}

/// A host that every parser reads in the same way: none, or plain characters with a port that can be one.
bool is_plain_authority(std::string_view authority) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    const std::size_t colon = authority.find(':');
    const std::string_view host = authority.substr(0, colon);
    if (host.find_first_not_of(plain) != std::string_view::npos) return false;
    if (colon == std::string_view::npos) return true;
    const std::string_view digits = authority.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return !host.empty() && error == std::errc{} && end == digits.data() + digits.size();
}

/// Steps that a parser takes out of a path: `.` and `..`, in any spelling.
bool has_dot_segment(std::string_view path) {
    while (!path.empty()) {
        const std::size_t end = path.find('/');
        std::string segment = lower(path.substr(0, end));
        for (std::size_t at = 0; (at = segment.find("%2e", at)) != std::string::npos;) segment.replace(at, 3, ".");
        if (segment == "." || segment == "..") return true;
        path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
    }
    return false;
}

/// An address of an app, as far as everybody reads it in the same way (RDR-03).
bool is_plain_app_url(std::string_view rest) {
    const bool visible = std::ranges::all_of(rest, [](char c) { return c > ' ' && c < '\x7F' && c != '\\'; });
    const std::string_view path = rest.substr(0, rest.find_first_of("?#"));
    return visible && is_plain_authority(path.substr(0, path.find('/'))) && !has_dot_segment(path);
}

/// `myapp://` or `myapp://host/path`: same scheme, same authority if the pattern has one, path on a segment boundary.
bool matches_custom_scheme(std::string_view pattern, std::string_view url) {
    const std::size_t scheme_end = pattern.find("://") + 3;
    if (lower(url.substr(0, scheme_end)) != lower(pattern.substr(0, scheme_end))) return false;
    if (!is_plain_app_url(url.substr(scheme_end))) return false;
    std::string_view want = pattern.substr(scheme_end), got = url.substr(scheme_end);
    while (want.ends_with('/')) want.remove_suffix(1);
    if (want.empty()) return true;
    return got.starts_with(want) && (got.size() == want.size() || std::string_view{"/?#"}.contains(got[want.size()]));
}

/// `myapp:home`, where the pattern names a scheme and nothing else: no authority that anybody could read differently.
bool matches_scheme_alone(std::string_view pattern, std::string_view url) {
    const std::size_t colon = pattern.find("://");
    if (colon == std::string_view::npos || pattern.find_first_not_of('/', colon + 1) != std::string_view::npos)
        return false;
    constexpr std::array<std::string_view, 7> no_app{"http", "https", "javascript", "data", "vbscript", "blob", "file"};
    if (std::ranges::find(no_app, lower(pattern.substr(0, colon))) != no_app.end()) return false;
    if (lower(url.substr(0, colon + 1)) != lower(pattern.substr(0, colon + 1))) return false;
    const std::string_view rest = url.substr(colon + 1), path = rest.substr(0, rest.find_first_of("?#"));
    const bool visible = std::ranges::all_of(rest, [](char c) { return c > ' ' && c < '\x7F' && c != '\\'; });
    return visible && !path.empty() && !path.contains("//") && !has_dot_segment(path);
}

/// A web address as it is without `user:password@`, if that consists of characters that end it for nobody. What
/// decides is where it leads.
std::string without_user(std::string_view url) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:";
    const std::size_t colon = url.find("://");
    if (colon == std::string_view::npos) return std::string{url};
    const std::size_t begin = colon + 3, end = std::min(url.find_first_of("/?#", begin), url.size());
    const std::string_view authority = url.substr(begin, end - begin), user = authority.substr(0, authority.find('@'));
    if (user.size() == authority.size() || user.empty() || user.find_first_not_of(plain) != std::string_view::npos)
        return std::string{url};
    std::string out{url.substr(0, begin)};
    out += url.substr(begin + user.size() + 1);
    return out;
}

bool has_encoded_control(std::string_view path) {
    for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
        const std::string_view digits = path.substr(at + 1, 2);
        if (digits.starts_with('0') || digits.starts_with('1') || lower(digits) == "7f") return true;
    }
    return false;
}

/// What only the strict profile asks of a target.
bool is_plain_target(std::string_view target) {
    constexpr std::size_t longest = 2048;
    constexpr std::string_view line_separator = "\xE2\x80\xA8", paragraph_separator = "\xE2\x80\xA9";
    if (target.size() > longest || target.contains(line_separator) || target.contains(paragraph_separator))
        return false;
    const std::size_t colon = target.find("://");
    const std::string_view path = target.substr(0, target.find_first_of("?#"));
    if (has_encoded_control(path)) return false;
    if (target.starts_with('/')) return !path.contains("//") || !has_dot_segment(path);
    const std::string_view scheme = target.substr(0, std::min(colon, target.size()));
    return lower(scheme) == scheme || lower(scheme).starts_with("http");
}

}    // namespace

bool glob(std::string_view pattern, std::string_view text, char stop) {
    // Iterative with one point of return, so that no pattern costs more than pattern times text (INP-06).
    std::size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.size() && (pattern[p] == text[t] || (pattern[p] == '?' && text[t] != stop))) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos && text[star_text] != stop) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

bool TrustedOrigins::matches(std::string_view pattern, std::string_view url,
                             const std::optional<Origin>& origin) const {
    if (is_address_pattern(pattern) && (!origin || !is_ipv4_literal(origin->host))) return false;
    const char stop = profile_ == Profile::native ? '.' : '\0';
    const std::size_t scheme = pattern.find("://");
    if (scheme == std::string_view::npos) {    // host pattern: any web scheme, the port is part of it
        if (!origin) return false;
        const std::string text = origin->text();
        return glob(lower(pattern), std::string_view{text}.substr(text.find("://") + 3), stop);
    }
    const std::string scheme_name = lower(pattern.substr(0, scheme));
    if (scheme_name != "http" && scheme_name != "https") return matches_custom_scheme(pattern, url);
    if (!origin) return false;
    if (is_pattern(pattern)) return glob(lower(pattern), origin->text(), stop);
    const std::optional<Origin> wanted = parse_http_origin(pattern);
    const bool has_path = pattern.substr(scheme + 3).find('/') != std::string_view::npos;
    return wanted && !has_path && *wanted == *origin;
}

Trust TrustedOrigins::check_header(std::string_view origin) const {
    const std::optional<Origin> read = parse_http_origin(origin);
    if (profile_ == Profile::native && read && read->text() != origin) return Trust::untrusted;
    return check(origin);
}

Trust TrustedOrigins::check_target(std::string_view target) const {
    if (profile_ == Profile::native && !is_plain_target(target)) return Trust::untrusted;
    if (!target.starts_with('/')) return profile_ == Profile::native ? check(target) : check_widely(target);
    return relative_path(target) == RelativePath::safe ? Trust::trusted : Trust::untrusted;
}

/// As Better Auth reads absolute targets besides.
Trust TrustedOrigins::check_widely(std::string_view target) const {
    if (std::ranges::any_of(patterns_, [&](const std::string& each) { return matches_scheme_alone(each, target); }))
        return Trust::trusted;
    const std::string scheme = lower(target.substr(0, std::min(target.find(':'), target.size())));
    return check(scheme == "http" || scheme == "https" ? without_user(target) : std::string{target});
}

Trust TrustedOrigins::check(std::string_view url) const {
    const std::optional<Origin> origin = parse_http_origin(url);
    if (origin && *origin == own_) return Trust::trusted;
    const bool listed = std::ranges::any_of(patterns_, [&](const std::string& p) { return matches(p, url, origin); });
    return listed ? Trust::trusted : Trust::untrusted;
}

}    // namespace countersign::guard

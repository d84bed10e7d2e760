#include "guard/origins.hpp"

#include <algorithm>

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

/// `myapp://` or `myapp://host/path`: same scheme, same authority if the pattern has one, path on a segment boundary.
bool matches_custom_scheme(std::string_view pattern, std::string_view url) {
    const std::size_t scheme_end = pattern.find("://") + 3;
    if (lower(url.substr(0, scheme_end)) != lower(pattern.substr(0, scheme_end))) return false;
    std::string_view want = pattern.substr(scheme_end), got = url.substr(scheme_end);
    while (want.ends_with('/')) want.remove_suffix(1);
    if (want.empty()) return true;
    return got.starts_with(want) && (got.size() == want.size() || std::string_view{"/?#"}.contains(got[want.size()]));
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

Trust TrustedOrigins::check(std::string_view url) const {
    const std::optional<Origin> origin = parse_http_origin(url);
    if (origin && *origin == own_) return Trust::trusted;
    const bool listed = std::ranges::any_of(patterns_, [&](const std::string& p) { return matches(p, url, origin); });
    return listed ? Trust::trusted : Trust::untrusted;
}

}    // namespace countersign::guard

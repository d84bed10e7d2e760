#include "base/url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"

namespace countersign {
namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool has_doubtful_byte(std::string_view text) {
    return std::ranges::any_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte >= 0x7F || c == '\\';
    });
}

/// Four numbers of 0 to 255 without leading zeros: the one spelling that every reader takes for the same address.
bool is_canonical_ipv4(std::string_view host) {
    std::size_t parts = 0;
    while (true) {
        const std::size_t end = std::min(host.find('.'), host.size());
        const std::string_view part = host.substr(0, end);
        std::uint8_t number = 0;
        const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number);
        const bool whole = error == std::errc{} && stop == part.data() + part.size();
        if (!whole || (part.size() > 1 && part.front() == '0')) return false;
        ++parts;
        if (end == host.size()) return parts == 4;
        host.remove_prefix(end + 1);
    }
}

/// Browsers read a host whose last label is a number as an address, in many spellings (WHATWG URL, "ends in a number").
bool is_number(std::string_view last_label) {
    if (last_label.starts_with("0x") || last_label.starts_with("0X")) {
        return std::ranges::all_of(last_label.substr(2), [](char c) { return hex_value(c) >= 0; });
    }
    return std::ranges::all_of(last_label, [](char c) { return c >= '0' && c <= '9'; });
}

/// A name of letters, digits, `-` and `_` without empty labels, or a canonical IPv4 address; lower case.
std::optional<std::string> name_or_ipv4(std::string_view host) {
    constexpr std::size_t longest = 253;
    if (host.empty() || host.size() > longest || host.front() == '.' || host.back() == '.' || host.contains(".."))
        return std::nullopt;
    if (!std::ranges::all_of(host, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; }))
        return std::nullopt;
    const std::string_view last = host.substr(host.rfind('.') + 1);    // the whole host without a dot
    if (is_number(last) && !is_canonical_ipv4(host)) return std::nullopt;
    return lower(host);
}

/// RFC 5952 §4 in brackets, and never with a dotted tail, as browsers write it.
std::string ipv6_text(const in6_addr& address) {
    std::array<unsigned, 8> groups{};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        groups[i] = static_cast<unsigned>(address.s6_addr[2 * i] << 8U) | address.s6_addr[2 * i + 1];
    }
    std::size_t best = groups.size(), best_size = 1;    // a run of one group is not shortened
    for (std::size_t i = 0; i < groups.size(); ++i) {
        std::size_t size = 0;
        while (i + size < groups.size() && groups[i + size] == 0) ++size;
        if (size > best_size) best = i, best_size = size;
    }
    std::string out = "[";
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (i == best) {
            out += i == 0 ? "::" : ":";
            i += best_size - 1;
            continue;
        }
        std::array<char, 4> text{};
        const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), groups[i], 16);
        out.append(text.data(), end);
        if (i + 1 < groups.size()) out += ':';
    }
    return out + "]";
}

std::optional<std::string> canonical_host(std::string_view host) {
    if (!host.starts_with('[')) return name_or_ipv4(host);
    in6_addr address{};
    const std::string inner{host.ends_with(']') ? host.substr(1, host.size() - 2) : std::string_view{}};
    if (::inet_pton(AF_INET6, inner.c_str(), &address) != 1) return std::nullopt;    // no zones, no empty text
    return ipv6_text(address);
}

}    // namespace

namespace {
std::string percent_escape(char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    return {'%', digits[byte >> 4U], digits[byte & 15U]};
}
}    // namespace

std::string percent_encode_component(std::string_view text) {
    constexpr std::string_view unreserved = "-_.!~*'()";
    std::string out;
    for (const char c : text) {
        if (is_alphanumeric(c) || unreserved.contains(c)) {
            out.push_back(c);
            continue;
        }
        out += percent_escape(c);
    }
    return out;
}

std::string with_query(std::string_view url, std::string_view name, std::string_view value) {
    const std::size_t end = std::min(url.find('#'), url.size());
    const std::string_view front = url.substr(0, end);
    std::string out{front};
    if (!front.contains('?')) {
        out += '?';
    } else if (!front.ends_with('?') && !front.ends_with('&')) {
        out += '&';
    }
    out.append(name).append("=").append(form_encode(value));
    out += url.substr(end);
    return location_text(out);
}

std::string location_text(std::string_view url) {
    while (url.ends_with(' ')) url.remove_suffix(1);    // as browsers do
    std::string out;
    out.reserve(url.size());
    for (const char c : url) {
        if (c > ' ' && c < '\x7F') {
            out.push_back(c);
        } else {
            out += percent_escape(c);
        }
    }
    return out;
}

std::string form_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ' ') {
            out.push_back('+');
        } else if (std::string_view{"!'()~"}.contains(c)) {
            out += percent_escape(c);
        } else {
            out += percent_encode_component({&c, 1});
        }
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text,
                                                                           std::size_t max_pairs) {
    std::vector<std::pair<std::string, std::string>> pairs;
    const auto decoded = [](std::string_view part) {
        std::string blanks{part};
        std::ranges::replace(blanks, '+', ' ');
        return percent_decode(blanks);
    };
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        if (pairs.size() == max_pairs) return std::nullopt;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto name = decoded(pair.substr(0, equals));
        const auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value || utf8_of(*name) == Utf8::invalid || utf8_of(*value) == Utf8::invalid) return std::nullopt;
        pairs.emplace_back(*name, *value);
    }
    return pairs;
}

std::string Origin::text() const {
    std::string out = scheme + "://" + host;
    if (port != default_port(scheme)) out += ":" + std::to_string(port);
    return out;
}

std::optional<Origin> parse_http_origin(std::string_view url) {
    if (has_doubtful_byte(url)) return std::nullopt;
    const std::size_t colon = url.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    Origin origin{.scheme = lower(url.substr(0, colon)), .host = {}};
    if (origin.scheme != "http" && origin.scheme != "https") return std::nullopt;
    std::string_view authority = url.substr(colon + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (authority.contains('@')) return std::nullopt;    // user info misleads people and parsers

    const std::size_t bracket = authority.rfind(']');
    const std::size_t port_at = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string_view host = authority.substr(0, port_at);
    std::optional<std::string> canonical = canonical_host(host);
    if (!canonical) return std::nullopt;
    origin.host = *std::move(canonical);
    origin.port = default_port(origin.scheme);
    if (port_at == std::string_view::npos) return origin;
    const std::string_view digits = authority.substr(port_at + 1);
    if (digits.size() > 1 && digits.front() == '0') return std::nullopt;    // not every parser reads these in tens
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), origin.port);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return origin;
}

namespace {

/// Upper-case hex, and no encoding of what needs none (RFC 3986 §6.2.2.1, §6.2.2.2).
std::optional<std::string> normal_escapes(std::string_view path) {
    std::string out;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] != '%') {
            out.push_back(path[i]);
            continue;
        }
        const std::optional<std::string> decoded = percent_decode(path.substr(i, 3));
        if (!decoded || decoded->size() != 1) return std::nullopt;
        const char c = decoded->front();
        const bool unreserved = is_alphanumeric(c) || std::string_view{"-._~"}.contains(c);
        out += unreserved ? *decoded : percent_escape(c);
        i += 2;
    }
    return out;
}

/// RFC 3986 §5.2.4 for a path that begins with a slash.
std::string without_dot_segments(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(1, end - 1);
        path.remove_prefix(end);
        if (segment == "..") out.resize(std::min(out.rfind('/'), out.size()));
        if (segment != "." && segment != "..") {
            out.push_back('/');
            out += segment;
        } else if (path.empty()) {
            out.push_back('/');
        }
    }
    return out;
}

}    // namespace

std::optional<std::string> comparable_url(std::string_view url) {
    const std::optional<Origin> origin = parse_http_origin(url);
    if (!origin) return std::nullopt;
    std::string_view path = url.substr(url.find("://") + 3);
    path = path.substr(0, path.find_first_of("?#"));
    path.remove_prefix(std::min(path.find('/'), path.size()));
    if (path.empty()) path = "/";
    const std::optional<std::string> escaped = normal_escapes(path);
    if (!escaped) return std::nullopt;
    return origin->text() + without_dot_segments(*escaped);
}

std::string recordable(std::string_view url) {
    const std::size_t colon = url.find(':');
    const std::size_t slashes = url.find_first_of("/\\");
    // `scheme:` or nothing, then slashes, then an authority if there were two.
    std::size_t at = colon < slashes && colon != std::string_view::npos ? colon + 1 : 0;
    if (at == 0 && slashes != 0) return "(no scheme, no path)";
    const std::size_t front = at;
    while (at < url.size() && (url[at] == '/' || url[at] == '\\')) ++at;
    std::string out{url.substr(0, at)};
    if (at - front < 2) return out;
    std::string_view authority = url.substr(at);
    authority = authority.substr(0, authority.find_first_of("/\\?#"));
    authority.remove_prefix(authority.rfind('@') + 1);    // 0 without one
    const std::size_t port = authority.rfind(':');
    const bool digits =
        port != std::string_view::npos && authority.find_first_not_of("0123456789", port + 1) == std::string_view::npos;
    out += digits || authority.ends_with(']') ? authority : authority.substr(0, authority.find(':'));
    return out;
}

RelativePath relative_path(std::string_view text) {
    if (!text.starts_with('/') || text.starts_with("//")) return RelativePath::unsafe;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool c1_control = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (byte < 0x20 || byte == 0x7F || text[i] == '\\' || c1_control) return RelativePath::unsafe;
    }
    const std::string path = lower(text.substr(0, text.find_first_of("?#")));
    return path.contains("%2f") || path.contains("%5c") ? RelativePath::unsafe : RelativePath::safe;
}

}    // namespace countersign

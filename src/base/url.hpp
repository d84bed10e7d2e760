// URLs as browsers read them, as far as security decisions need: origins, safe relative paths, percent-encoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign {

/// JavaScript's encodeURIComponent on UTF-8.
std::string percent_encode_component(std::string_view text);
/// One value of a query string as URLSearchParams writes it: a blank is `+`.
std::string form_encode(std::string_view text);
/// Absent if a `%` is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

/// A URL as a Location header carries it: what is not printable ASCII is percent-encoded, as browsers would.
std::string location_text(std::string_view url);

/// `url` with one more parameter in its query; query and fragment that are there stay.
std::string with_query(std::string_view url, std::string_view name, std::string_view value);

/// application/x-www-form-urlencoded or a query string, at most `max_pairs`; absent if malformed, longer, or no UTF-8.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text,
                                                                           std::size_t max_pairs = 100);

/// Scheme, host and port: what the same-origin policy compares (RFC 6454 §4). Lower case; default ports are filled in.
struct Origin {
    std::string scheme;
    std::string host;
    std::uint16_t port = 0;
    friend bool operator==(const Origin&, const Origin&) = default;
    std::string text() const;    // default ports left out
};

/// The origin of an absolute http or https URL. Absent for everything that browsers and servers could read differently:
/// user info, backslashes, control characters, non-ASCII or percent-encoded hosts (RDR-03).
std::optional<Origin> parse_http_origin(std::string_view url);

/// An http or https URL without query and fragment in the one spelling of RFC 3986 §6.2.2 and §6.2.3, so that two can
/// be compared: case of scheme and host, default port, percent-encoding, dot segments, empty path. Absent where
/// parse_http_origin is, and for a `%` without two hex digits.
std::optional<std::string> comparable_url(std::string_view url);

/// What of a URL may be written down: scheme and authority. Paths, queries and user parts carry tokens (DESIGN rule
/// 12).
std::string recordable(std::string_view url);

/// One leading `/`, no `//`, no backslash, no control characters, no encoded slash in the path (WIRE: safe relative).
enum class RelativePath : std::uint8_t { safe, unsafe };
RelativePath relative_path(std::string_view text);

}    // namespace countersign

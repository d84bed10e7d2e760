// The check that stands behind the parser, over the raw header block: what two readers could take in two ways is
// refused before anything is routed (DESIGN D4, INP-02).
#pragma once

#include "base/result.hpp"
#include "http/message.hpp"

namespace countersign::http {

struct Limits {
    std::size_t header_bytes = 16 * 1024;    // request line and fields
    std::size_t headers = 100;
    std::size_t target_bytes = 8 * 1024;
    std::size_t body_bytes = 64 * 1024;
    Milliseconds time_to_header{10'000};    // a TLS handshake included
    Milliseconds time_to_body{10'000};
    Milliseconds idle{60'000};
    Milliseconds time_to_write{10'000};
    std::size_t connections = 20'000;
    std::size_t connections_per_client = 10'000;    // a proxy in front is one client
};

/// What the header block says about the rest of the request.
struct Framing {
    enum class Version : std::uint8_t { http_1_0, http_1_1 };
    Version version = Version::http_1_1;
    Method method = Method::other;
    std::string_view target;
    std::vector<Header> headers;
    std::optional<std::size_t> content_length;
    enum class Body : std::uint8_t { none_or_length, chunked };
    Body body = Body::none_or_length;
    enum class KeepAlive : std::uint8_t { yes, no };
    KeepAlive keep_alive = KeepAlive::yes;
    enum class Expect : std::uint8_t { nothing, continue_100 };
    Expect expect = Expect::nothing;
};

/// `block` is everything up to and including the empty line. Errors: request.malformed, request.smuggling,
/// request.target, request.headers_too_large, request.body_too_large.
Result<Framing> parse_header_block(std::string_view block, const Limits& limits);

/// One field without its line end; also what trailers have to be. Errors: request.malformed, request.smuggling.
Result<Header> parse_field(std::string_view line);

/// Printable ASCII and tabs.
bool is_plain(std::string_view text);

/// A line feed without its carriage return, at or after `from`: some readers end a line there, others do not.
bool has_bare_line_feed(std::string_view text, std::size_t from);

}    // namespace countersign::http

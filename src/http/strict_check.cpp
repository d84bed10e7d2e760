#include "http/strict_check.hpp"

#include <charconv>

namespace countersign::http {
namespace {

constexpr std::array<bool, 256> token_chars = [] {    // RFC 9110 §5.6.2
    std::array<bool, 256> table{};
    for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
    for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = table[c - 32U] = true;
    for (const char c : std::string_view{"!#$%&'*+-.^_`|~"}) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool is_token(std::string_view text) {
    bool only = !text.empty();
    for (const char c : text) only &= token_chars[static_cast<unsigned char>(c)];    // no early end: names are short
    return only;
}

/// `lower` is in lower case; ASCII case of `text` is ignored.
bool same(std::string_view text, std::string_view lower) {
    return std::ranges::equal(
        text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool is_plain_slowly(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\t'; });
}

}    // namespace

/// Eight bytes at once; what is not plain text, or has a tab, is looked at again.
bool is_plain(std::string_view text) {
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101, high = ones * 0x80;
    std::uint64_t word = 0;
    if (text.size() < sizeof word) return is_plain_slowly(text);
    const auto odd_at = [&](std::size_t at) {
        std::memcpy(&word, text.data() + at, sizeof word);
        // The top bit of a byte: itself, after adding 1 (0x7F), or borrowed by taking 0x20 away (control characters).
        return (word | (word + ones) | (word - ones * 0x20)) & high;
    };
    std::uint64_t odd = odd_at(text.size() - sizeof word);    // the last eight overlap the ones before
    for (std::size_t at = 0; at + sizeof word <= text.size(); at += sizeof word) odd |= odd_at(at);
    return odd == 0 || is_plain_slowly(text);
}

namespace {

Method method_of(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, Method>, 7> known{{{"GET", Method::get},
                                                                        {"HEAD", Method::head},
                                                                        {"POST", Method::post},
                                                                        {"PUT", Method::put},
                                                                        {"PATCH", Method::patch},
                                                                        {"DELETE", Method::delete_},
                                                                        {"OPTIONS", Method::options}}};
    const auto found = std::ranges::find(known, name, [](const auto& entry) { return entry.first; });
    return found == known.end() ? Method::other : found->second;
}

/// Takes one line that ends in CRLF off the front; a bare CR or LF is refused.
Result<std::string_view> take_line(std::string_view& rest) {
    const std::size_t end = rest.find('\r');
    const std::string_view line = rest.substr(0, end);
    if (end == std::string_view::npos || rest.substr(end, 2) != "\r\n" || line.contains('\n')) {
        return fail(Code::request_smuggling, "lines that end in CRLF");
    }
    rest.remove_prefix(end + 2);
    return line;
}

/// Origin form, printable ASCII, no fragment (RFC 9112 §3.2.1).
Result<void> check_target(std::string_view target, const Limits& limits) {
    if (target.size() > limits.target_bytes)
        return fail(Code::request_headers_too_large, limits.target_bytes, target.size());
    // Targets carry tokens: of what is refused only the offending byte is written down (DESIGN rule 12).
    if (!target.starts_with('/')) return fail(Code::request_target, "origin form", target.substr(0, 1));
    const auto odd = std::ranges::find_if(target, [](char c) { return c <= 0x20 || c >= 0x7F || c == '#'; });
    if (odd != target.end()) return fail(Code::request_target, "printable ASCII without #", std::string_view{odd, 1});
    return {};
}

Result<void> read_request_line(std::string_view line, Framing& framing, const Limits& limits) {
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return fail(Code::request_malformed, "METHOD target version");
    const std::string_view method = line.substr(0, first), version = line.substr(last + 1);
    if (!is_token(method)) return fail(Code::request_malformed, "a method", method.size());
    framing.method = method_of(method);
    framing.target = line.substr(first + 1, last - first - 1);
    if (version == "HTTP/1.0") {
        framing.version = Framing::Version::http_1_0;
    } else if (version != "HTTP/1.1") {
        const bool other = version.starts_with("HTTP/") && version.size() <= std::string_view{"HTTP/1.1"}.size();
        return fail(Code::request_malformed, "HTTP/1.1", other ? version : "no version");
    }
    return check_target(framing.target, limits);
}

}    // namespace

Result<Header> parse_field(std::string_view line) {
    if (line.starts_with(' ') || line.starts_with('\t')) return fail(Code::request_smuggling, "no folded line");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return fail(Code::request_malformed, "name: value");
    Header header{line.substr(0, colon), line.substr(colon + 1)};
    if (!is_token(header.name)) return fail(Code::request_smuggling, "a field name", header.name.size());
    header.value = without_blanks(header.value);
    if (!is_plain(header.value)) return fail(Code::request_malformed, "printable ASCII in fields", header.name);
    return header;
}

namespace {

Result<void> read_length(std::string_view value, Framing& framing, const Limits& limits) {
    if (framing.content_length) return fail(Code::request_smuggling, "one Content-Length");
    const bool digits = !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) return fail(Code::request_smuggling, "Content-Length of digits", value);
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error != std::errc{} || length > limits.body_bytes)
        return fail(Code::request_body_too_large, limits.body_bytes, value);
    framing.content_length = length;
    return {};
}

Result<void> read_transfer_encoding(std::string_view value, Framing& framing) {
    const bool again = framing.body == Framing::Body::chunked;
    if (again || framing.version == Framing::Version::http_1_0 || !same(value, "chunked")) {
        return fail(Code::request_smuggling, "Transfer-Encoding: chunked, once, on HTTP/1.1", value);
    }
    framing.body = Framing::Body::chunked;
    return {};
}

/// What is decided only when all fields are known.
struct Seen {
    std::size_t hosts = 0;
    bool close = false;
    bool keep_alive = false;
    bool expects_continue = false;
};

void read_connection(std::string_view value, Seen& seen) {
    while (true) {
        const std::size_t comma = value.find(',');
        const std::string_view option = without_blanks(value.substr(0, comma));
        seen.close = seen.close || same(option, "close");
        seen.keep_alive = seen.keep_alive || same(option, "keep-alive");
        if (comma == std::string_view::npos) return;
        value.remove_prefix(comma + 1);
    }
}

Result<void> read_expect(std::string_view value, Seen& seen) {
    if (!same(value, "100-continue")) return fail(Code::request_malformed, "100-continue", value.size());
    seen.expects_continue = true;
    return {};
}

Result<void> understand(const Header& header, Framing& framing, Seen& seen, const Limits& limits) {
    const std::string_view name = header.name;
    switch (name.size()) {    // most fields are none of these
        case std::string_view{"host"}.size():
            if (same(name, "host")) ++seen.hosts;
            break;
        case std::string_view{"content-length"}.size():
            if (same(name, "content-length")) return read_length(header.value, framing, limits);
            break;
        case std::string_view{"transfer-encoding"}.size():
            if (same(name, "transfer-encoding")) return read_transfer_encoding(header.value, framing);
            break;
        case std::string_view{"connection"}.size():
            if (same(name, "connection")) read_connection(header.value, seen);
            break;
        case std::string_view{"expect"}.size():
            if (same(name, "expect")) return read_expect(header.value, seen);
            break;
        default:
            break;
    }
    return {};
}

Result<void> conclude(const Seen& seen, Framing& framing) {
    if (seen.hosts != 1) return fail(Code::request_smuggling, "exactly one Host", seen.hosts);    // RFC 9112 §3.2
    if (framing.content_length && framing.body == Framing::Body::chunked) {
        return fail(Code::request_smuggling, "Content-Length or Transfer-Encoding, not both");    // RFC 9112 §6.3
    }
    const bool old = framing.version == Framing::Version::http_1_0;
    const bool keep = !seen.close && (!old || seen.keep_alive);    // RFC 9112 §9.3
    framing.keep_alive = keep ? Framing::KeepAlive::yes : Framing::KeepAlive::no;
    const bool waits = seen.expects_continue && !old;    // RFC 9110 §10.1.1
    framing.expect = waits ? Framing::Expect::continue_100 : Framing::Expect::nothing;
    return {};
}

}    // namespace

Result<Framing> parse_header_block(std::string_view block, const Limits& limits) {
    Framing framing;
    CS_TRY(const std::string_view first, take_line(block));
    CS_CHECK(read_request_line(first, framing, limits));
    framing.headers.reserve(16);
    Seen seen;
    while (true) {
        CS_TRY(const std::string_view line, take_line(block));
        if (line.empty()) break;
        if (framing.headers.size() == limits.headers) return fail(Code::request_headers_too_large, limits.headers);
        CS_TRY(const Header header, parse_field(line));
        CS_CHECK(understand(header, framing, seen, limits));
        framing.headers.push_back(header);
    }
    CS_CHECK(conclude(seen, framing));
    return framing;
}

bool has_bare_line_feed(std::string_view text, std::size_t from) {
    for (std::size_t at = text.find('\n', from); at != std::string_view::npos; at = text.find('\n', at + 1)) {
        if (at == 0 || text[at - 1] != '\r') return true;
    }
    return false;
}

}    // namespace countersign::http

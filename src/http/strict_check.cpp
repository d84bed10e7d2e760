#include "http/strict_check.hpp"

#include <charconv>

namespace countersign::http {
namespace {

bool is_token_char(char c) {    // RFC 9110 §5.6.2
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.contains(c);
}

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

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
    const std::size_t end = rest.find_first_of("\r\n");
    if (end == std::string_view::npos || rest.substr(end, 2) != "\r\n") {
        return fail(Code::request_smuggling, "lines that end in CRLF");
    }
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
}

/// Origin form, printable ASCII, no fragment (RFC 9112 §3.2.1).
Result<void> check_target(std::string_view target, const Limits& limits) {
    if (target.size() > limits.target_bytes)
        return fail(Code::request_headers_too_large, limits.target_bytes, target.size());
    if (!target.starts_with('/')) return fail(Code::request_target, "origin form", target);
    const bool plain = std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
    if (!plain) return fail(Code::request_target, "printable ASCII without #", target);
    return {};
}

Result<void> read_request_line(std::string_view line, Framing& framing, const Limits& limits) {
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return fail(Code::request_malformed, "METHOD target version");
    const std::string_view method = line.substr(0, first), version = line.substr(last + 1);
    if (!is_token(method)) return fail(Code::request_malformed, "a method", method);
    framing.method = method_of(method);
    framing.target = line.substr(first + 1, last - first - 1);
    if (version == "HTTP/1.0") {
        framing.version = Framing::Version::http_1_0;
        framing.keep_alive = Framing::KeepAlive::no;
    } else if (version != "HTTP/1.1") {
        return fail(Code::request_malformed, "HTTP/1.1", version);
    }
    return check_target(framing.target, limits);
}

Result<Header> read_field(std::string_view line) {
    if (line.starts_with(' ') || line.starts_with('\t')) return fail(Code::request_smuggling, "no folded line");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return fail(Code::request_malformed, "name: value");
    Header header{line.substr(0, colon), line.substr(colon + 1)};
    if (!is_token(header.name)) return fail(Code::request_smuggling, "a field name", header.name);
    auto& value = header.value;
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    const bool plain = std::ranges::all_of(value, [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\t'; });
    if (!plain) return fail(Code::request_malformed, "printable ASCII in fields", header.name);
    return header;
}

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
    if (again || framing.version == Framing::Version::http_1_0 || lower(value) != "chunked") {
        return fail(Code::request_smuggling, "Transfer-Encoding: chunked, once, on HTTP/1.1", value);
    }
    framing.body = Framing::Body::chunked;
    return {};
}

void read_connection(std::string_view value, Framing& framing) {
    const std::string text = lower(value);
    if (text.contains("close")) framing.keep_alive = Framing::KeepAlive::no;
    if (text == "keep-alive") framing.keep_alive = Framing::KeepAlive::yes;
}

Result<void> understand(const Header& header, Framing& framing, std::size_t& hosts, const Limits& limits) {
    const std::string name = lower(header.name);
    if (name == "host") ++hosts;
    if (name == "content-length") return read_length(header.value, framing, limits);
    if (name == "transfer-encoding") return read_transfer_encoding(header.value, framing);
    if (name == "connection") read_connection(header.value, framing);
    if (name == "expect") {
        if (lower(header.value) != "100-continue") return fail(Code::request_malformed, "100-continue", header.value);
        framing.expect = Framing::Expect::continue_100;
    }
    return {};
}

}    // namespace

Result<Framing> parse_header_block(std::string_view block, const Limits& limits) {
    Framing framing;
    CS_TRY(const std::string_view first, take_line(block));
    CS_CHECK(read_request_line(first, framing, limits));
    framing.headers.reserve(16);
    std::size_t hosts = 0;
    while (true) {
        CS_TRY(const std::string_view line, take_line(block));
        if (line.empty()) break;
        if (framing.headers.size() == limits.headers) return fail(Code::request_headers_too_large, limits.headers);
        CS_TRY(const Header header, read_field(line));
        CS_CHECK(understand(header, framing, hosts, limits));
        framing.headers.push_back(header);
    }
    if (hosts != 1) return fail(Code::request_smuggling, "exactly one Host", hosts);    // RFC 9112 §3.2
    if (framing.content_length && framing.body == Framing::Body::chunked) {
        return fail(Code::request_smuggling, "Content-Length or Transfer-Encoding, not both");    // RFC 9112 §6.3
    }
    return framing;
}

}    // namespace countersign::http

// parse_header_block, parse_field and BodyReader over the same bytes: the body is what a second, simple reader says it
// is, and the same whole or in pieces.
#include "fuzz.hpp"
#include "http/body_reader.hpp"

using namespace countersign;

namespace {

struct Read {
    enum class End : std::uint8_t { refused, more, done };
    End end = End::more;
    std::size_t used = 0;
    std::string body;
    friend bool operator==(const Read&, const Read&) = default;
};

/// Feeds `input` in pieces of `piece` bytes, as the connection does: what is left stands in front of what comes.
Read read(const http::Framing& framing, std::string_view input, std::size_t piece, const http::Limits& limits) {
    http::BodyReader reader{framing, limits};
    Read out;
    for (std::size_t seen = std::min(piece, input.size()); out.end == Read::End::more;) {
        std::size_t used = 0;
        const auto state = reader.put(input.substr(out.used, seen - out.used), used);
        if (!state.ok()) return {.end = Read::End::refused, .used = 0, .body = {}};
        out.used += used;
        if (*state == http::BodyReader::State::done) out.end = Read::End::done;
        if (seen == input.size()) break;
        seen = std::min(seen + piece, input.size());
    }
    out.body = reader.body();
    return out;
}

/// Chunks as RFC 9112 §7.1.3 decodes them, for input that is known to be whole.
Read simple_chunks(std::string_view input) {
    Read out{.end = Read::End::done, .used = 0, .body = {}};
    const auto line = [&] {
        const std::size_t end = input.find("\r\n", out.used);
        const std::string text{input.substr(out.used, end - out.used)};
        out.used = end + 2;
        return text;
    };
    while (true) {
        const std::size_t size = std::strtoull(line().c_str(), nullptr, 16);
        if (size == 0) break;
        out.body += input.substr(out.used, size);
        out.used += size + 2;
    }
    while (!line().empty()) {
    }
    return out;
}

}    // namespace

CS_FUZZ(input) {
    const http::Limits limits{};
    const std::size_t end = input.find("\r\n\r\n");
    if (end == std::string_view::npos || end + 4 > limits.header_bytes) return;
    const std::size_t header_size = end + 4;
    const auto framing = http::parse_header_block(input.substr(0, header_size), limits);
    if (!framing.ok()) return;    // refused before anything else looks at it
    fuzz::equal("target", framing->target.starts_with('/'), true);

    const std::string_view rest = input.substr(header_size);
    const Read whole = read(*framing, rest, std::max<std::size_t>(rest.size(), 1), limits);
    fuzz::equal("in pieces", read(*framing, rest, 1 + header_size % 7, limits), whole);
    if (whole.end != Read::End::done) return;
    if (framing->body == http::Framing::Body::chunked) return fuzz::equal("chunks", whole, simple_chunks(rest));
    fuzz::equal("length", whole.used, framing->content_length.value_or(0));
    fuzz::equal("body", whole.body, rest.substr(0, whole.used));
}

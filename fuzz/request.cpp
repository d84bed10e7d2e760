// parse_header_block and RequestParser over the same bytes: the two readers must agree, whole or in pieces.
#include "fuzz.hpp"
#include "http/body_parser.hpp"

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
Read read(std::string_view input, std::size_t piece, const http::Limits& limits) {
    http::RequestParser parser{limits};
    Read out;
    for (std::size_t seen = std::min(piece, input.size()); out.end == Read::End::more;) {
        std::size_t used = 0;
        const auto state = parser.put(input.substr(out.used, seen - out.used), used);
        out.used += used;
        if (!state.ok()) out.end = Read::End::refused;
        if (state.ok() && *state == http::RequestParser::State::done) out.end = Read::End::done;
        if (seen == input.size()) break;
        seen = std::min(seen + piece, input.size());
    }
    if (out.end != Read::End::refused) out.body = parser.body();
    if (out.end == Read::End::refused) out.used = 0;
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

    const Read whole = read(input, input.size(), limits);
    if (whole.end == Read::End::refused) return;
    // A piece may end where the whole does: a refusal can come earlier or later, an acceptance must be the same.
    const Read pieces = read(input, 1 + header_size % 7, limits);
    if (whole.end == Read::End::done && pieces.end != Read::End::refused) fuzz::equal("in pieces", pieces, whole);
    if (whole.end == Read::End::more) return;
    if (framing->body == http::Framing::Body::chunked) return;
    const std::size_t length = framing->content_length.value_or(0);
    fuzz::equal("length", whole.body.size(), length);
    fuzz::equal("body", whole.body, input.substr(header_size, length));
    fuzz::equal("what belongs to the request", whole.used, header_size + length);
}

// parse_base64url, parse_base64, parse_hex: one spelling a value, so that what is accepted is written the same again.
#include "base/encoding.hpp"
#include "base/base64url_decoders.hpp"
#include "fuzz.hpp"

using namespace countersign;

namespace {
std::optional<Bytes> decoded(base64url_decoders::Decoder decoder, std::string_view text) {
    Bytes out(base64url_room(text.size()));    // exactly: a byte beyond it is found by the sanitizer
    const auto size = decoder(text, out.data());
    if (!size) return std::nullopt;
    out.resize(*size);
    return out;
}
}    // namespace

CS_FUZZ(input) {
    if (const auto bytes = parse_base64url(input)) fuzz::equal("base64url", base64url(*bytes), input);
    if (const auto wide = base64url_decoders::wide(); wide != nullptr)
        fuzz::equal("decoders", decoded(wide, input), decoded(&base64url_decoders::plain, input));
    if (const auto bytes = parse_base64(input)) fuzz::equal("base64", base64(*bytes), input);
    if (const auto bytes = parse_hex(input)) fuzz::equal("hex", hex(*bytes), input);
    const auto raw = bytes_of(input);
    fuzz::equal("bytes through base64url", text_of(*parse_base64url(base64url(raw))), input);
    fuzz::equal("bytes through base64", text_of(*parse_base64(base64(raw))), input);
    fuzz::equal("bytes through hex", text_of(*parse_hex(hex(raw))), input);
}

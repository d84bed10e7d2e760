#include "http/strict_check.hpp"

namespace countersign::http {
namespace {

/// Whether a field value of `size` letters with `odd` at one place is taken, and comes out as it went in.
testing::AssertionResult taken(std::size_t size, std::size_t place, char odd) {
    std::string value(size, 'v');
    value[place] = odd;
    const std::string block = "GET / HTTP/1.1\r\nHost: a\r\nX: <" + value + ">\r\n\r\n";
    const Result<Framing> framing = parse_header_block(block, Limits{});
    if (!framing.ok()) return testing::AssertionFailure() << framing.error().detail();
    const std::string_view seen = framing->headers.back().value;
    if (seen != "<" + value + ">") return testing::AssertionFailure() << "comes out as " << seen;
    return testing::AssertionSuccess();
}

TEST(StrictCheck, INP_02_a_field_value_is_printable_ASCII_and_tabs_at_whatever_place) {
    for (int byte = 0; byte < 256; ++byte) {
        const bool plain = (byte >= 0x20 && byte < 0x7F) || byte == '\t';
        for (const std::size_t size : {1U, 5U, 6U, 7U, 14U, 15U, 31U}) {    // around whole words of eight bytes
            for (std::size_t place = 0; place < size; ++place) {
                EXPECT_EQ(static_cast<bool>(taken(size, place, static_cast<char>(byte))), plain)
                    << "byte " << byte << " at " << place << " of " << size;
            }
        }
    }
}

TEST(StrictCheck, INP_02_a_field_name_is_a_token) {
    const std::string_view token_marks = "!#$%&'*+-.^_`|~";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const bool letter_or_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool token = letter_or_digit || (byte != 0 && token_marks.contains(c));
        for (const std::string& name : {std::string{c}, std::string{"x"} + c, std::string{c} + "x"}) {
            if (c == ':') continue;    // ends the name
            const std::string block = "GET / HTTP/1.1\r\nHost: a\r\n" + name + ": v\r\n\r\n";
            EXPECT_EQ(parse_header_block(block, Limits{}).ok(), token) << "byte " << byte;
        }
    }
}

}    // namespace
}    // namespace countersign::http

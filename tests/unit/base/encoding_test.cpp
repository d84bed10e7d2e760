#include "base/encoding.hpp"

namespace countersign {
namespace {

struct Case {
    std::string_view name;
    std::string_view text;
    std::optional<std::string_view> bytes;
};

TEST(Base64Url, TOK_10_TOK_11_one_spelling_only) {
    const Case table[]{
        {"empty", "", ""},
        {"one byte", "YQ", "a"},
        {"two bytes", "YWI", "ab"},
        {"three bytes", "YWJj", "abc"},
        {"url alphabet", "-_-_", "\xFB\xFF\xBF"},
        {"padding", "YQ==", std::nullopt},
        {"unused bits set", "YR", std::nullopt},
        {"length 1 mod 4", "YWJjY", std::nullopt},
        {"blank", "YW I", std::nullopt},
        {"line end", "YWJj\n", std::nullopt},
        {"plain alphabet", "+/+/", std::nullopt},
        {"byte over 0x7F", "YW\xC3\xA9", std::nullopt},
    };
    for (const auto& [name, text, bytes] : table) {
        const auto found = parse_base64url(text);
        ASSERT_EQ(found.has_value(), bytes.has_value()) << name;
        if (bytes) {
            EXPECT_EQ(text_of(*found), *bytes) << name;
            EXPECT_EQ(base64url(*found), text) << name;
        }
    }
}

TEST(Base64, with_padding_and_canonical) {
    const Case table[]{
        {"one byte", "YQ==", "a"},
        {"two bytes", "YWI=", "ab"},
        {"padding missing", "YQ", std::nullopt},
        {"padding doubled", "YWJj====", std::nullopt},
        {"unused bits set", "YR==", std::nullopt},
    };
    for (const auto& [name, text, bytes] : table) {
        const auto found = parse_base64(text);
        ASSERT_EQ(found.has_value(), bytes.has_value()) << name;
        if (bytes) EXPECT_EQ(base64(*found), text) << name;
    }
}

TEST(Hex, lower_case_and_even) {
    EXPECT_EQ(hex(bytes_of("\x01\xAB")), "01ab");
    EXPECT_TRUE(parse_hex("01ab").has_value());
    for (const std::string_view bad : {"01AB", "0", "zz", "0 "}) EXPECT_FALSE(parse_hex(bad).has_value()) << bad;
}

}    // namespace
}    // namespace countersign

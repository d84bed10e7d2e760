#include "base/encoding.hpp"

#include <random>

#include "base/base64url_decoders.hpp"

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

/// Behind the bytes that may be written there is a fence.
struct Decoded {
    std::optional<std::size_t> size;
    std::vector<std::byte> bytes;
    bool operator==(const Decoded&) const = default;
};
Decoded decoded(base64url_decoders::Decoder decoder, std::string_view text) {
    constexpr std::byte fence{0xA5};
    Decoded out{.size = {}, .bytes = std::vector<std::byte>(base64url_room(text.size()) + 32, fence)};
    out.size = decoder(text, out.bytes.data());
    for (std::size_t i = base64url_room(text.size()); i < out.bytes.size(); ++i) EXPECT_EQ(out.bytes[i], fence) << i;
    out.bytes.resize(out.size.value_or(0));
    return out;
}

TEST(Base64Url, TOK_10_TOK_11_the_decoders_agree) {
    const base64url_decoders::Decoder wide = base64url_decoders::wide();
    if (wide == nullptr) GTEST_SKIP() << "a processor without AVX2";
    std::mt19937_64 random{20'261'125};
    for (std::size_t size = 0; size < 300; ++size) {
        Bytes bytes(size);
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
        std::string text = base64url(bytes);
        const Decoded good = decoded(&base64url_decoders::plain, text);
        EXPECT_EQ(good.bytes, bytes);
        EXPECT_EQ(decoded(wide, text), good) << size;
        text.push_back('A');    // another length: three of four are still none
        EXPECT_EQ(decoded(wide, text), decoded(&base64url_decoders::plain, text)) << size;
    }
}

TEST(Base64Url, TOK_10_TOK_11_the_decoders_agree_on_every_byte_at_every_place) {
    const base64url_decoders::Decoder wide = base64url_decoders::wide();
    if (wide == nullptr) GTEST_SKIP() << "a processor without AVX2";
    const std::string good = base64url(bytes_of("sixty bytes or more, so that there are two blocks and a rest: 0123"));
    ASSERT_GT(good.size(), 64U);
    for (std::size_t place = 0; place < good.size(); ++place) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string text = good;
            text[place] = static_cast<char>(byte);
            const Decoded expected = decoded(&base64url_decoders::plain, text);
            EXPECT_EQ(decoded(wide, text), expected) << place << " " << byte;
            const bool of_the_alphabet = std::isalnum(byte) != 0 || byte == '-' || byte == '_';
            if (place + 1 < good.size()) EXPECT_EQ(expected.size.has_value(), of_the_alphabet) << place << " " << byte;
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

TEST(Utf8, INP_04_well_formed_or_not) {
    for (const std::string_view good : {"", "plain", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                        "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "a\xF0\x9F\x98\x80z"}) {
        EXPECT_EQ(utf8_of(good), Utf8::valid) << hex(bytes_of(good));
    }
    for (const std::string_view bad : {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xC2", "\xC2z", "\xE0\x9F\xBF",
                                       "\xE0\xA0", "\xED\xA0\x80", "\xE1\x80z", "\xF0\x8F\xBF\xBF", "\xF0\x90\x80",
                                       "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xC2\x80\x80"}) {
        EXPECT_EQ(utf8_of(bad), Utf8::invalid) << hex(bytes_of(bad));
    }
}

TEST(Encoding, TOK_10_TOK_11_both_base64url_readers_agree) {
    std::vector<std::string> texts{"",      "A",    "AA",   "AB",   "AAA", "AAB",  "AAAA",
                                   "AAAAA", "-_-_", "+/+/", "AA==", "A A", "AAA\n"};
    for (int c = 0; c < 256; ++c) {
        for (std::size_t at = 0; at < 7; ++at) {
            for (const std::size_t length : {std::size_t{4}, std::size_t{6}, std::size_t{7}}) {
                if (at >= length) continue;
                std::string text = std::string{"QUJDREA"}.substr(0, length);
                text[at] = static_cast<char>(c);
                texts.push_back(text);
            }
        }
    }
    std::size_t accepted = 0;
    for (const std::string& text : texts) {
        const auto whole = parse_base64url(text);
        Bytes room(base64url_room(text.size()));
        const auto size = parse_base64url(text, room);
        ASSERT_EQ(whole.has_value(), size.has_value()) << text;
        if (!whole) continue;
        ++accepted;
        room.resize(*size);
        EXPECT_EQ(room, *whole) << text;
    }
    EXPECT_GT(accepted, 300U);
    EXPECT_FALSE(parse_base64url("QUJD", std::span<std::byte>{}).has_value());
}

}    // namespace
}    // namespace countersign

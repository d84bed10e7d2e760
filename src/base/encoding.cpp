#include "base/encoding.hpp"

#include <array>
#include <cstdint>

#include "base/base64url_decoders.hpp"

namespace countersign {
namespace {

constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view plain_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::uint8_t foreign = 0xFF;

constexpr std::array<std::uint8_t, 256> reverse_of(std::string_view alphabet) {
    std::array<std::uint8_t, 256> table{};
    table.fill(foreign);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return table;
}
constexpr auto plain_reverse = reverse_of(plain_alphabet);
constexpr auto hex_reverse = reverse_of(hex_digits);

std::string encode(std::span<const std::byte> bytes, std::string_view alphabet) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t pool = 0;
    unsigned bits = 0;
    for (const std::byte byte : bytes) {
        pool = (pool << 8U) | std::to_integer<std::uint32_t>(byte);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            out.push_back(alphabet[(pool >> bits) & 63U]);
        }
    }
    if (bits > 0) out.push_back(alphabet[(pool << (6 - bits)) & 63U]);
    return out;
}

std::optional<Bytes> decode_plain(std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    Bytes out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t pool = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::uint8_t value = plain_reverse[static_cast<unsigned char>(c)];
        if (value == foreign) return std::nullopt;
        pool = (pool << 6U) | value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<std::byte>((pool >> bits) & 0xFFU));
        }
    }
    // A second spelling of the same bytes differs only in the unused bits (RFC 4648 §3.5).
    if ((pool & ((1U << bits) - 1U)) != 0) return std::nullopt;
    return out;
}

}    // namespace

std::string base64url(std::span<const std::byte> bytes) { return encode(bytes, url_alphabet); }

std::optional<Bytes> parse_base64url(std::string_view text) {
    Bytes out(base64url_room(text.size()));
    const auto size = parse_base64url(text, out);
    if (!size) return std::nullopt;
    out.resize(*size);
    return out;
}

std::optional<std::size_t> parse_base64url(std::string_view text, std::span<std::byte> out) {
    if (out.size() < base64url_room(text.size())) return std::nullopt;
    return base64url_decoders::best()(text, out.data());
}

std::string base64(std::span<const std::byte> bytes) {
    std::string out = encode(bytes, plain_alphabet);
    while (out.size() % 4 != 0) out.push_back('=');
    return out;
}

std::optional<Bytes> parse_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=') ++padding;
    return decode_plain(text.substr(0, text.size() - padding));
}

std::string hex(std::span<const std::byte> bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        out.push_back(hex_digits[value >> 4U]);
        out.push_back(hex_digits[value & 15U]);
    }
    return out;
}

std::optional<Bytes> parse_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const unsigned high = hex_reverse[static_cast<unsigned char>(text[i])];
        const unsigned low = hex_reverse[static_cast<unsigned char>(text[i + 1])];
        if (high == foreign || low == foreign) return std::nullopt;
        out.push_back(static_cast<std::byte>((high << 4U) | low));
    }
    return out;
}

namespace {
/// What stands in front: one character, or as much of one as there is.
struct Utf8Step {
    std::size_t length;
    Utf8 verdict;
};

Utf8Step first_character(std::string_view text) {
    const auto byte_at = [text](std::size_t at) -> unsigned {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const unsigned first = byte_at(0), second = byte_at(1);
    if (first < 0x80) return {1, Utf8::valid};
    std::size_t more = 0;
    unsigned low = 0x80, high = 0xBF;    // of the second byte: RFC 3629 §4
    if (first >= 0xC2 && first <= 0xDF) more = 1;
    if (first >= 0xE0 && first <= 0xEF) more = 2;
    if (first >= 0xF0 && first <= 0xF4) more = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    if (more == 0 || second < low || second > high) return {1, Utf8::invalid};
    for (std::size_t k = 2; k <= more; ++k) {
        if ((byte_at(k) & 0xC0U) != 0x80) return {k, Utf8::invalid};
    }
    return {1 + more, Utf8::valid};
}
}    // namespace

Utf8 utf8_of(std::string_view text) {
    while (!text.empty()) {
        const Utf8Step step = first_character(text);
        if (step.verdict == Utf8::invalid) return Utf8::invalid;
        text.remove_prefix(step.length);
    }
    return Utf8::valid;
}

std::string with_valid_utf8(std::string_view text) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";    // U+FFFD
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Utf8Step step = first_character(text);
        out += step.verdict == Utf8::valid ? text.substr(0, step.length) : replacement;
        text.remove_prefix(step.length);
    }
    return out;
}

}    // namespace countersign

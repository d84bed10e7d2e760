// Text forms of bytes: base64url without padding (RFC 4648 §5), base64 with padding (§4), lower-case hex (§8).
// Readers are strict: one spelling per value, nothing skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

using Bytes = std::vector<std::byte>;

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }
inline std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string base64url(std::span<const std::byte> bytes);
/// Absent for padding, blanks, foreign characters, length 1 mod 4, or unused bits that are not zero (TOK-10, TOK-11).
std::optional<Bytes> parse_base64url(std::string_view text);
/// The same into memory of the caller, which has room for base64url_room(text.size()) bytes: how many were written.
std::optional<std::size_t> parse_base64url(std::string_view text, std::span<std::byte> out);
constexpr std::size_t base64url_room(std::size_t length) { return length / 4 * 3 + length % 4; }

std::string base64(std::span<const std::byte> bytes);
/// With padding, canonical; anything else is absent.
std::optional<Bytes> parse_base64(std::string_view text);

std::string hex(std::span<const std::byte> bytes);
/// Lower case only, even length; anything else is absent.
std::optional<Bytes> parse_hex(std::string_view text);

/// Well-formed UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF.
enum class Utf8 : std::uint8_t { valid, invalid };
Utf8 utf8_of(std::string_view text);
/// The same text with U+FFFD for what is no UTF-8, as JavaScript's TextDecoder reads it.
std::string with_valid_utf8(std::string_view text);

}    // namespace countersign

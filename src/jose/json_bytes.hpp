// What the readers of JSON ask of single bytes, and of sixteen at once. Internal to jose.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace countersign::jose {

/// What a byte means inside a string.
enum class Byte : std::uint8_t { plain, quote, backslash, control, high };
inline constexpr std::array<Byte, 256> byte_kinds = [] {
    std::array<Byte, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        table[i] = i < 0x20 ? Byte::control : i >= 0x80 ? Byte::high : Byte::plain;
    }
    table['"'] = Byte::quote;
    table['\\'] = Byte::backslash;
    return table;
}();
inline Byte kind_of(char c) { return byte_kinds[static_cast<unsigned char>(c)]; }

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The four digits behind `\u`; the text has been validated before this is asked.
inline std::uint32_t four_digits(const char* at) {
    std::uint32_t out = 0;
    for (int i = 0; i < 4; ++i) out = (out << 4U) | static_cast<std::uint32_t>(hex_value(at[i]));
    return out;
}

#if defined(__SSE2__)
/// Of 16 bytes, a bit for each that is not plain.
inline std::uint32_t special_bits(const char* at) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // Signed: what is below a blank is a control character, or negative and so no ASCII.
    const __m128i special = _mm_or_si128(
        _mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(special));
}
#endif

/// The first byte that is not plain, or the end.
inline const char* skip_plain(const char* at, const char* end) {
#if defined(__SSE2__)
    constexpr std::ptrdiff_t block = 16;
    for (; end - at >= block; at += block) {
        if (const std::uint32_t found = special_bits(at); found != 0) return at + std::countr_zero(found);
    }
#endif
    while (at < end && kind_of(*at) == Byte::plain) ++at;
    return at;
}

}    // namespace countersign::jose

#include "base/base64url_decoders.hpp"

#include <array>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace countersign::base64url_decoders {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t foreign = 0xFF;
constexpr std::array<std::uint8_t, 256> values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(foreign);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();
std::uint32_t value_of(char c) { return values[static_cast<unsigned char>(c)]; }

}    // namespace

std::optional<std::size_t> plain(std::string_view text, std::byte* out) {
    if (text.size() % 4 == 1) return std::nullopt;
    const char* in = text.data();
    const char* const end = in + text.size();
    std::byte* const began = out;
    std::uint32_t seen = 0;    // has a high bit once any character was foreign
    for (; end - in >= 4; in += 4, out += 3) {
        const std::uint32_t a = value_of(in[0]), b = value_of(in[1]), c = value_of(in[2]), d = value_of(in[3]);
        seen |= a | b | c | d;
        const std::uint32_t pool = (a << 18U) | (b << 12U) | (c << 6U) | d;
        out[0] = static_cast<std::byte>(pool >> 16U);
        out[1] = static_cast<std::byte>(pool >> 8U);
        out[2] = static_cast<std::byte>(pool);
    }
    const auto left = end - in;
    if (left >= 2) {
        const std::uint32_t a = value_of(in[0]), b = value_of(in[1]), c = left == 3 ? value_of(in[2]) : 0;
        seen |= a | b | c;
        const std::uint32_t pool = (a << 12U) | (b << 6U) | c;
        *out++ = static_cast<std::byte>(pool >> 10U);
        if (left == 3) *out++ = static_cast<std::byte>(pool >> 2U);
        if ((pool & (left == 3 ? 3U : 0x3FFU)) != 0) return std::nullopt;    // unused bits (RFC 4648 §3.5)
    }
    if ((seen & 0xC0U) != 0) return std::nullopt;
    return static_cast<std::size_t>(out - began);
}

#if defined(__x86_64__)
namespace {

constexpr std::ptrdiff_t block = 32, block_bytes = 24;

/// What a byte means by its two halves, as tables of 16 bytes. The alphabet stands in the rows 2 to 7 of ASCII, each
/// with one distance between character and value, but for the line in row 5.
struct Halves {
    static constexpr std::size_t first_row = 2, last_row = 7, line_row = 5, row_of_line_alone = 13;
    std::array<std::uint8_t, 16> of_row{}, of_column{}, distance{};    // foreign where both have a bit
};
constexpr Halves halves = [] {
    Halves out;
    out.of_row.fill(0x80);
    out.of_column.fill(0x80);
    for (std::size_t row = Halves::first_row; row <= Halves::last_row; ++row) {
        const auto bit = static_cast<std::uint8_t>(1U << (row - Halves::first_row));
        out.of_row[row] = bit;
        for (std::size_t column = 16; column-- > 0;) {
            const std::size_t c = row * 16 + column;
            if (values[c] == foreign) {
                out.of_column[column] |= bit;
            } else {
                out.distance[c == '_' ? Halves::row_of_line_alone : row] = static_cast<std::uint8_t>(values[c] - c);
            }
        }
    }
    return out;
}();
static_assert('_' / 16 == Halves::line_row);

[[gnu::target("avx2")]] __m256i all(std::uint8_t value) { return _mm256_set1_epi8(static_cast<char>(value)); }
[[gnu::target("avx2")]] __m256i twice(const std::array<std::uint8_t, 16>& table) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}

/// The values of 32 characters; `seen` has a bit once one was foreign.
[[gnu::target("avx2")]] __m256i values_of(__m256i text, __m256i& seen) {
    const __m256i row = _mm256_and_si256(_mm256_srli_epi32(text, 4), all(0x0F));
    const __m256i column = _mm256_and_si256(text, all(0x0F));
    seen = _mm256_or_si256(seen, _mm256_and_si256(_mm256_shuffle_epi8(twice(halves.of_row), row),
                                                  _mm256_shuffle_epi8(twice(halves.of_column), column)));
    const __m256i line =
        _mm256_and_si256(_mm256_cmpeq_epi8(text, all('_')), all(Halves::row_of_line_alone - Halves::line_row));
    return _mm256_add_epi8(text, _mm256_shuffle_epi8(twice(halves.distance), _mm256_add_epi8(row, line)));
}

/// 32 values of 6 bits as 24 bytes, in the lower part.
[[gnu::target("avx2")]] __m256i packed(__m256i sixes) {
    const __m256i twelves = _mm256_maddubs_epi16(sixes, _mm256_set1_epi32(0x01400140));
    const __m256i words = _mm256_madd_epi16(twelves, _mm256_set1_epi32(0x00011000));
    const __m256i three_of_four = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,    //
                                                   2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    return _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(words, three_of_four),
                                       _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

[[gnu::target("avx2")]] std::optional<std::size_t> decode_avx2(std::string_view text, std::byte* out) {
    const char* in = text.data();
    const char* const end = in + text.size();
    std::byte* const began = out;
    __m256i seen = all(0);
    for (; end - in >= block; in += block, out += block_bytes) {
        const __m256i bytes = packed(values_of(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in)), seen));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(bytes));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(out + 16), _mm256_extracti128_si256(bytes, 1));
    }
    if (_mm256_testz_si256(seen, seen) == 0) return std::nullopt;
    const auto rest = plain({in, static_cast<std::size_t>(end - in)}, out);
    if (!rest) return std::nullopt;
    return static_cast<std::size_t>(out - began) + *rest;
}

}    // namespace

Decoder wide() { return __builtin_cpu_supports("avx2") != 0 ? &decode_avx2 : nullptr; }
#else
Decoder wide() { return nullptr; }
#endif

Decoder best() {
    static const Decoder chosen = wide() != nullptr ? wide() : &plain;
    return chosen;
}

}    // namespace countersign::base64url_decoders

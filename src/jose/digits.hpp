// Eight decimal digits at once, for the numbers of which a token has several: seconds since 1970. Internal to jose.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace countersign::jose {

/// What the eight bytes stand for; absent if one is no digit (or on a processor whose bytes stand the other way round).
inline std::optional<std::uint32_t> eight_digits(const char* at) {
    if constexpr (std::endian::native != std::endian::little) return std::nullopt;
    constexpr std::uint64_t high_halves = 0xF0F0F0F0F0F0F0F0, zeros = 0x3030303030303030, sixes = 0x0606060606060606;
    std::uint64_t text = 0;
    std::memcpy(&text, at, sizeof text);
    // From '0' to '9' the upper half of a byte is 3, and stays 3 when 6 is added.
    if ((text & high_halves) != zeros || ((text + sixes) & high_halves) != zeros) return std::nullopt;
    constexpr std::uint64_t low_bytes = 0x000000FF000000FF;
    text -= zeros;
    text = text * 10 + (text >> 8U);    // pairs, in every second byte
    constexpr std::uint64_t first_and_third = 100 + (std::uint64_t{1'000'000} << 32U);
    constexpr std::uint64_t second_and_fourth = 1 + (std::uint64_t{10'000} << 32U);
    const std::uint64_t sum = (text & low_bytes) * first_and_third + ((text >> 16U) & low_bytes) * second_and_fourth;
    return static_cast<std::uint32_t>(sum >> 32U);
}

}    // namespace countersign::jose

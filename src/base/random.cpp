#include "base/random.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>

#include "base/assert.hpp"

namespace countersign {

void SystemRandom::fill(std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        CS_ASSERT(got > 0);
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

std::string random_text(Random& random, std::size_t length, std::string_view alphabet) {
    CS_ASSERT(alphabet.size() >= 2 && alphabet.size() <= 256);
    const unsigned limit = 256U - 256U % static_cast<unsigned>(alphabet.size());
    std::string out;
    out.reserve(length);
    std::array<std::byte, 64> pool{};
    while (out.size() < length) {
        random.fill(pool);
        for (const std::byte byte : pool) {
            const auto value = std::to_integer<unsigned>(byte);
            if (value < limit && out.size() < length) out.push_back(alphabet[value % alphabet.size()]);
        }
    }
    return out;
}

std::string uuid_text(std::span<const std::byte, 16> bits, unsigned version) {
    constexpr std::size_t version_at = 6, variant_at = 8;    // the bytes that RFC 9562 §4 fixes some bits of
    std::array<std::byte, 16> bytes{};
    std::ranges::copy(bits, bytes.begin());
    bytes[version_at] = (bytes[version_at] & std::byte{0x0f}) | std::byte(version << 4U);
    bytes[variant_at] = (bytes[variant_at] & std::byte{0x3f}) | std::byte{0x80};
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == version_at || i == variant_at || i == 10) text.push_back('-');
        constexpr std::string_view digits = "0123456789abcdef";
        text.push_back(digits[std::to_integer<std::size_t>(bytes[i]) >> 4U]);
        text.push_back(digits[std::to_integer<std::size_t>(bytes[i]) & 15U]);
    }
    return text;
}

std::string random_id(Random& random, IdForm form) {
    if (form != IdForm::uuid) return random_text(random, id_length);
    constexpr unsigned of_random_bits = 4;
    std::array<std::byte, 16> bytes{};
    random.fill(bytes);
    return uuid_text(bytes, of_random_bits);
}

}    // namespace countersign

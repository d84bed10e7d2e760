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

}    // namespace countersign

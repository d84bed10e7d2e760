// Hashes of member names, by which a reader sees that one is new in its object. Internal to jose.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/random.hpp"

namespace countersign::jose {

template <class N>
N loaded(const char* at) {
    N out;
    std::memcpy(&out, at, sizeof out);
    return out;
}

/// Up to seven bytes as a number, without a loop: two reads that may overlap.
inline std::uint64_t short_piece(const char* at, std::size_t size) {
    constexpr std::size_t half = 4;
    if (size >= half)
        return loaded<std::uint32_t>(at) |
               (std::uint64_t{loaded<std::uint32_t>(at + size - half)} << (8 * (size - half)));
    if (size == 0) return 0;
    const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i); };
    return byte(0) | byte(size / 2) | byte(size - 1);
}

/// Both halves of a product in one word: every bit depends on all of both.
inline std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide{a} * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// Of a text, in pieces of eight bytes and a shorter one. Nobody outside finds names that collide: the factor is
/// random.
class NameHash {
  public:
    static constexpr std::size_t piece_size = sizeof(std::uint64_t);
    void add(std::uint64_t piece) { state_ = mixed(state_ ^ piece); }
    /// The rest, whose size stands where it has no byte.
    std::uint32_t end(std::uint64_t piece, std::size_t size) const {
        return static_cast<std::uint32_t>(mixed(state_ ^ piece ^ (std::uint64_t{size} << 56U)));
    }

  private:
    struct Random {
        std::uint64_t start, factor;
    };
    static const Random& random() {
        static const Random made = [] {
            Random out{};
            SystemRandom{}.fill(std::as_writable_bytes(std::span{&out, 1}));
            return Random{.start = out.start, .factor = out.factor | 1U};
        }();
        return made;
    }
    std::uint64_t mixed(std::uint64_t a) const { return folded_product(a, random_->factor); }
    const Random* random_ = &random();
    std::uint64_t state_ = random_->start;
};
inline constexpr std::size_t piece_size = NameHash::piece_size;

inline std::uint32_t hash_of(std::string_view plain) {
    NameHash hash;
    const char* at = plain.data();
    std::size_t left = plain.size();
    for (; left >= piece_size; at += piece_size, left -= piece_size) hash.add(loaded<std::uint64_t>(at));
    return hash.end(short_piece(at, left), left);
}

/// The same where eight bytes may be read whatever the size.
[[gnu::always_inline]] inline std::uint32_t hash_of_readable(std::string_view plain) {
    if (std::endian::native != std::endian::little || plain.size() >= piece_size) return hash_of(plain);
    const std::uint64_t mask = (std::uint64_t{1} << (8 * plain.size())) - 1;
    return NameHash{}.end(loaded<std::uint64_t>(plain.data()) & mask, plain.size());
}

/// Of what an escaped text stands for: the same as of that text.
std::uint32_t hash_of_escaped(std::string_view raw);

}    // namespace countersign::jose

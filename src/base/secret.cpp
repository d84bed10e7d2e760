#include "base/secret.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace countersign {

void wipe(std::span<std::byte> bytes) {
    if (!bytes.empty()) ::explicit_bzero(bytes.data(), bytes.size());
}

bool equal_constant_time(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
    }
    // The value passes through a register that the optimiser cannot see through, so no early exit can be introduced.
    asm volatile("" : "+r"(difference));
    return difference == 0;
}

Secret Secret::sized(std::size_t size) {
    Secret made;
    // Never null: C libraries must not be handed a null pointer even for no bytes.
    made.bytes_ = std::allocator<std::byte>{}.allocate(std::max<std::size_t>(size, 1));
    made.size_ = size;
    return made;
}

Secret::Secret(std::span<const std::byte> bytes) : Secret{sized(bytes.size())} {
    if (!bytes.empty()) std::memcpy(bytes_, bytes.data(), bytes.size());
}

Secret Secret::from_text(std::string_view text) { return Secret{std::as_bytes(std::span{text})}; }

Secret::Secret(Secret&& other) noexcept
    : bytes_{std::exchange(other.bytes_, nullptr)},
      size_{std::exchange(other.size_, 0)} {}

Secret& Secret::operator=(Secret&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
}

Secret::~Secret() {
    if (bytes_ == nullptr) return;
    wipe({bytes_, size_});
    std::allocator<std::byte>{}.deallocate(bytes_, std::max<std::size_t>(size_, 1));
}

bool Secret::equals(const Secret& other) const { return equal_constant_time(reveal_text(), other.reveal_text()); }

}    // namespace countersign

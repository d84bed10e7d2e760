#include "base/secret_pages.hpp"

#include <sys/mman.h>

#include <utility>

#include "base/assert.hpp"
#include "base/secret.hpp"

namespace countersign {

SecretPages::SecretPages(std::size_t size) : begin_{nullptr}, size_{size} {
    void* const made = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CS_ASSERT(made != MAP_FAILED);
    std::ignore = ::madvise(made, size, MADV_DONTDUMP);
    begin_ = static_cast<std::byte*>(made);
}

SecretPages::SecretPages(SecretPages&& other) noexcept
    : begin_{std::exchange(other.begin_, nullptr)},
      size_{std::exchange(other.size_, 0)} {}

SecretPages::~SecretPages() {
    if (begin_ == nullptr) return;
    wipe(writable());
    ::munmap(begin_, size_);
}

}    // namespace countersign

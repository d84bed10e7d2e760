// Memory for many secrets: its own pages, in no core dump, wiped when it goes.
#pragma once

#include <cstddef>
#include <span>

namespace countersign {

class SecretPages {
  public:
    /// Zeroed. Ends the process if there is no memory, as `new` does.
    explicit SecretPages(std::size_t size);
    SecretPages(SecretPages&& other) noexcept;
    SecretPages& operator=(SecretPages&&) = delete;
    ~SecretPages();

    std::span<std::byte> writable() { return {begin_, size_}; }
    /// Reviewers search for this word.
    std::span<const std::byte> reveal() const { return {begin_, size_}; }

  private:
    std::byte* begin_;
    std::size_t size_;
};

}    // namespace countersign

// Bytes that must not be printed, compared carelessly, copied by accident or left in memory (STYLE: secrets).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace countersign {

/// Owns secret bytes. Move-only; wiped when it goes; no stream, format or JSON writer takes it.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::span<const std::byte> bytes);
    /// The UTF-8 bytes of `text`, for secrets that are written as text.
    static Secret from_text(std::string_view text);
    /// Uninitialised room for `size` bytes, to be filled through `writable`.
    static Secret sized(std::size_t size);

    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    Secret clone() const { return Secret{reveal()}; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    /// Constant time for equal lengths; lengths are public.
    bool equals(const Secret& other) const;
    friend bool operator==(const Secret&, const Secret&) = delete;    // use equals(): constant time

    /// The bytes themselves. Reviewers search for this word.
    std::span<const std::byte> reveal() const { return {bytes_, size_}; }
    std::string_view reveal_text() const { return {reinterpret_cast<const char*>(bytes_), size_}; }
    std::span<std::byte> writable() { return {bytes_, size_}; }

  private:
    std::byte* bytes_ = nullptr;
    std::size_t size_ = 0;
};

/// Overwrites memory in a way that the compiler may not leave out.
void wipe(std::span<std::byte> bytes);
/// Constant time for equal lengths; lengths are public.
bool equal_constant_time(std::string_view a, std::string_view b);

}    // namespace countersign

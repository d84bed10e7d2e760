// Randomness as an argument: only SystemRandom touches the generator of the operating system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace countersign {

class Random {
  public:
    virtual ~Random() = default;
    /// Fills `out` with unpredictable bytes. Never fails: without a working generator the process ends (KEY-11).
    virtual void fill(std::span<std::byte> out) = 0;
};

/// getrandom(2): seeded by the kernel, safe across fork, no state of ours.
class SystemRandom final : public Random {
  public:
    void fill(std::span<std::byte> out) override;
};

inline constexpr std::string_view alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
inline constexpr std::size_t id_length = 32;    // 190 bits: the length of Better Auth's ids and session tokens

/// `length` characters, each uniform over `alphabet` (2 to 256 characters) by rejection sampling (SES-01).
std::string random_text(Random& random, std::size_t length, std::string_view alphabet = alphanumeric);

/// How the ids of rows look (Better Auth: advanced.database.generateId): 32 letters and digits, a UUID of version 4
/// (RFC 9562 §5.4), or a number that the database counts (storage/row_ids.hpp).
enum class IdForm : std::uint8_t { letters, uuid, serial };
/// The text of a UUID of these bits, but for those that say its version (RFC 9562 §4.2) and variant.
std::string uuid_text(std::span<const std::byte, 16> bits, unsigned version);
/// Of one that nobody counts: a row that is in no table has letters where the others have numbers.
std::string random_id(Random& random, IdForm form);

}    // namespace countersign

// The cost of saying no to a stranger: a hash of the scheme that a user of the table would have cost (ENU-02).
#pragma once

#include <atomic>

#include "crypto/digest.hpp"
#include "storage/storage.hpp"

namespace countersign::identity {

/// Which scheme new passwords get (DESIGN D8).
enum class HashScheme : std::uint8_t { argon2id, better_auth_scrypt };

/// Who is unknown has a place on a line, by a keyed hash of the identifier: always the same one, and nobody outside can
/// compute it. Where the line is cut is the share of Argon2id among the stored hashes.
class HashMix {
  public:
    /// `usual`: the scheme while there are no hashes to draw from.
    HashMix(storage::Storage& storage, const Clock& clock, crypto::HmacKey key, HashScheme usual)
        : storage_{&storage},
          clock_{&clock},
          key_{std::move(key)},
          argon2id_below_{usual == HashScheme::argon2id ? all : 0},
          usual_{usual} {}

    HashScheme scheme_for(std::string_view identifier) const;
    /// Counts the table: a scan, so at start and then rarely.
    Result<void> count();
    /// Counts again if that was long ago. One caller does it, the others go on with the last count.
    void count_if_due();

  private:
    static constexpr std::uint64_t all = std::uint64_t{1} << 32U;    // one more than the last place on the line
    Result<std::int64_t> hashes_between(std::string_view first, std::string_view behind_last);

    storage::Storage* storage_;
    const Clock* clock_;
    crypto::HmacKey key_;
    std::atomic<std::uint64_t> argon2id_below_;
    std::atomic<std::int64_t> due_ms_{0};
    HashScheme usual_;
};

}    // namespace countersign::identity

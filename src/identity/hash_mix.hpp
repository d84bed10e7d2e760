// The cost of saying no to a stranger: that of a hash of a user of the table (ENU-02).
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "crypto/digest.hpp"
#include "storage/storage.hpp"

namespace countersign::identity {

/// Which scheme new passwords get (DESIGN D8).
enum class HashScheme : std::uint8_t { argon2id, better_auth_scrypt };
/// A stored text of that scheme which nobody's password made.
std::string_view decoy_of(HashScheme scheme);

/// Who is unknown has a place on a line, by a keyed hash of the identifier: always the same one, and nobody outside can
/// compute it. The line is cut into the kinds of stored hashes, a scheme and a cost each, by their shares.
class HashMix {
  public:
    /// `usual`: the scheme while there are no hashes to draw from, and of hashes that cost nothing by themselves.
    HashMix(storage::Storage& storage, const Clock& clock, crypto::HmacKey key, HashScheme usual)
        : storage_{&storage},
          clock_{&clock},
          key_{std::move(key)},
          usual_{usual} {}
    HashMix(const HashMix&) = delete;
    HashMix& operator=(const HashMix&) = delete;
    ~HashMix();

    /// A stored text that costs what this stranger is to cost.
    std::string decoy_for(std::string_view identifier) const;
    /// Counts the table: a scan or two for each kind, a second for a million hashes.
    Result<void> count();
    /// Counts on a thread of its own, now and again when it is due: the start of a server does not wait for it.
    void begin_counting();
    /// To be called before a password is proved, whoever's it is: nobody is answered before the first count has ended,
    /// well or badly. Asks for the next one when the last is ten minutes old, and does not wait for that.
    void await_count();

  private:
    /// One part of the line: the places below `end` and behind the part before.
    struct Part {
        std::string decoy;
        std::uint64_t end;
    };
    struct Kind {
        std::string decoy;
        std::int64_t hashes;
    };
    Result<std::int64_t> hashes_between(std::string_view first, std::string_view behind_last);
    Result<std::optional<std::string>> first_hash_from(std::string_view least);
    /// Argon2id of ours, then the foreign kinds that cost something, then Better Auth's scrypt and what cannot be read.
    Result<std::vector<Kind>> kinds(std::int64_t hashes);
    void cut(const std::vector<Kind>& found);
    void count_when_asked();

    storage::Storage* storage_;
    const Clock* clock_;
    crypto::HmacKey key_;
    HashScheme usual_;
    mutable std::mutex lock_;    // of the line
    std::vector<Part> line_;

    std::mutex counting_;    // of all below
    std::condition_variable asked_, counted_;
    bool wanted_ = false, counted_once_ = false, stopping_ = false;
    Instant due_{};
    std::thread thread_;
};

}    // namespace countersign::identity

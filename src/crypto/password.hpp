// Password hashes (DESIGN D8) and the permits that bound how many run at once (PWD-12).
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/foreign_password.hpp"

namespace countersign::crypto {

/// Readies libsodium; to be called once before anything else of this folder. Errors: crypto.failed.
Result<void> start();

/// `foreign`: what another system made, and only signing in once reads (foreign_password.hpp).
enum class PasswordScheme : std::uint8_t { argon2id, better_auth_scrypt, foreign, unknown };
/// By the first characters; whether the rest is sound is for parse_stored_hash.
PasswordScheme scheme_of(std::string_view stored);
/// What every stored Argon2id hash of ours begins with; only these take the NFKC form. When the cost rises, the old
/// label has to stay among ours.
inline constexpr std::string_view our_argon2id = "$argon2id$v=19$m=19456,t=2,p=1$";

struct StoredHash {
    PasswordScheme scheme;
    Strength strength;
    Weight weight;
    std::uint64_t memory;    // bytes that verifying takes; 0: hardly any
    std::size_t cost_end;    // see ForeignHashFacts; 0 for Better Auth's scrypt, which has one cost and no label
};
/// Computes nothing. Errors: password.hash_unreadable, and password.hash_cost for a cost beyond our bounds (PWD-10).
Result<StoredHash> parse_stored_hash(std::string_view stored);

/// Both schemes hash the NFKC form of the password, as Better Auth does (PWD-05). Errors: crypto.failed (no memory).
Result<std::string> hash_argon2id(std::string_view password, Random& random);              // m=19 MiB, t=2, p=1
Result<std::string> hash_better_auth_scrypt(std::string_view password, Random& random);    // N=2^14, r=16, p=1

/// Errors: those of parse_stored_hash before any work, crypto.failed.
Result<PasswordCheck> verify_password(std::string_view stored, std::string_view password);
/// For who has no hash: a stored text of the scheme that nobody's password made, and that costs as much as any
/// (ENU-02).
std::string_view decoy_of(PasswordScheme ours);
/// One that costs as much as `stored`; the end of its digest is blank. Errors: those of parse_stored_hash.
Result<std::string> decoy_like(std::string_view stored);

/// Length as JavaScript counts it.
std::size_t utf16_length(std::string_view utf8);

/// How many hashes this process has computed: the counted twin of timing tests (ENU-02).
std::uint64_t hashes_done();
std::uint64_t hashes_done(PasswordScheme scheme);

class HashPermits;

/// The right to run one hash. Given back when it goes.
class [[nodiscard]] Permit {
  public:
    Permit(Permit&& other) noexcept : from_{std::exchange(other.from_, nullptr)}, count_{other.count_} {}
    Permit& operator=(Permit&&) = delete;
    ~Permit();

  private:
    friend class HashPermits;
    Permit(HashPermits& from, std::size_t count) : from_{&from}, count_{count} {}
    HashPermits* from_;
    std::size_t count_;
};

/// A hash of ours takes 19 to 32 MiB and a core for 10 to 65 ms, so permits are counted apart from threads. A stored
/// hash that takes more memory takes as many permits as it has 32 MiB, or all there are.
class HashPermits {
  public:
    HashPermits(std::size_t at_once, std::size_t waiting) : free_{at_once}, at_once_{at_once}, may_wait_{waiting} {}
    /// Waits for its turn and enough permits; overload.hash_full if too many wait already. First come, first served, so
    /// that one that needs many is not passed for ever.
    Result<Permit> acquire(std::uint64_t memory = 0);
    std::size_t at_once() const { return at_once_; }
    std::size_t in_use() const;
    std::size_t waiting() const;

  private:
    friend class Permit;
    void give_back(std::size_t count);
    mutable std::mutex lock_;
    std::condition_variable freed_;
    std::size_t free_;
    std::size_t at_once_;
    std::size_t may_wait_;
    std::size_t waiting_ = 0;
    std::uint64_t next_turn_ = 0, turn_ = 0;
};

}    // namespace countersign::crypto

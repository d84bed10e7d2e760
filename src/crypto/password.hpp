// Password hashes (DESIGN D8) and the permits that bound how many run at once (PWD-12).
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace countersign::crypto {

/// Readies libsodium; to be called once before anything else of this folder. Errors: crypto.failed.
Result<void> start();

enum class PasswordScheme : std::uint8_t { argon2id, better_auth_scrypt, unknown };
PasswordScheme scheme_of(std::string_view stored);
/// What every stored Argon2id hash begins with.
inline constexpr std::string_view argon2id_prefix = "$argon2id$v=19$";

/// Both schemes hash the NFKC form of the password, as Better Auth does (PWD-05). Errors: crypto.failed (no memory).
Result<std::string> hash_argon2id(std::string_view password, Random& random);              // m=19 MiB, t=2, p=1
Result<std::string> hash_better_auth_scrypt(std::string_view password, Random& random);    // N=2^14, r=16, p=1

enum class PasswordCheck : std::uint8_t { match, mismatch };
/// Errors: password.hash_unreadable for a stored text of no known form or of a cost beyond our bounds (PWD-10).
Result<PasswordCheck> verify_password(std::string_view stored, std::string_view password);

/// Length as JavaScript counts it.
std::size_t utf16_length(std::string_view utf8);

/// How many hashes this process has computed: the counted twin of timing tests (ENU-02).
std::uint64_t hashes_done();
std::uint64_t hashes_done(PasswordScheme scheme);

class HashPermits;

/// The right to run one hash. Given back when it goes.
class [[nodiscard]] Permit {
  public:
    Permit(Permit&& other) noexcept : from_{std::exchange(other.from_, nullptr)} {}
    Permit& operator=(Permit&&) = delete;
    ~Permit();

  private:
    friend class HashPermits;
    explicit Permit(HashPermits& from) : from_{&from} {}
    HashPermits* from_;
};

/// A hash takes 19 to 32 MiB and a core for 10 to 65 ms, so permits are counted apart from threads.
class HashPermits {
  public:
    HashPermits(std::size_t at_once, std::size_t waiting) : free_{at_once}, at_once_{at_once}, may_wait_{waiting} {}
    /// Waits for a permit; overload.hash_full if too many wait already.
    Result<Permit> acquire();
    std::size_t at_once() const { return at_once_; }
    std::size_t in_use() const;
    std::size_t waiting() const;

  private:
    friend class Permit;
    void give_back();
    mutable std::mutex lock_;
    std::condition_variable freed_;
    std::size_t free_;
    std::size_t at_once_;
    std::size_t may_wait_;
    std::size_t waiting_ = 0;
};

}    // namespace countersign::crypto

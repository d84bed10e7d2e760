#include "identity/hash_mix.hpp"

#include "base/encoding.hpp"
#include "crypto/password.hpp"
#include "storage/statements.hpp"

namespace countersign::identity {
namespace {

constexpr Seconds count_every{600};
constexpr std::string_view behind_every_hash = "\x7F";    // stored hashes are printable ASCII

/// The text behind everything that begins with `prefix`.
std::string behind(std::string_view prefix) {
    std::string out{prefix};
    ++out.back();
    return out;
}

}    // namespace

HashScheme HashMix::scheme_for(std::string_view identifier) const {
    const crypto::Sha256 mac = key_.mac(bytes_of(identifier));
    std::uint64_t place = 0;
    for (const std::byte byte : std::span{mac}.first(4)) place = place << 8U | std::to_integer<std::uint64_t>(byte);
    const bool argon2id = place < argon2id_below_.load(std::memory_order_relaxed);
    return argon2id ? HashScheme::argon2id : HashScheme::better_auth_scrypt;
}

Result<std::int64_t> HashMix::hashes_between(std::string_view first, std::string_view behind_last) {
    const storage::Value range[]{"credential", std::string{first}, std::string{behind_last}};
    return storage_->reader().count(storage::statements::account_count_hashes, range);
}

Result<void> HashMix::count() {
    due_ms_.store((clock_->now() + count_every).unix_ms(), std::memory_order_relaxed);
    CS_TRY(const std::int64_t hashes, hashes_between("", behind_every_hash));
    CS_TRY(const std::int64_t argon2id, hashes_between(crypto::our_argon2id, behind(crypto::our_argon2id)));
    std::uint64_t below = usual_ == HashScheme::argon2id ? all : 0;
    if (hashes > 0) {
        // Between the two counts rows may come: never more than all.
        const auto share = static_cast<double>(std::min(argon2id, hashes)) / static_cast<double>(hashes);
        below = static_cast<std::uint64_t>(share * static_cast<double>(all));
    }
    argon2id_below_.store(below, std::memory_order_relaxed);
    return {};
}

void HashMix::count_if_due() {
    const Instant now = clock_->now();
    std::int64_t due = due_ms_.load(std::memory_order_relaxed);
    if (now.unix_ms() < due) return;
    const std::int64_t next = (now + count_every).unix_ms();
    if (!due_ms_.compare_exchange_strong(due, next, std::memory_order_relaxed)) return;
    // A count that fails leaves the last one; the look-up that follows tells the caller what is wrong with storage.
    std::ignore = count();
}

}    // namespace countersign::identity

#include "crypto/password.hpp"

#include <sodium.h>

#include <array>
#include <atomic>

#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "crypto/kdf.hpp"
#include "crypto/nfkc.hpp"

namespace countersign::crypto {
namespace {

constexpr unsigned long long argon2_passes = 2;
constexpr std::size_t argon2_memory = std::size_t{19456} * 1024;

constexpr ScryptCost scrypt_cost{.n = 16384, .r = 16, .p = 1};           // Better Auth's
constexpr std::uint64_t one_permit = std::uint64_t{32} * 1024 * 1024;    // the memory of that scrypt
constexpr std::size_t scrypt_salt_hex = 32;
constexpr std::size_t scrypt_key_size = 64;
constexpr std::size_t scrypt_text_size = scrypt_salt_hex + 1 + 2 * scrypt_key_size;

/// Hashes by scheme.
std::array<std::atomic<std::uint64_t>, 3> hash_counters{};
std::atomic<std::uint64_t>& counter_of(PasswordScheme scheme) {
    return hash_counters[static_cast<std::size_t>(scheme)];
}
void count_hash(PasswordScheme scheme) { counter_of(scheme).fetch_add(1, std::memory_order_relaxed); }

Result<Secret> scrypt_of(std::string_view password, std::string_view salt) {
    count_hash(PasswordScheme::better_auth_scrypt);
    return scrypt(scrypt_cost, nfkc(password).reveal(), bytes_of(salt), scrypt_key_size);
}

/// Better Auth reads `salt:key` and passes over a third part.
std::optional<Bytes> scrypt_key_in(std::string_view stored) {
    return parse_hex(stored.substr(scrypt_salt_hex + 1, 2 * scrypt_key_size));
}

Result<PasswordCheck> verify_scrypt(std::string_view stored, std::string_view password) {
    const std::optional<Bytes> expected = scrypt_key_in(stored);
    CS_ASSERT(expected.has_value());
    CS_TRY(const Secret key, scrypt_of(password, stored.substr(0, scrypt_salt_hex)));
    return key.equals(Secret{*expected}) ? PasswordCheck::match : PasswordCheck::mismatch;
}

PasswordCheck verify_with_sodium(std::string_view stored, const Secret& password) {
    std::array<char, crypto_pwhash_STRBYTES> text{};
    std::ranges::copy(stored, text.begin());
    count_hash(PasswordScheme::argon2id);
    const int failed = crypto_pwhash_str_verify(text.data(), password.reveal_text().data(), password.size());
    return failed == 0 ? PasswordCheck::match : PasswordCheck::mismatch;
}

/// A hash of our cost may have come from elsewhere, where the password was hashed as it was typed.
Result<PasswordCheck> verify_argon2(std::string_view stored, std::string_view password) {
    if (!stored.starts_with(our_argon2id) || stored.size() >= crypto_pwhash_STRBYTES) {
        count_hash(PasswordScheme::argon2id);
        return verify_foreign_hash(stored, password);
    }
    const Secret normal = nfkc(password);
    const PasswordCheck check = verify_with_sodium(stored, normal);
    if (check == PasswordCheck::match || normal.reveal_text() == password) return check;
    return verify_with_sodium(stored, Secret::from_text(password));
}

}    // namespace

Result<void> start() {
    if (sodium_init() < 0) return fail(Code::crypto_failed, "libsodium");    // without it the slow code runs
    return {};
}

PasswordScheme scheme_of(std::string_view stored) {
    constexpr std::string_view argon2id_prefix = "$argon2id$v=19$";
    if (stored.starts_with(argon2id_prefix)) return PasswordScheme::argon2id;
    const bool scrypt_form = stored.size() >= scrypt_text_size && stored[scrypt_salt_hex] == ':' &&
                             (stored.size() == scrypt_text_size || stored[scrypt_text_size] == ':');
    if (scrypt_form) return PasswordScheme::better_auth_scrypt;
    return known_foreign(stored) == Known::yes ? PasswordScheme::foreign : PasswordScheme::unknown;
}

Result<StoredHash> parse_stored_hash(std::string_view stored) {
    const PasswordScheme scheme = scheme_of(stored);
    if (scheme == PasswordScheme::better_auth_scrypt) {
        if (!scrypt_key_in(stored)) return fail(Code::password_hash_unreadable, "lower-case hex");
        return StoredHash{.scheme = scheme,
                          .strength = Strength::sound,
                          .weight = Weight::heavy,
                          .memory = one_permit,
                          .cost_end = 0};
    }
    CS_TRY(const ForeignHashFacts facts, parse_foreign_hash(stored));
    return StoredHash{.scheme = scheme,
                      .strength = facts.strength,
                      .weight = facts.weight,
                      .memory = facts.memory,
                      .cost_end = facts.cost_end};
}

Result<std::string> hash_argon2id(std::string_view password, Random&) {
    // libsodium draws the salt itself, from the same generator of the operating system.
    const Secret normal = nfkc(password);
    std::array<char, crypto_pwhash_STRBYTES> text{};
    count_hash(PasswordScheme::argon2id);
    const int failed = crypto_pwhash_str_alg(text.data(), normal.reveal_text().data(), normal.size(), argon2_passes,
                                             argon2_memory, crypto_pwhash_ALG_ARGON2ID13);
    if (failed != 0) return fail(Code::crypto_failed, "19 MiB for Argon2id");
    return std::string{text.data()};
}

Result<std::string> hash_better_auth_scrypt(std::string_view password, Random& random) {
    std::array<std::byte, scrypt_salt_hex / 2> salt_bytes{};
    random.fill(salt_bytes);
    const std::string salt = hex(salt_bytes);    // the hex text itself is the salt
    CS_TRY(const Secret key, scrypt_of(password, salt));
    return salt + ":" + hex(key.reveal());
}

Result<PasswordCheck> verify_password(std::string_view stored, std::string_view password) {
    CS_TRY(const StoredHash hash, parse_stored_hash(stored));
    switch (hash.scheme) {
        case PasswordScheme::argon2id:
            return verify_argon2(stored, password);
        case PasswordScheme::better_auth_scrypt:
            return verify_scrypt(stored, password);
        case PasswordScheme::foreign:
        case PasswordScheme::unknown:    // parse_stored_hash has refused it
            break;
    }
    if (hash.weight == Weight::heavy) count_hash(PasswordScheme::foreign);
    return verify_foreign_hash(stored, password);
}

std::string_view decoy_of(PasswordScheme ours) {
    static const std::string argon2id = std::string{our_argon2id} + std::string(22, 'A') + "$" + std::string(43, 'A');
    static const std::string scrypt_text =
        std::string(scrypt_salt_hex, '0') + ":" + std::string(2 * scrypt_key_size, '0');
    CS_ASSERT(ours == PasswordScheme::argon2id || ours == PasswordScheme::better_auth_scrypt);
    return ours == PasswordScheme::argon2id ? argon2id : scrypt_text;
}

Result<std::string> decoy_like(std::string_view stored) {
    CS_TRY(const StoredHash hash, parse_stored_hash(stored));
    if (hash.scheme == PasswordScheme::better_auth_scrypt) return std::string{decoy_of(hash.scheme)};
    constexpr std::size_t blank = 31;    // the digest of bcrypt
    constexpr char zero = 'A';           // of base64; every other alphabet has the letter, too
    std::string decoy{stored};
    std::size_t at = decoy.find_last_not_of('=') + 1;
    for (std::size_t done = 0; done < blank && at > hash.cost_end && decoy[at - 1] != '$' && decoy[at - 1] != ':';
         ++done)
        decoy[--at] = zero;
    return decoy;
}

std::size_t utf16_length(std::string_view utf8) {
    std::size_t units = 0;
    for (const char c : utf8) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0U) == 0x80U) continue;    // continuation
        units += byte >= 0xF0 ? 2 : 1;            // beyond the BMP: a surrogate pair
    }
    return units;
}

std::uint64_t hashes_done(PasswordScheme scheme) {
    return scheme == PasswordScheme::unknown ? 0 : counter_of(scheme).load(std::memory_order_relaxed);
}

std::uint64_t hashes_done() {
    return hashes_done(PasswordScheme::argon2id) + hashes_done(PasswordScheme::better_auth_scrypt) +
           hashes_done(PasswordScheme::foreign);
}

Permit::~Permit() {
    if (from_ != nullptr) from_->give_back(count_);
}

Result<Permit> HashPermits::acquire(std::uint64_t memory) {
    const std::size_t wanted = std::max<std::size_t>(1, (memory + one_permit - 1) / one_permit);
    const std::size_t count = std::min(wanted, at_once_);
    std::unique_lock held{lock_};
    const bool at_once = turn_ == next_turn_ && free_ >= count;
    if (!at_once && waiting_ >= may_wait_) return fail(Code::overload_hash_full, may_wait_, waiting_);
    const std::uint64_t mine = next_turn_++;
    ++waiting_;
    freed_.wait(held, [&] { return turn_ == mine && free_ >= count; });
    --waiting_;
    ++turn_;
    free_ -= count;
    held.unlock();
    freed_.notify_all();    // the next may have enough as well
    return Permit{*this, count};
}

void HashPermits::give_back(std::size_t count) {
    {
        const std::scoped_lock held{lock_};
        free_ += count;
    }
    freed_.notify_all();
}

std::size_t HashPermits::in_use() const {
    const std::scoped_lock held{lock_};
    return at_once_ - free_;
}

std::size_t HashPermits::waiting() const {
    const std::scoped_lock held{lock_};
    return waiting_;
}

}    // namespace countersign::crypto

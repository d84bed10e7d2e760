#include "crypto/password.hpp"

#include <sodium.h>
#include <utf8proc.h>

#include <array>
#include <atomic>
#include <cstdlib>

#include "base/encoding.hpp"

namespace countersign::crypto {
namespace {

constexpr unsigned long long argon2_passes = 2;
constexpr std::size_t argon2_memory = std::size_t{19456} * 1024;
constexpr unsigned long long argon2_most_passes = 16;
constexpr std::size_t argon2_most_memory_kib = std::size_t{256} * 1024;

constexpr std::uint64_t scrypt_n = 16384;    // Better Auth's parameters
constexpr std::uint32_t scrypt_r = 16;
constexpr std::uint32_t scrypt_p = 1;
constexpr std::size_t scrypt_salt_hex = 32;
constexpr std::size_t scrypt_key_size = 64;

/// Hashes by scheme.
std::array<std::atomic<std::uint64_t>, 2> hash_counters{};
std::atomic<std::uint64_t>& counter_of(PasswordScheme scheme) {
    return hash_counters[static_cast<std::size_t>(scheme)];
}
void count_hash(PasswordScheme scheme) { counter_of(scheme).fetch_add(1, std::memory_order_relaxed); }

/// NFKC of valid UTF-8; text that is none is taken as it is, so that it hashes to something and matches nothing.
Secret nfkc(std::string_view password) {
    utf8proc_uint8_t* mapped = nullptr;
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
    const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(password.data()),
                                               static_cast<utf8proc_ssize_t>(password.size()), &mapped, options);
    if (size < 0) return Secret::from_text(password);
    const std::span bytes{reinterpret_cast<std::byte*>(mapped), static_cast<std::size_t>(size)};
    Secret out{bytes};
    wipe(bytes);
    std::free(mapped);    // utf8proc allocates with malloc
    return out;
}

Result<Secret> scrypt(std::string_view password, std::string_view salt) {
    const Secret normal = nfkc(password);
    Secret key = Secret::sized(scrypt_key_size);
    count_hash(PasswordScheme::better_auth_scrypt);
    const int failed = crypto_pwhash_scryptsalsa208sha256_ll(
        reinterpret_cast<const std::uint8_t*>(normal.reveal().data()), normal.size(),
        reinterpret_cast<const std::uint8_t*>(salt.data()), salt.size(), scrypt_n, scrypt_r, scrypt_p,
        reinterpret_cast<std::uint8_t*>(key.writable().data()), key.size());
    if (failed != 0) return fail(Code::crypto_failed, "32 MiB for scrypt");
    return key;
}

Result<PasswordCheck> verify_scrypt(std::string_view stored, std::string_view password) {
    const std::string_view salt = stored.substr(0, scrypt_salt_hex);
    const auto expected = parse_hex(stored.substr(scrypt_salt_hex + 1));
    if (!expected) return fail(Code::password_hash_unreadable, "hex");
    CS_TRY(const Secret key, scrypt(password, salt));
    return key.equals(Secret{*expected}) ? PasswordCheck::match : PasswordCheck::mismatch;
}

/// One decimal parameter of `$argon2id$v=19$m=...,t=...,p=...$`, 0 if it is not there.
unsigned long long phc_parameter(std::string_view stored, std::string_view name) {
    const std::size_t at = stored.find(name);
    if (at == std::string_view::npos) return 0;
    unsigned long long value = 0;
    for (const char c : stored.substr(at + name.size())) {
        if (c < '0' || c > '9' || value > (1ULL << 40U)) break;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
}

Result<PasswordCheck> verify_argon2(std::string_view stored, std::string_view password) {
    const auto memory = phc_parameter(stored, "$m="), passes = phc_parameter(stored, ",t=");
    if (memory == 0 || memory > argon2_most_memory_kib || passes == 0 || passes > argon2_most_passes ||
        stored.size() >= crypto_pwhash_STRBYTES) {
        return fail(Code::password_hash_unreadable, "Argon2id within our bounds of cost", memory);
    }
    std::array<char, crypto_pwhash_STRBYTES> text{};
    std::ranges::copy(stored, text.begin());
    const Secret normal = nfkc(password);
    count_hash(PasswordScheme::argon2id);
    const int failed = crypto_pwhash_str_verify(text.data(), normal.reveal_text().data(), normal.size());
    return failed == 0 ? PasswordCheck::match : PasswordCheck::mismatch;
}

}    // namespace

Result<void> start() {
    if (sodium_init() < 0) return fail(Code::crypto_failed, "libsodium");    // without it the slow code runs
    return {};
}

PasswordScheme scheme_of(std::string_view stored) {
    if (stored.starts_with(argon2id_prefix)) return PasswordScheme::argon2id;
    const bool scrypt_form =
        stored.size() == scrypt_salt_hex + 1 + 2 * scrypt_key_size && stored[scrypt_salt_hex] == ':';
    return scrypt_form ? PasswordScheme::better_auth_scrypt : PasswordScheme::unknown;
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
    CS_TRY(const Secret key, scrypt(password, salt));
    return salt + ":" + hex(key.reveal());
}

Result<PasswordCheck> verify_password(std::string_view stored, std::string_view password) {
    switch (scheme_of(stored)) {
        case PasswordScheme::argon2id:
            return verify_argon2(stored, password);
        case PasswordScheme::better_auth_scrypt:
            return verify_scrypt(stored, password);
        case PasswordScheme::unknown:
            break;
    }
    return fail(Code::password_hash_unreadable, "Argon2id or Better Auth's scrypt", stored.size());
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
    return hashes_done(PasswordScheme::argon2id) + hashes_done(PasswordScheme::better_auth_scrypt);
}

Permit::~Permit() {
    if (from_ != nullptr) from_->give_back();
}

Result<Permit> HashPermits::acquire() {
    std::unique_lock held{lock_};
    if (free_ == 0 && waiting_ >= may_wait_) return fail(Code::overload_hash_full, may_wait_, waiting_);
    ++waiting_;
    freed_.wait(held, [this] { return free_ > 0; });
    --waiting_;
    --free_;
    return Permit{*this};
}

void HashPermits::give_back() {
    {
        const std::scoped_lock held{lock_};
        ++free_;
    }
    freed_.notify_one();
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

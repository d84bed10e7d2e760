// Inside of foreign_password.cpp: what a stored text is read into, and the rows that read it.
#pragma once

#include <variant>

#include "crypto/foreign_password.hpp"
#include "crypto/kdf.hpp"

namespace countersign::crypto {

/// What its system did to a password before the work itself.
enum class Preparation : std::uint8_t {
    none,
    nfkc,
    pepper,                // `key` behind it
    sha256_hex,            // Django
    hmac_sha384_base64,    // under `key`: WordPress
    hmac_sha256_base64,    // under `key`: passlib
};

struct UnixCryptWork {
    std::string setting;                            // the whole stored text of crypt(3)
    std::size_t digest;                             // its last characters, which are compared
    std::size_t significant = std::string::npos;    // bytes of the password that count
};
struct Pbkdf2Work {
    PasswordDigest digest;
    std::uint32_t rounds;
    Bytes salt, key;
};
struct ScryptWork {
    ScryptCost cost;
    Bytes salt, key;
};
struct FirebaseWork {
    ScryptCost cost;
    Bytes salt, signer_key, sealed;
};
struct Argon2Work {
    Argon2Cost cost;
    Bytes salt, key;
};
struct PhpassWork {
    unsigned rounds_log2;
    std::string salt, text;
};
struct DigestWork {
    PasswordDigest digest;
    Bytes before, after, expected;    // salts before and behind the password
};
struct MacWork {
    PasswordDigest digest;
    Bytes key, expected;
};
struct ScramWork {
    std::uint32_t rounds;
    Bytes salt, stored_key, server_key;
};
struct LockedWork {};    // matches nothing
using Work = std::variant<UnixCryptWork, Pbkdf2Work, ScryptWork, FirebaseWork, Argon2Work, PhpassWork, DigestWork,
                          MacWork, ScramWork, LockedWork>;

struct ForeignScheme;
struct ForeignHash {
    Work work;
    std::uint64_t cost = 0;      // in the unit of the row; 0: none worth counting
    std::uint64_t memory = 0;    // bytes that the work takes; 0: hardly any
    std::size_t cost_end = 0;    // see ForeignHashFacts
    Preparation preparation = Preparation::none;
    std::string key = {};                     // of the preparation
    const ForeignScheme* scheme = nullptr;    // set by finish
};

struct ForeignScheme {
    std::string_view name;
    std::string_view prefix;
    Result<ForeignHash> (*read)(const ForeignScheme& row, std::string_view stored);
    // A cost outside `least` to `most` is refused, one below `floor` is weak. The unit is the scheme's own.
    std::uint64_t least, floor, most;
    PasswordDigest digest = PasswordDigest::sha256;    // where the scheme has one
};
inline constexpr std::uint64_t no_floor = ~std::uint64_t{0};    // weak at any cost

/// Reads a stored text from left to right. The first thing that is wrong is remembered, and told at the end.
class FormReader {
  public:
    FormReader(const ForeignScheme& row, std::string_view stored)
        : row_{&row},
          stored_{stored},
          rest_{stored.substr(row.prefix.size())} {}

    /// The text before the next `end`, which is skipped.
    std::string_view until(char end);
    std::string_view rest() { return std::exchange(rest_, {}); }
    void skip(std::string_view expected);
    /// Past every bound if it has more than 10 digits.
    std::uint64_t number(std::string_view digits);
    Bytes bytes(std::optional<Bytes> decoded, std::string_view what);
    void refuse(std::string_view expected);
    /// How far the reader has come: the end of the cost, when that was read last.
    std::size_t position() const { return stored_.size() - rest_.size(); }

    /// Errors: password.hash_unreadable, and password.hash_cost for a cost outside the row's bounds.
    Result<ForeignHash> finish(ForeignHash hash) const;

  private:
    const ForeignScheme* row_;
    std::string_view stored_, rest_;
    std::string_view missing_;    // what was expected and not there
};

/// base64 without padding, of PHC strings; passlib writes '.' for '+'.
std::optional<Bytes> bytes_of_phc(std::string_view text);
std::optional<Bytes> bytes_of_passlib(std::string_view text);
/// Hex in either case.
std::optional<Bytes> bytes_of_hex(std::string_view text);
Bytes bytes_in(std::string_view text);
/// A key that is too short would match by chance; one that is too long only costs more.
void expect_key(FormReader& reader, const Bytes& key);
/// What does not fit becomes past every bound.
std::uint32_t small(std::uint64_t number);
/// phpass has an order of bits of its own.
std::string phpass_text(std::span<const std::byte> digest);

using ReadForm = Result<ForeignHash>(const ForeignScheme&, std::string_view);
ReadForm read_bcrypt, read_wordpress, read_passlib_bcrypt, read_django_bcrypt, read_peppered_bcrypt;
ReadForm read_sha_crypt, read_md5_crypt, read_yescrypt, read_phpass, read_ldap_crypt, read_wrapped;
ReadForm read_pbkdf2, read_django_pbkdf2, read_werkzeug_pbkdf2, read_atlassian, read_aspnet_v2, read_aspnet_v3;
ReadForm read_scrypt, read_django_scrypt, read_werkzeug_scrypt, read_firebase, read_argon2, read_scram;
ReadForm read_ldap_digest, read_ldap_salted, read_django_digest, read_salted_digest, read_mac, read_locked;

/// The row whose prefix the text has; null if there is none.
const ForeignScheme* find_scheme(std::string_view stored);
Result<ForeignHash> read_foreign_hash(std::string_view stored);

}    // namespace countersign::crypto

// Keys between files and memory, in every form that they have. Nothing that is said about them holds any of a key.
#pragma once

#include <vector>

#include "cli/step.hpp"
#include "jose/key.hpp"

namespace countersign::cli {

/// The keys of a JWK, a JWK set, or PEM or DER of a key pair, public key or certificate; `-` is `in`.
Step<std::vector<jose::Jwk>> read_keys(const std::string& name, std::istream& in, std::ostream& complaints);
/// The one with this kid, or the only one. `kid` may be empty.
Step<jose::Jwk> choose_key(std::vector<jose::Jwk> keys, std::string_view kid);
/// The algorithm for this key: the one of this name, else the key's own, else the only one that fits.
Step<jose::Alg> choose_algorithm(const jose::Jwk& key, std::string_view name);
bool is_private(const jose::Jwk& key);

/// The forms that `token convert` writes, one row each.
enum class KeyForm : std::uint8_t { jwk, pem, der, pkcs8, pkcs1, sec1, jwks, public_jwk, public_pem, count_ };
struct KeyFormRow {
    KeyForm id;
    std::string_view name, meaning;
};
inline constexpr std::array key_forms{
    KeyFormRow{KeyForm::jwk, "jwk", "JWK, private if the key is"},
    KeyFormRow{KeyForm::pem, "pem", "PEM: PKCS#8 if the key is private, else SubjectPublicKeyInfo"},
    KeyFormRow{KeyForm::der, "der", "the same as DER"},
    KeyFormRow{KeyForm::pkcs8, "pkcs8", "PEM of the private key, PKCS#8"},
    KeyFormRow{KeyForm::pkcs1, "pkcs1", "PEM of the private key, PKCS#1; RSA only"},
    KeyFormRow{KeyForm::sec1, "sec1", "PEM of the private key, SEC1; EC only"},
    KeyFormRow{KeyForm::jwks, "jwks", "a set of the public halves, to be published"},
    KeyFormRow{KeyForm::public_jwk, "public-jwk", "JWK of the public half"},
    KeyFormRow{KeyForm::public_pem, "public-pem", "PEM of the public half"},
};

struct WrittenKey {
    Secret text;
    enum class Holds : std::uint8_t { public_, private_ } holds;
    enum class Kind : std::uint8_t { text, binary } kind;
};
Step<WrittenKey> write_key(const jose::Jwk& key, KeyForm form);
/// `{"keys":[...]}` of public halves; each gets a kid if it has none.
Step<WrittenKey> write_set(std::span<jose::Jwk> keys);

/// A file that did not exist before; removed again unless it is kept. Private keys are their owner's to read (0600).
class NewFile {
  public:
    static Step<NewFile> make(const std::string& name, const WrittenKey& written);
    NewFile(NewFile&& other) noexcept : name_{std::exchange(other.name_, {})} {}
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile();
    void keep() { name_.clear(); }

  private:
    explicit NewFile(std::string name) : name_{std::move(name)} {}
    std::string name_;
};

}    // namespace countersign::cli

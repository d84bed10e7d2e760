// JSON Web Encryption in compact form (RFC 7516). What is decrypted is text that somebody with the key wrote, and no
// more: whoever wants claims out of it takes verify_nested, which asks for a signature inside.
#pragma once

#include <span>

#include "base/given.hpp"
#include "base/random.hpp"
#include "jose/compact.hpp"
#include "jose/jwe_key.hpp"
#include "jose/verifier.hpp"

namespace countersign::jose {

/// What was in a JWE, and how it came.
struct Decrypted {
    Secret text;
    std::string typ, cty, kid;    // of the header; empty: none
    KeyAlg alg;
    Enc enc;
};

class Decrypter {
  public:
    /// Each key says the one way that it takes; there is no other list of what is permitted, and none by default
    /// (PBES2 is permitted by a key that is bound to it). Errors: policy.invalid without keys, or with two that a
    /// header could not tell apart.
    static Result<Decrypter> make(std::vector<DecryptionKey> keys, std::size_t max_size = max_token_size);

    /// Const use is safe from several threads. Errors: token.too_large (before anything else), jwe.malformed,
    /// jwe.header_malformed, jwe.alg_refused, jwe.enc_refused, jwe.zip_refused, jwe.password_rounds, jwe.key_refused
    /// (epk off its curve), token.kid_unknown, token.key_ambiguous, token.crit_unknown. Whatever goes wrong with the
    /// key of the content, its tag or padding is jwe.decrypt_failed, found out by the same work (TOK-30). All have one
    /// face.
    Result<Decrypted> decrypt(std::string_view token) const;

  private:
    explicit Decrypter(std::vector<DecryptionKey> keys, std::size_t max_size)
        : keys_{std::move(keys)},
          max_size_{max_size} {}
    Result<Decrypted> open(std::string_view token) const;
    Result<const DecryptionKey*> select(std::string_view alg, std::string_view enc,
                                        const std::optional<std::string>& kid) const;
    std::vector<DecryptionKey> keys_;
    std::size_t max_size_;
};

/// A signed token inside an encrypted one (RFC 7519 §5.2): `cty` says JWT, and the inner one goes through the verifier
/// like any other. Nothing of the outer header is believed. Errors: those of both; token.typ_mismatch for another cty.
Result<VerifiedToken> verify_nested(const Decrypter& decrypter, const Verifier& verifier, std::string_view token,
                                    Instant now);

/// What stands in the header beside what the key says.
struct JweFields {
    std::string_view typ, cty;
};
/// Errors: crypto.failed.
Result<std::string> encrypt_compact(const EncryptionKey& key, std::span<const std::byte> text, Random& random,
                                    JweFields fields = {});

}    // namespace countersign::jose

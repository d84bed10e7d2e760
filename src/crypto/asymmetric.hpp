// Key pairs for RSA, EC, EdDSA and X25519, X448 (which agree on keys and never sign). A key is checked when it is made
// (RFC 8725 §3.4, §3.5), so that whoever holds one need not ask again; public and private are two types, and neither is
// ever a MAC secret. Const use is safe from several threads: contexts belong to the thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/signature_types.hpp"

namespace countersign::crypto {

/// Numbers are big-endian. RSA: n and e without leading zeros. EC: x and y of the curve's size. OKP: x as encoded.
struct PublicParts {
    KeyKind kind = KeyKind::rsa;
    Curve curve = Curve::none;
    Bytes n, e, x, y;
};
struct PrivateParts {
    Secret d, p, q, dp, dq, qi;    // EC, OKP: d only
    PrivateParts clone() const {
        return {.d = d.clone(), .p = p.clone(), .q = q.clone(), .dp = dp.clone(), .dq = dq.clone(), .qi = qi.clone()};
    }
};

enum class Encoding : std::uint8_t { pem, der };
enum class PrivateForm : std::uint8_t { pkcs8, traditional };    // traditional: PKCS#1 for RSA, SEC1 for EC

inline constexpr std::size_t min_rsa_bits = 2048;
inline constexpr std::size_t max_rsa_bits = 8192;

class PublicKey {
  public:
    /// Errors: key.malformed (not on the curve, wrong length), key.weak (small or flawed RSA, small order).
    static Result<PublicKey> make(PublicParts parts);
    /// PEM or DER: SubjectPublicKeyInfo or PKCS#1. A private key is refused: it does not belong here.
    static Result<PublicKey> parse(std::span<const std::byte> text);
    /// The subject's key of an X.509 certificate, PEM or DER. Nothing else of it is looked at.
    static Result<PublicKey> parse_certificate(std::span<const std::byte> text);

    PublicKey(PublicKey&&) noexcept;
    PublicKey& operator=(PublicKey&&) noexcept;
    ~PublicKey();

    const PublicParts& parts() const;
    KeyKind kind() const { return parts().kind; }
    Curve curve() const { return parts().curve; }
    /// Of the modulus, or of the curve's field.
    std::size_t bits() const;
    /// Bytes of every signature that this key can verify, 0 if it verifies none; another length never matches.
    std::size_t signature_size() const;
    Bytes write(Encoding encoding) const;    // SubjectPublicKeyInfo

    SignatureCheck verify(SignatureMethod method, std::span<const std::byte> message,
                          std::span<const std::byte> signature) const;

  private:
    friend struct KeyHandle;
    struct Impl;
    explicit PublicKey(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

class PrivateKey {
  public:
    /// The halves must belong together. Errors: as PublicKey::make.
    static Result<PrivateKey> make(PublicParts parts, PrivateParts secrets);
    /// PEM or DER, unencrypted: PKCS#8, PKCS#1 or SEC1.
    static Result<PrivateKey> parse(std::span<const std::byte> text);
    /// `rsa_bits` counts for RSA only. Randomness is that of the library, which seeds itself from the kernel.
    static Result<PrivateKey> generate(KeyKind kind, Curve curve, std::size_t rsa_bits = min_rsa_bits);

    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;
    ~PrivateKey();

    const PublicParts& parts() const;
    const PrivateParts& secrets() const;
    PublicKey public_key() const;
    /// Errors: key.unsupported for a form that the kind of key does not have.
    Result<Secret> write(Encoding encoding, PrivateForm form) const;

    /// ECDSA in the form r||s (RFC 7518 §3.4). The method must fit the key.
    Result<Bytes> sign(SignatureMethod method, std::span<const std::byte> message) const;

  private:
    friend struct KeyHandle;
    struct Impl;
    explicit PrivateKey(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}    // namespace countersign::crypto

#include "crypto/asymmetric.hpp"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <algorithm>
#include <atomic>

#include "base/assert.hpp"
#include "crypto/ecdsa_form.hpp"
#include "crypto/key_checks.hpp"
#include "crypto/pkey.hpp"
#include "crypto/sha2.hpp"

namespace countersign::crypto {
namespace {

using In = std::span<const std::byte>;
const unsigned char* raw(In bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw_out(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

const EVP_MD* fetched(Hash hash) {
    thread_local const std::array<MdPtr, 4> digests{nullptr, MdPtr{EVP_MD_fetch(nullptr, "SHA256", nullptr)},
                                                    MdPtr{EVP_MD_fetch(nullptr, "SHA384", nullptr)},
                                                    MdPtr{EVP_MD_fetch(nullptr, "SHA512", nullptr)}};
    return digests[static_cast<std::size_t>(hash)].get();
}

bool fits(const PublicParts& parts, SignatureMethod method) {
    switch (method.scheme) {
        case Scheme::hmac:
            return false;
        case Scheme::rsa_pkcs1:
        case Scheme::rsa_pss:
            return parts.kind == KeyKind::rsa && method.hash != Hash::none;
        case Scheme::ecdsa:
            return parts.kind == KeyKind::ec && method.hash != Hash::none;
        case Scheme::eddsa:
            return parts.kind == KeyKind::okp && is_for_signatures(parts.curve) && method.hash == Hash::none;
    }
    return false;
}

bool set_parameters(EVP_PKEY_CTX* context, SignatureMethod method) {
    const EVP_MD* digest = fetched(method.hash);
    switch (method.scheme) {
        case Scheme::rsa_pkcs1:
            return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                   EVP_PKEY_CTX_set_signature_md(context, digest) == 1;
        case Scheme::rsa_pss:
            // Salt as long as the hash, MGF1 with the same hash (RFC 7518 §3.5).
            return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                   EVP_PKEY_CTX_set_signature_md(context, digest) == 1 &&
                   EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1 &&
                   EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
        case Scheme::ecdsa:
            return EVP_PKEY_CTX_set_signature_md(context, digest) == 1;
        case Scheme::hmac:
        case Scheme::eddsa:
            return false;
    }
    return false;
}

/// The context of this thread for one key and method. Few keys live in a process; more only push old ones out.
EVP_PKEY_CTX* verify_context(std::uint64_t number, EVP_PKEY* key, SignatureMethod method) {
    struct Slot {
        std::uint64_t number = 0;
        SignatureMethod method{};
        PkeyCtxPtr context;
    };
    constexpr std::size_t kept = 64;
    thread_local std::array<Slot, kept> slots;
    Slot& slot = slots[number % kept];
    if (slot.number == number && slot.method == method) return slot.context.get();
    slot = Slot{};
    PkeyCtxPtr made{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
    if (made == nullptr || EVP_PKEY_verify_init(made.get()) != 1 || !set_parameters(made.get(), method)) return nullptr;
    slot = Slot{.number = number, .method = method, .context = std::move(made)};
    return slot.context.get();
}

std::uint64_t next_number() {
    static std::atomic<std::uint64_t> next{1};
    return next.fetch_add(1);
}

}    // namespace

struct PublicKey::Impl {
    PublicParts parts;
    PkeyPtr key;
    std::uint64_t number = next_number();
};

PublicKey::PublicKey(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

Result<PublicKey> PublicKey::make(PublicParts parts) {
    CS_CHECK(check_public(parts));
    PkeyPtr key = build_pkey(parts, nullptr);
    if (key == nullptr) return fail(Code::key_malformed, "a point of the curve");
    if (use_of(parts.curve) == CurveUse::agreement) CS_CHECK(check_order(parts.curve, key.get()));
    return PublicKey{std::make_unique<Impl>(Impl{.parts = std::move(parts), .key = std::move(key)})};
}

Result<PublicKey> PublicKey::parse(In text) {
    if (decode_pkey(text, Half::private_) != nullptr) return fail(Code::key_private_in_public_set, "a public key");
    const PkeyPtr key = decode_pkey(text, Half::public_);
    if (key == nullptr) return fail(Code::key_malformed, "PEM or DER of a public key");
    CS_TRY(PublicParts parts, public_parts(key.get()));
    return make(std::move(parts));
}

Result<PublicKey> PublicKey::parse_certificate(In text) {
    const PkeyPtr key = decode_certificate_key(text);
    if (key == nullptr) return fail(Code::key_malformed, "PEM or DER of a certificate");
    CS_TRY(PublicParts parts, public_parts(key.get()));
    return make(std::move(parts));
}

const PublicParts& PublicKey::parts() const { return impl_->parts; }

std::size_t PublicKey::bits() const {
    return kind() == KeyKind::rsa ? bit_length(parts().n)
                                  : static_cast<std::size_t>(EVP_PKEY_get_bits(impl_->key.get()));
}

std::size_t PublicKey::signature_size() const {
    if (kind() == KeyKind::rsa) return parts().n.size();
    return is_for_signatures(curve()) ? 2 * row_of(curve()).size : 0;
}

Bytes PublicKey::write(Encoding encoding) const {
    const Secret text = encode_pkey(impl_->key.get(), Half::public_, encoding, "SubjectPublicKeyInfo");
    return {text.reveal().begin(), text.reveal().end()};
}

namespace {

SignatureCheck verify_ed448(EVP_PKEY* key, In message, In signature) {
    const MdCtxPtr context{EVP_MD_CTX_new()};
    const bool good =
        EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key, nullptr) == 1 &&
        EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
    if (!good) ERR_clear_error();
    return good ? SignatureCheck::match : SignatureCheck::mismatch;
}

SignatureCheck verify_sodium(const PublicParts& parts, In message, In signature) {
    const bool good = crypto_sign_verify_detached(raw(signature), raw(message), message.size(), raw(parts.x)) == 0;
    return good ? SignatureCheck::match : SignatureCheck::mismatch;
}

}    // namespace

SignatureCheck PublicKey::verify(SignatureMethod method, In message, In signature) const {
    if (!fits(parts(), method) || signature.size() != signature_size()) return SignatureCheck::mismatch;
    if (curve() == Curve::ed25519) return verify_sodium(parts(), message, signature);
    if (curve() == Curve::ed448) return verify_ed448(impl_->key.get(), message, signature);
    std::optional<EcdsaDer> der;
    if (method.scheme == Scheme::ecdsa) {
        der = to_der(curve(), signature);
        if (!der) return SignatureCheck::mismatch;
        signature = std::span{der->bytes}.first(der->size);
    }
    EVP_PKEY_CTX* context = verify_context(impl_->number, impl_->key.get(), method);
    if (context == nullptr) return SignatureCheck::mismatch;
    const Digest digest = digest_of(method.hash, message);
    const bool good = EVP_PKEY_verify(context, raw(signature), signature.size(), raw(digest.bytes), digest.size) == 1;
    if (!good) ERR_clear_error();
    return good ? SignatureCheck::match : SignatureCheck::mismatch;
}

struct PrivateKey::Impl {
    PublicParts parts;
    PrivateParts secrets;
    PkeyPtr key;
};

EVP_PKEY* KeyHandle::of(const PublicKey& key) { return key.impl_->key.get(); }
EVP_PKEY* KeyHandle::of(const PrivateKey& key) { return key.impl_->key.get(); }

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

const PublicParts& PrivateKey::parts() const { return impl_->parts; }
const PrivateParts& PrivateKey::secrets() const { return impl_->secrets; }

PublicKey PrivateKey::public_key() const {
    Result<PublicKey> made = PublicKey::make(impl_->parts);
    CS_ASSERT(made.ok());
    return *std::move(made);
}

Result<PrivateKey> PrivateKey::make(PublicParts parts, PrivateParts secrets) {
    CS_TRY(const PublicKey half, PublicKey::make(parts));
    const bool rsa = parts.kind == KeyKind::rsa;
    if (rsa &&
        (secrets.p.empty() || secrets.q.empty() || secrets.dp.empty() || secrets.dq.empty() || secrets.qi.empty())) {
        return fail(Code::key_unsupported, "RSA with both primes and exponents");
    }
    if (secrets.d.empty() || (!rsa && secrets.d.size() != row_of(parts.curve).size))
        return fail(Code::key_malformed, "d");
    PkeyPtr key = build_pkey(parts, &secrets);
    if (key == nullptr) return fail(Code::key_malformed, "numbers of a key pair");
    PrivateKey made{
        std::make_unique<Impl>(Impl{.parts = std::move(parts), .secrets = std::move(secrets), .key = std::move(key)})};
    // Halves that do not belong together would sign what nobody can verify, and can leak the private one.
    if (!rsa && !is_for_signatures(half.curve())) {
        CS_TRY(const PublicParts derived, public_parts(made.impl_->key.get()));
        if (derived.x != half.parts().x) return fail(Code::key_malformed, "halves that belong together");
        return made;
    }
    const SignatureMethod method = rsa                          ? SignatureMethod{Scheme::rsa_pkcs1, Hash::sha256}
                                   : half.kind() == KeyKind::ec ? SignatureMethod{Scheme::ecdsa, Hash::sha256}
                                                                : SignatureMethod{Scheme::eddsa, Hash::none};
    const In probe = bytes_of("countersign key pair");
    const Result<Bytes> signature = made.sign(method, probe);
    if (!signature.ok() || half.verify(method, probe, *signature) != SignatureCheck::match) {
        return fail(Code::key_malformed, "halves that belong together");
    }
    return made;
}

Result<PrivateKey> PrivateKey::parse(In text) {
    const PkeyPtr key = decode_pkey(text, Half::private_);
    if (key == nullptr) return fail(Code::key_malformed, "PEM or DER of a private key without password");
    CS_TRY(PublicParts parts, public_parts(key.get()));
    CS_TRY(PrivateParts secrets, private_parts(key.get(), parts));
    return make(std::move(parts), std::move(secrets));
}

Result<PrivateKey> PrivateKey::generate(KeyKind kind, Curve curve, std::size_t rsa_bits) {
    if (row_of(curve).kind != kind) return fail(Code::key_unsupported, "a curve of this kind of key");
    EVP_PKEY* made = nullptr;
    switch (kind) {
        case KeyKind::rsa:
            if (rsa_bits < min_rsa_bits || rsa_bits > max_rsa_bits)
                return fail(Code::key_weak, "2048 to 8192", rsa_bits);
            made = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", rsa_bits);
            break;
        case KeyKind::ec:
            made = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", row_of(curve).group.data());
            break;
        case KeyKind::okp:
            made = EVP_PKEY_Q_keygen(nullptr, nullptr, row_of(curve).group.data());
            break;
    }
    const PkeyPtr key{made};
    if (key == nullptr) return fail(Code::crypto_failed, "a new key");
    CS_TRY(PublicParts parts, public_parts(key.get()));
    CS_TRY(PrivateParts secrets, private_parts(key.get(), parts));
    return make(std::move(parts), std::move(secrets));
}

Result<Secret> PrivateKey::write(Encoding encoding, PrivateForm form) const {
    if (form == PrivateForm::traditional && impl_->parts.kind == KeyKind::okp) {
        return fail(Code::key_unsupported, "PKCS#8 for Ed25519, Ed448, X25519 and X448");    // RFC 8410 §7
    }
    const char* structure = form == PrivateForm::pkcs8 ? "PrivateKeyInfo" : "type-specific";
    Secret text = encode_pkey(impl_->key.get(), Half::private_, encoding, structure);
    if (text.empty()) return fail(Code::crypto_failed, structure);
    return text;
}

namespace {

Result<Bytes> sign_okp(const PrivateParts& secrets, const PublicParts& parts, EVP_PKEY* key, In message) {
    Bytes out(2 * row_of(parts.curve).size);
    if (parts.curve == Curve::ed25519) {
        Secret pair = Secret::sized(crypto_sign_SECRETKEYBYTES);
        std::array<std::byte, crypto_sign_PUBLICKEYBYTES> derived{};
        CS_ASSERT(crypto_sign_seed_keypair(raw_out(derived), raw_out(pair.writable()), raw(secrets.d.reveal())) == 0);
        CS_ASSERT(crypto_sign_detached(raw_out(out), nullptr, raw(message), message.size(), raw(pair.reveal())) == 0);
        return out;
    }
    const MdCtxPtr context{EVP_MD_CTX_new()};
    std::size_t size = out.size();
    const bool done = EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key, nullptr) == 1 &&
                      EVP_DigestSign(context.get(), raw_out(out), &size, raw(message), message.size()) == 1;
    ERR_clear_error();
    if (!done || size != out.size()) return fail(Code::crypto_failed, "a signature");
    return out;
}

}    // namespace

Result<Bytes> PrivateKey::sign(SignatureMethod method, In message) const {
    if (!fits(impl_->parts, method)) return fail(Code::key_unsupported, "a method of this key");
    if (method.scheme == Scheme::eddsa) return sign_okp(impl_->secrets, impl_->parts, impl_->key.get(), message);
    const PkeyCtxPtr context{EVP_PKEY_CTX_new_from_pkey(nullptr, impl_->key.get(), nullptr)};
    const Digest digest = digest_of(method.hash, message);
    Bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(impl_->key.get())));
    std::size_t size = out.size();
    const bool done = context != nullptr && EVP_PKEY_sign_init(context.get()) == 1 &&
                      set_parameters(context.get(), method) &&
                      EVP_PKEY_sign(context.get(), raw_out(out), &size, raw(digest.bytes), digest.size) == 1;
    ERR_clear_error();
    if (!done) return fail(Code::crypto_failed, "a signature");
    out.resize(size);
    if (method.scheme != Scheme::ecdsa) return out;
    std::optional<Bytes> fixed = to_raw(impl_->parts.curve, out);
    if (!fixed) return fail(Code::crypto_failed, "a signature");
    return *std::move(fixed);
}

}    // namespace countersign::crypto

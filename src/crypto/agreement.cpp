#include "crypto/agreement.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "base/assert.hpp"
#include "crypto/pkey.hpp"

namespace countersign::crypto {
namespace {

void append_number(Bytes& out, std::size_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>((number >> shift) & 0xFFU));
}

void append_text(Bytes& out, std::span<const std::byte> text) {
    append_number(out, text.size());
    out.insert(out.end(), text.begin(), text.end());
}

}    // namespace

std::optional<Secret> derive(EVP_PKEY* own, EVP_PKEY* peer) {
    const PkeyCtxPtr context{EVP_PKEY_CTX_new_from_pkey(nullptr, own, nullptr)};
    std::size_t size = 0;
    bool done = context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
                EVP_PKEY_derive_set_peer(context.get(), peer) == 1 &&
                EVP_PKEY_derive(context.get(), nullptr, &size) == 1;
    Secret out = Secret::sized(done ? size : 0);
    done = done && EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(out.writable().data()), &size) == 1;
    ERR_clear_error();
    std::byte any{0};
    for (const std::byte byte : out.reveal()) any |= byte;
    if (!done || size != out.size() || any == std::byte{0}) return std::nullopt;
    return out;
}

Result<void> check_order(Curve curve, EVP_PKEY* key) {
    // Any private key shows it: they are multiples of the cofactor.
    thread_local const PkeyPtr probe25519{EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")};
    thread_local const PkeyPtr probe448{EVP_PKEY_Q_keygen(nullptr, nullptr, "X448")};
    EVP_PKEY* probe = curve == Curve::x25519 ? probe25519.get() : probe448.get();
    CS_ASSERT(probe != nullptr);
    if (!derive(probe, key)) return fail(Code::key_weak, "a point of large order");
    return {};
}

Result<Secret> agree(const PrivateKey& own, const PublicKey& peer) {
    const Curve curve = own.parts().curve;
    if (!is_for_agreement(curve) || peer.curve() != curve) {
        return fail(Code::key_unsupported, "two keys of one curve for agreement", row_of(peer.curve()).name);
    }
    std::optional<Secret> shared = derive(KeyHandle::of(own), KeyHandle::of(peer));
    if (!shared) return fail(Code::key_weak, "a shared secret that is not zero");
    return *std::move(shared);
}

Secret concat_kdf(const Secret& shared, const DerivationInfo& info, std::size_t length) {
    thread_local const KdfPtr kdf{EVP_KDF_fetch(nullptr, "SSKDF", nullptr)};
    CS_ASSERT(kdf != nullptr);
    const KdfCtxPtr context{EVP_KDF_CTX_new(kdf.get())};
    CS_ASSERT(context != nullptr);
    Bytes other;
    append_text(other, bytes_of(info.algorithm));
    append_text(other, info.party_u);
    append_text(other, info.party_v);
    append_number(other, length * 8);
    std::string digest = "SHA256";
    Secret key = shared.clone();
    const OSSL_PARAM parameters[]{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.writable().data(), key.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, other.data(), other.size()), OSSL_PARAM_construct_end()};
    Secret out = Secret::sized(length);
    CS_ASSERT(EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(out.writable().data()), length,
                             parameters) == 1);
    return out;
}

}    // namespace countersign::crypto

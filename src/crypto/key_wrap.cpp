#include "crypto/key_wrap.hpp"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/assert.hpp"
#include "crypto/pkey.hpp"

namespace countersign::crypto {
namespace {

using In = std::span<const std::byte>;
constexpr std::size_t block = 8;    // of RFC 3394

const unsigned char* raw(In bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw_out(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

CipherCtxPtr wrap_context(const Secret& by) {
    thread_local const std::array<CipherPtr, 3> ciphers{CipherPtr{EVP_CIPHER_fetch(nullptr, "AES-128-WRAP", nullptr)},
                                                        CipherPtr{EVP_CIPHER_fetch(nullptr, "AES-192-WRAP", nullptr)},
                                                        CipherPtr{EVP_CIPHER_fetch(nullptr, "AES-256-WRAP", nullptr)}};
    CS_ASSERT(by.size() == 16 || by.size() == 24 || by.size() == 32);
    CipherCtxPtr context{EVP_CIPHER_CTX_new()};
    CS_ASSERT(context != nullptr);
    EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    // The cipher alone: the key follows with the direction.
    CS_ASSERT(EVP_CipherInit_ex2(context.get(), ciphers[by.size() / block - 2].get(), nullptr, nullptr, 1, nullptr) ==
              1);
    return context;
}

/// Absent if OpenSSL does not take the key or the hash for this padding.
PkeyCtxPtr oaep_context(EVP_PKEY* key, OaepHash hash, int (*init)(EVP_PKEY_CTX*)) {
    PkeyCtxPtr context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
    const EVP_MD* digest = hash == OaepHash::sha1 ? EVP_sha1() : EVP_sha256();
    const bool done = context != nullptr && init(context.get()) == 1 &&
                      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
                      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), digest) == 1 &&
                      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), digest) == 1;
    CS_ASSERT(done);
    return context;
}

}    // namespace

Bytes wrap_key(const Secret& by, const Secret& key) {
    CS_ASSERT(key.size() >= 2 * block && key.size() % block == 0);
    const CipherCtxPtr context = wrap_context(by);
    Bytes out(key.size() + block);
    int written = 0;
    CS_ASSERT(
        EVP_CipherInit_ex2(context.get(), nullptr, raw(by.reveal()), nullptr, 1, nullptr) == 1 &&
        EVP_CipherUpdate(context.get(), raw_out(out), &written, raw(key.reveal()), static_cast<int>(key.size())) == 1 &&
        static_cast<std::size_t>(written) == out.size());
    return out;
}

std::optional<Secret> unwrap_key(const Secret& by, In wrapped) {
    constexpr std::size_t most = 1024;
    if (wrapped.size() < 3 * block || wrapped.size() > most || wrapped.size() % block != 0) return std::nullopt;
    const CipherCtxPtr context = wrap_context(by);
    Secret out = Secret::sized(wrapped.size());
    int written = 0;
    CS_ASSERT(EVP_CipherInit_ex2(context.get(), nullptr, raw(by.reveal()), nullptr, 0, nullptr) == 1);
    const bool done = EVP_CipherUpdate(context.get(), raw_out(out.writable()), &written, raw(wrapped),
                                       static_cast<int>(wrapped.size())) == 1 &&
                      static_cast<std::size_t>(written) == wrapped.size() - block;
    ERR_clear_error();
    if (!done) return std::nullopt;
    return Secret{out.reveal().first(static_cast<std::size_t>(written))};
}

Result<Bytes> oaep_encrypt(const PublicKey& key, OaepHash hash, In message) {
    if (key.kind() != KeyKind::rsa) return fail(Code::key_unsupported, "an RSA key");
    const PkeyCtxPtr context = oaep_context(KeyHandle::of(key), hash, EVP_PKEY_encrypt_init);
    Bytes out(key.parts().n.size());
    std::size_t size = out.size();
    const bool done = EVP_PKEY_encrypt(context.get(), raw_out(out), &size, raw(message), message.size()) == 1;
    ERR_clear_error();
    if (!done || size != out.size()) return fail(Code::key_unsupported, "a shorter message", message.size());
    return out;
}

std::optional<Secret> oaep_decrypt(const PrivateKey& key, OaepHash hash, In ciphertext) {
    if (key.parts().kind != KeyKind::rsa || ciphertext.size() != key.parts().n.size()) return std::nullopt;
    const PkeyCtxPtr context = oaep_context(KeyHandle::of(key), hash, EVP_PKEY_decrypt_init);
    Secret out = Secret::sized(ciphertext.size());
    std::size_t size = out.size();
    const bool done =
        EVP_PKEY_decrypt(context.get(), raw_out(out.writable()), &size, raw(ciphertext), ciphertext.size()) == 1;
    ERR_clear_error();
    if (!done) return std::nullopt;
    return Secret{out.reveal().first(size)};
}

Secret password_key(Hash hash, const Secret& password, In salt, std::uint32_t rounds, std::size_t length) {
    const EVP_MD* digest = hash == Hash::sha256 ? EVP_sha256() : hash == Hash::sha384 ? EVP_sha384() : EVP_sha512();
    CS_ASSERT(hash != Hash::none && rounds != 0);
    Secret out = Secret::sized(length);
    CS_ASSERT(PKCS5_PBKDF2_HMAC(password.reveal_text().data(), static_cast<int>(password.size()), raw(salt),
                                static_cast<int>(salt.size()), static_cast<int>(rounds), digest,
                                static_cast<int>(length), raw_out(out.writable())) == 1);
    return out;
}

}    // namespace countersign::crypto

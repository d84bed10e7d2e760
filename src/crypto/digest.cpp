#include "crypto/digest.hpp"

#include <openssl/core_names.h>

#include <atomic>

#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "crypto/openssl.hpp"

namespace countersign::crypto {
namespace {

const unsigned char* raw(std::span<const std::byte> bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

MacCtxPtr keyed_context(std::span<const std::byte> key) {
    thread_local const MacPtr hmac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    CS_ASSERT(hmac != nullptr);
    MacCtxPtr context{EVP_MAC_CTX_new(hmac.get())};
    CS_ASSERT(context != nullptr);
    std::string digest = "SHA256";
    const OSSL_PARAM parameters[]{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                  OSSL_PARAM_construct_end()};
    // An empty key is one zero byte to HMAC, but a null key means "keep the last one" to OpenSSL.
    constexpr unsigned char zero = 0;
    const bool empty = key.empty();
    CS_ASSERT(EVP_MAC_init(context.get(), empty ? &zero : raw(key), empty ? 1 : key.size(), parameters) == 1);
    return context;
}

}    // namespace

Sha256 sha256(std::span<const std::byte> data) {
    thread_local const MdPtr digest{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    thread_local const MdCtxPtr context{EVP_MD_CTX_new()};
    CS_ASSERT(digest != nullptr && context != nullptr);
    Sha256 out{};
    const bool done = EVP_DigestInit_ex2(context.get(), digest.get(), nullptr) == 1 &&
                      EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1 &&
                      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1;
    CS_ASSERT(done);
    return out;
}

std::string token_hash(std::string_view text) { return base64url(sha256(bytes_of(text))); }

/// The key, and a number that names it in each thread's table of keyed contexts.
struct HmacKey::State {
    Secret key;
    std::uint64_t number;
};

HmacKey::HmacKey(std::span<const std::byte> key) {
    static std::atomic<std::uint64_t> next{1};
    state_ = std::make_unique<State>(State{Secret{key}, next.fetch_add(1)});
}
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;
HmacKey::~HmacKey() = default;

Sha256 HmacKey::mac(std::span<const std::byte> data) const {
    // Keyed contexts of this thread. Few keys live in a process; tests that make many only push old ones out.
    constexpr std::size_t kept = 16;
    thread_local std::array<std::pair<std::uint64_t, MacCtxPtr>, kept> contexts;
    auto& [number, context] = contexts[state_->number % kept];
    if (number != state_->number) {
        context = keyed_context(state_->key.reveal());
        number = state_->number;
    } else {
        CS_ASSERT(EVP_MAC_init(context.get(), nullptr, 0, nullptr) == 1);    // same key again, no key schedule
    }
    Sha256 out{};
    std::size_t size = 0;
    const bool done =
        EVP_MAC_update(context.get(), raw(data), data.size()) == 1 &&
        EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, out.size()) == 1;
    CS_ASSERT(done && size == out.size());
    return out;
}

HmacKey::Check HmacKey::verify(std::span<const std::byte> data, std::span<const std::byte> given) const {
    const Sha256 expected = mac(data);
    return equal_constant_time(text_of(expected), text_of(given)) ? Check::match : Check::mismatch;
}

Secret hkdf_sha256(const Secret& key_material, std::string_view salt, std::string_view info, std::size_t length) {
    thread_local const KdfPtr kdf{EVP_KDF_fetch(nullptr, "HKDF", nullptr)};
    CS_ASSERT(kdf != nullptr);
    const KdfCtxPtr context{EVP_KDF_CTX_new(kdf.get())};
    CS_ASSERT(context != nullptr);
    std::string digest = "SHA256", salt_copy{salt}, info_copy{info};
    Secret key = key_material.clone();
    const OSSL_PARAM parameters[]{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.writable().data(), key.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt_copy.data(), salt_copy.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info_copy.data(), info_copy.size()),
        OSSL_PARAM_construct_end()};
    Secret out = Secret::sized(length);
    CS_ASSERT(EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(out.writable().data()), length,
                             parameters) == 1);
    return out;
}

Secret purpose_key(const Secret& application_secret, std::string_view purpose) {
    return hkdf_sha256(application_secret, "countersign", "countersign:" + std::string{purpose} + ":v1", sha256_size);
}

std::string fingerprint(const HmacKey& installation_key, std::string_view value) {
    return hex(installation_key.mac(bytes_of(value))).substr(0, 8);
}

}    // namespace countersign::crypto

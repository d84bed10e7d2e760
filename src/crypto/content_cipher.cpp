#include "crypto/content_cipher.hpp"

#include <openssl/err.h>

#include "base/assert.hpp"
#include "crypto/mac_key.hpp"
#include "crypto/openssl.hpp"

namespace countersign::crypto {
namespace {

using In = std::span<const std::byte>;
constexpr std::size_t block = 16;
constexpr std::size_t most = std::size_t{1} << 30;    // OpenSSL counts in int

const unsigned char* raw(In bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw_out(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
int count(In bytes) { return static_cast<int>(bytes.size()); }

enum class Direction : std::uint8_t { decrypt, encrypt };

CipherCtxPtr start(const ContentCipherRow& row, Direction direction, In key, In iv) {
    thread_local std::array<CipherPtr, content_ciphers.size()> fetched;
    CipherPtr& cipher = fetched[static_cast<std::size_t>(row.id)];
    if (cipher == nullptr) cipher.reset(EVP_CIPHER_fetch(nullptr, row.cipher, nullptr));
    CipherCtxPtr context{EVP_CIPHER_CTX_new()};
    const int encrypt = direction == Direction::encrypt ? 1 : 0;
    CS_ASSERT(cipher != nullptr && context != nullptr &&
              EVP_CipherInit_ex2(context.get(), cipher.get(), raw(key), raw(iv), encrypt, nullptr) == 1);
    return context;
}

/// Absent for wrong padding; encryption always succeeds.
std::optional<Secret> run(EVP_CIPHER_CTX* context, In text) {
    Secret out = Secret::sized(text.size() + block);
    int written = 0, last = 0;
    const bool done =
        (text.empty() || EVP_CipherUpdate(context, raw_out(out.writable()), &written, raw(text), count(text)) == 1) &&
        EVP_CipherFinal_ex(context, raw_out(out.writable().subspan(static_cast<std::size_t>(written))), &last) == 1;
    ERR_clear_error();
    if (!done) return std::nullopt;
    return Secret{out.reveal().first(static_cast<std::size_t>(written) + static_cast<std::size_t>(last))};
}

void add_aad(EVP_CIPHER_CTX* context, In aad) {
    int ignored = 0;
    CS_ASSERT(aad.empty() || EVP_CipherUpdate(context, nullptr, &ignored, raw(aad), count(aad)) == 1);
}

/// The first half of the key is for the MAC, the second for the cipher (RFC 7518 §5.2.2.1).
In mac_half(In key) { return key.first(key.size() / 2); }
In cipher_half(In key) { return key.last(key.size() / 2); }

MacKey::Mac mac_of(const ContentCipherRow& row, In key, In aad, In iv, In ciphertext) {
    Bytes input;
    input.reserve(aad.size() + iv.size() + ciphertext.size() + 8);
    for (const In part : {aad, iv, ciphertext}) input.insert(input.end(), part.begin(), part.end());
    const std::uint64_t bits = std::uint64_t{aad.size()} * 8;
    for (int shift = 56; shift >= 0; shift -= 8) input.push_back(static_cast<std::byte>((bits >> shift) & 0xFFU));
    return MacKey{row.mac, mac_half(key)}.mac(input);
}

bool is_gcm(const ContentCipherRow& row) { return row.mac == Hash::none; }

std::optional<Secret> open_gcm(const ContentCipherRow& row, In key, const SealedView& sealed, In aad) {
    const CipherCtxPtr context = start(row, Direction::decrypt, key, sealed.iv);
    Bytes tag{sealed.tag.begin(), sealed.tag.end()};
    CS_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, count(tag), tag.data()) == 1);
    add_aad(context.get(), aad);
    return run(context.get(), sealed.ciphertext);
}

std::optional<Secret> open_cbc(const ContentCipherRow& row, In key, const SealedView& sealed, In aad) {
    const MacKey::Mac expected = mac_of(row, key, aad, sealed.iv, sealed.ciphertext);
    const bool good = equal_constant_time(text_of(expected.span().first(row.tag_size)), text_of(sealed.tag));
    if (!good || sealed.ciphertext.empty() || sealed.ciphertext.size() % block != 0) return std::nullopt;
    return run(start(row, Direction::decrypt, cipher_half(key), sealed.iv).get(), sealed.ciphertext);
}

}    // namespace

Sealed seal(ContentCipher cipher, const Secret& key, In text, In aad, Random& random) {
    const ContentCipherRow& row = row_of(cipher);
    CS_ASSERT(key.size() == row.key_size && text.size() < most && aad.size() < most);
    Sealed out{.iv = Bytes(row.iv_size), .ciphertext = {}, .tag = Bytes(row.tag_size)};
    random.fill(out.iv);
    const In cipher_key = is_gcm(row) ? key.reveal() : cipher_half(key.reveal());
    const CipherCtxPtr context = start(row, Direction::encrypt, cipher_key, out.iv);
    if (is_gcm(row)) add_aad(context.get(), aad);
    const std::optional<Secret> done = run(context.get(), text);
    CS_ASSERT(done.has_value());
    out.ciphertext.assign(done->reveal().begin(), done->reveal().end());
    if (is_gcm(row)) {
        CS_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, count(out.tag), out.tag.data()) == 1);
        return out;
    }
    const MacKey::Mac mac = mac_of(row, key.reveal(), aad, out.iv, out.ciphertext);
    std::ranges::copy(mac.span().first(row.tag_size), out.tag.begin());
    return out;
}

std::optional<Secret> open(ContentCipher cipher, const Secret& key, const SealedView& sealed, In aad) {
    const ContentCipherRow& row = row_of(cipher);
    CS_ASSERT(key.size() == row.key_size);
    if (sealed.iv.size() != row.iv_size || sealed.tag.size() != row.tag_size) return std::nullopt;
    if (sealed.ciphertext.size() >= most || aad.size() >= most) return std::nullopt;
    return is_gcm(row) ? open_gcm(row, key.reveal(), sealed, aad) : open_cbc(row, key.reveal(), sealed, aad);
}

}    // namespace countersign::crypto

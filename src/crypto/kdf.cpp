#include "crypto/kdf.hpp"

#include <argon2.h>
#include <crypt.h>
#include <sodium.h>

#include "base/assert.hpp"
#include "crypto/openssl.hpp"

namespace countersign::crypto {
namespace {

using In = std::span<const std::byte>;
/// An empty view may have no memory behind it, which not every library takes for nothing.
const unsigned char* raw(In bytes) {
    static constexpr unsigned char nothing = 0;
    return bytes.empty() ? &nothing : reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw_out(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

struct DigestRow {
    PasswordDigest id;
    const char* name;    // OpenSSL's
    std::size_t size;
};
constexpr std::array digests{DigestRow{PasswordDigest::md5, "MD5", 16}, DigestRow{PasswordDigest::sha1, "SHA1", 20},
                             DigestRow{PasswordDigest::sha256, "SHA256", 32},
                             DigestRow{PasswordDigest::sha384, "SHA384", 48},
                             DigestRow{PasswordDigest::sha512, "SHA512", 64}};
const DigestRow& row_of(PasswordDigest digest) { return digests[static_cast<std::size_t>(digest)]; }

const EVP_MD* fetched(PasswordDigest digest) {
    thread_local std::array<MdPtr, digests.size()> kept;
    MdPtr& found = kept[static_cast<std::size_t>(digest)];
    if (found == nullptr) found.reset(EVP_MD_fetch(nullptr, row_of(digest).name, nullptr));
    CS_ASSERT(found != nullptr);
    return found.get();
}

void digest_into(EVP_MD_CTX* context, PasswordDigest digest, std::initializer_list<In> parts, unsigned char* out) {
    bool done = EVP_DigestInit_ex2(context, fetched(digest), nullptr) == 1;
    for (const In part : parts) done = done && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
    CS_ASSERT(done && EVP_DigestFinal_ex(context, out, nullptr) == 1);
}

argon2_type type_of(Argon2Type type) {
    switch (type) {
        case Argon2Type::d:
            return Argon2_d;
        case Argon2Type::i:
            return Argon2_i;
        case Argon2Type::id:
            break;
    }
    return Argon2_id;
}

/// libargon2 only reads what it is given, as no flag asks it to clear anything.
std::uint8_t* as_argon2_wants(In bytes) {
    return const_cast<std::uint8_t*>(raw(bytes));    // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

}    // namespace

std::size_t digest_size(PasswordDigest digest) { return row_of(digest).size; }

Secret digest_of_parts(PasswordDigest digest, std::initializer_list<In> parts) {
    const MdCtxPtr context{EVP_MD_CTX_new()};
    CS_ASSERT(context != nullptr);
    Secret out = Secret::sized(digest_size(digest));
    digest_into(context.get(), digest, parts, raw_out(out.writable()));
    return out;
}

Secret hmac(PasswordDigest digest, In key, In text) {
    Secret out = Secret::sized(digest_size(digest));
    std::size_t size = 0;
    const unsigned char* done = EVP_Q_mac(nullptr, "HMAC", nullptr, row_of(digest).name, nullptr, raw(key), key.size(),
                                          raw(text), text.size(), raw_out(out.writable()), out.size(), &size);
    CS_ASSERT(done != nullptr && size == out.size());
    return out;
}

Secret pbkdf2(PasswordDigest digest, In password, In salt, std::uint32_t rounds, std::size_t length) {
    CS_ASSERT(rounds != 0);
    Secret out = Secret::sized(length);
    CS_ASSERT(PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(raw(password)), static_cast<int>(password.size()),
                                raw(salt), static_cast<int>(salt.size()), static_cast<int>(rounds), fetched(digest),
                                static_cast<int>(length), raw_out(out.writable())) == 1);
    return out;
}

Result<Secret> scrypt(const ScryptCost& cost, In password, In salt, std::size_t length) {
    Secret key = Secret::sized(length);
    const int failed = crypto_pwhash_scryptsalsa208sha256_ll(raw(password), password.size(), raw(salt), salt.size(),
                                                             cost.n, cost.r, cost.p, raw_out(key.writable()), length);
    if (failed != 0) return fail(Code::crypto_failed, "memory for scrypt");
    return key;
}

Result<Secret> argon2(const Argon2Cost& cost, const Argon2Input& input, std::size_t length) {
    Secret key = Secret::sized(length);
    const auto size = [](In bytes) { return static_cast<std::uint32_t>(bytes.size()); };
    argon2_context context{.out = raw_out(key.writable()),
                           .outlen = static_cast<std::uint32_t>(length),
                           .pwd = as_argon2_wants(input.password),
                           .pwdlen = size(input.password),
                           .salt = as_argon2_wants(input.salt),
                           .saltlen = size(input.salt),
                           .secret = as_argon2_wants(input.secret),
                           .secretlen = size(input.secret),
                           .ad = as_argon2_wants(input.data),
                           .adlen = size(input.data),
                           .t_cost = cost.passes,
                           .m_cost = cost.memory_kib,
                           .lanes = cost.lanes,
                           .threads = 1,    // a permit is for one core
                           .version = cost.version,
                           .allocate_cbk = nullptr,
                           .free_cbk = nullptr,
                           .flags = ARGON2_DEFAULT_FLAGS};
    const int status = argon2_ctx(&context, type_of(cost.type));
    if (status != ARGON2_OK) return fail(Code::crypto_failed, "Argon2", argon2_error_message(status));
    return key;
}

Secret iterated_md5(unsigned rounds_log2, std::string_view salt, In password) {
    const MdCtxPtr context{EVP_MD_CTX_new()};
    CS_ASSERT(context != nullptr && rounds_log2 < 31);
    Secret state = Secret::sized(digest_size(PasswordDigest::md5));
    digest_into(context.get(), PasswordDigest::md5, {bytes_of(salt), password}, raw_out(state.writable()));
    for (std::uint32_t round = 0; round < std::uint32_t{1} << rounds_log2; ++round)
        digest_into(context.get(), PasswordDigest::md5, {state.reveal(), password}, raw_out(state.writable()));
    return state;
}

Bytes aes256_ctr(const Secret& key, In text) {
    const CipherPtr cipher{EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr)};
    const CipherCtxPtr context{EVP_CIPHER_CTX_new()};
    constexpr std::array<unsigned char, 16> counter{};
    Bytes out(text.size());
    int written = 0;
    const bool done =
        cipher != nullptr && context != nullptr && key.size() == 32 &&
        EVP_EncryptInit_ex2(context.get(), cipher.get(), raw(key.reveal()), counter.data(), nullptr) == 1 &&
        EVP_EncryptUpdate(context.get(), raw_out(out), &written, raw(text), static_cast<int>(text.size())) == 1;
    CS_ASSERT(done && static_cast<std::size_t>(written) == out.size());
    return out;
}

std::optional<std::string> unix_crypt(const Secret& password, const std::string& setting) {
    Secret text = Secret::sized(password.size() + 1);    // with the NUL that ends it
    std::ranges::copy(password.reveal(), text.writable().begin());
    text.writable().back() = std::byte{0};
    const auto work = std::make_unique<crypt_data>();
    const char* out = crypt_r(text.reveal_text().data(), setting.c_str(), work.get());
    std::optional<std::string> made;
    if (out != nullptr && out[0] != '*') made = out;    // '*' is how libxcrypt says no
    wipe(std::as_writable_bytes(std::span{work.get(), 1}));
    return made;
}

}    // namespace countersign::crypto

#include "crypto/ed25519.hpp"

#include <sodium.h>

#include "base/assert.hpp"
#include "base/json.hpp"

namespace countersign::crypto {
namespace {

unsigned char* raw_out(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* raw(std::span<const std::byte> bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

Result<Bytes> member_bytes(const json::Value& jwk, std::string_view name, std::size_t size) {
    const json::Value* found = jwk.find(name);
    const std::string* text = found == nullptr ? nullptr : found->as_string();
    if (text == nullptr) return fail(Code::secret_unusable, name, "absent");
    std::optional<Bytes> bytes = parse_base64url(*text);
    if (!bytes || bytes->size() != size) return fail(Code::secret_unusable, "base64url of 32 bytes", name);
    return *std::move(bytes);
}

}    // namespace

Ed25519Key::Ed25519Key(const Secret& seed) : secret_{Secret::sized(crypto_sign_SECRETKEYBYTES)} {
    CS_ASSERT(seed.size() == crypto_sign_SEEDBYTES);
    CS_ASSERT(crypto_sign_seed_keypair(raw_out(public_), raw_out(secret_.writable()), raw(seed.reveal())) == 0);
}

Ed25519Key Ed25519Key::generate(Random& random) {
    Secret seed = Secret::sized(crypto_sign_SEEDBYTES);
    random.fill(seed.writable());
    return Ed25519Key{seed};
}

Result<Ed25519Key> Ed25519Key::from_jwk(std::string_view private_jwk) {
    const Result<json::Value> jwk = json::parse(private_jwk);
    if (!jwk.ok()) return fail(Code::secret_unusable, "a JWK");
    CS_TRY(Bytes seed, member_bytes(*jwk, "d", crypto_sign_SEEDBYTES));
    CS_TRY(const Bytes given_public, member_bytes(*jwk, "x", crypto_sign_PUBLICKEYBYTES));
    Ed25519Key made{Secret{seed}};
    wipe(seed);
    // A pair that does not belong together would sign what nobody can verify, or leak the seed by two signatures.
    if (!std::ranges::equal(made.public_, given_public)) return fail(Code::secret_unusable, "x that belongs to d");
    return made;
}

Ed25519Signature Ed25519Key::sign(std::span<const std::byte> message) const {
    Ed25519Signature out{};
    CS_ASSERT(crypto_sign_detached(raw_out(out), nullptr, raw(message), message.size(), raw(secret_.reveal())) == 0);
    return out;
}

std::string Ed25519Key::public_jwk() const {
    return R"({"crv":"Ed25519","x":")" + base64url(public_) + R"(","kty":"OKP"})";
}

Secret Ed25519Key::private_jwk() const {
    std::string seed = base64url(secret_.reveal().first(crypto_sign_SEEDBYTES));
    std::string text = R"({"crv":"Ed25519","d":")" + seed + R"(","x":")" + base64url(public_) + R"(","kty":"OKP"})";
    Secret out = Secret::from_text(text);
    wipe(std::as_writable_bytes(std::span{text}));
    wipe(std::as_writable_bytes(std::span{seed}));
    return out;
}

SignatureCheck verify_ed25519(const Ed25519Public& key, std::span<const std::byte> message,
                              const Ed25519Signature& signature) {
    const int failed = crypto_sign_verify_detached(raw(signature), raw(message), message.size(), raw(key));
    return failed == 0 ? SignatureCheck::match : SignatureCheck::mismatch;
}

}    // namespace countersign::crypto

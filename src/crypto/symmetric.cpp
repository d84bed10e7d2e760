#include "crypto/symmetric.hpp"

#include <sodium.h>

#include <charconv>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::crypto {
namespace {

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::string_view envelope = "$ba$";

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* raw(const std::byte* bytes) { return reinterpret_cast<const unsigned char*>(bytes); }

Result<Secret> open_hex(const Secret& secret, std::string_view hex_text) {
    const auto bytes = parse_hex(hex_text);
    if (!bytes || bytes->size() < nonce_size + tag_size)
        return fail(Code::secret_unusable, "hex of nonce, text and tag");
    const Sha256 key = sha256(secret.reveal());
    Secret out = Secret::sized(bytes->size() - nonce_size - tag_size);
    // libsodium wants a place to write even where there is nothing to write.
    std::byte nothing{};
    std::byte* target = out.empty() ? &nothing : out.writable().data();
    unsigned long long written = 0;
    const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        raw(target), &written, nullptr, raw(bytes->data() + nonce_size), bytes->size() - nonce_size, nullptr, 0,
        raw(bytes->data()), raw(key.data()));
    if (failed != 0) return fail(Code::secret_unusable, "a text sealed with this secret");
    return out;
}

}    // namespace

std::optional<std::uint32_t> Keyring::current_version() const {
    if (versions_.empty()) return std::nullopt;
    return versions_.front().first;
}

const Secret* Keyring::find(std::uint32_t version) const {
    const auto found = std::ranges::find(versions_, version, [](const auto& entry) { return entry.first; });
    return found == versions_.end() ? nullptr : &found->second;
}

std::optional<std::uint32_t> Keyring::version_of(const Secret& secret) const {
    for (const auto& [version, listed] : versions_) {
        if (&listed == &secret) return version;
    }
    return std::nullopt;
}

std::vector<const Secret*> Keyring::all() const {
    std::vector<const Secret*> secrets;
    secrets.reserve(versions_.size() + 1);
    for (const auto& [version, secret] : versions_) secrets.push_back(&secret);
    const bool listed = std::ranges::any_of(
        secrets, [&](const Secret* one) { return equal_constant_time(one->reveal_text(), legacy_.reveal_text()); });
    if (!listed && !legacy_.reveal_text().empty()) secrets.push_back(&legacy_);
    return secrets;
}

Keyring Keyring::for_purpose(std::string_view purpose) const {
    Keyring made{purpose_key(legacy_, purpose)};
    for (const auto& [version, secret] : versions_) made.add_version(version, purpose_key(secret, purpose));
    return made;
}

Result<std::string> symmetric_encrypt(const Keyring& keys, std::string_view text, Random& random) {
    Bytes sealed(nonce_size + text.size() + tag_size);
    random.fill(std::span{sealed}.first(nonce_size));
    const Sha256 key = sha256(keys.current().reveal());
    unsigned long long written = 0;
    const int failed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        raw(sealed.data() + nonce_size), &written, reinterpret_cast<const unsigned char*>(text.data()), text.size(),
        nullptr, 0, nullptr, raw(sealed.data()), raw(key.data()));
    if (failed != 0) return fail(Code::crypto_failed, "XChaCha20-Poly1305");
    const auto version = keys.current_version();
    if (!version) return hex(sealed);
    return std::string{envelope} + std::to_string(*version) + "$" + hex(sealed);
}

Result<Secret> symmetric_decrypt(const Keyring& keys, std::string_view sealed) {
    if (!sealed.starts_with(envelope)) return open_hex(keys.legacy(), sealed);
    sealed.remove_prefix(envelope.size());
    std::uint32_t version = 0;
    const auto [end, error] = std::from_chars(sealed.data(), sealed.data() + sealed.size(), version);
    if (error != std::errc{} || end == sealed.data() + sealed.size() || *end != '$') {
        return fail(Code::secret_unusable, "$ba$<version>$<hex>");
    }
    const Secret* secret = keys.find(version);
    if (secret == nullptr) return fail(Code::secret_unusable, "a secret of this version", version);
    return open_hex(*secret, sealed.substr(static_cast<std::size_t>(end - sealed.data()) + 1));
}

}    // namespace countersign::crypto

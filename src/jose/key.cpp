#include "jose/key.hpp"

#include <algorithm>
#include <cctype>

namespace countersign::jose {
namespace {

using Parts = crypto::PublicParts;

bool fits(const Jwk& jwk, const Algorithm& row) { return jwk.kty() == row.kty && jwk.curve() == row.curve; }

Result<void> check_purpose(const Jwk& jwk, const Algorithm& row, std::string_view operation) {
    if (!jwk.alg.empty() && jwk.alg != row.name) return fail(Code::key_unsupported, row.name, jwk.alg);
    if (!fits(jwk, row)) return fail(Code::key_unsupported, "a key of the algorithm's type and curve", row.name);
    if (!jwk.use.empty() && jwk.use != "sig") return fail(Code::jwks_key_use_mismatch, "use sig", jwk.use);
    if (!jwk.operations.empty() && std::ranges::find(jwk.operations, operation) == jwk.operations.end()) {
        return fail(Code::jwks_key_use_mismatch, operation, "key_ops");
    }
    if (const auto* secret = std::get_if<MacSecret>(&jwk.material); secret != nullptr) {
        const std::size_t bits = secret->bytes.size() * 8;
        if (bits < row.min_bits) return fail(Code::secret_too_short, row.min_bits, bits);    // RFC 7518 §3.2
    }
    return {};
}

bool is_none(std::string_view alg) {
    constexpr std::string_view none = "none";
    return std::ranges::equal(alg, none,
                              [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

std::vector<Alg> choices(const Jwk& jwk, Algorithms permitted) {
    std::vector<Alg> out;
    for (const Algorithm& row : algorithms) {
        if (permitted.has(row.id) && fits(jwk, row) && (jwk.alg.empty() || jwk.alg == row.name)) out.push_back(row.id);
    }
    return out;
}

}    // namespace

Key::Key(const Algorithm& row, std::string kid, Material material)
    : row_{&row},
      kid_{std::move(kid)},
      material_{std::move(material)},
      signature_size_{row.signature_bytes} {
    if (const auto* key = std::get_if<crypto::PublicKey>(&material_)) signature_size_ = key->signature_size();
}

Result<Key> Key::bind(const Jwk& jwk, Alg alg) {
    const Algorithm& row = row_of(alg);
    CS_CHECK(check_purpose(jwk, row, "verify"));
    if (const auto* secret = std::get_if<MacSecret>(&jwk.material)) {
        return Key{row, jwk.kid, crypto::MacKey{row.method.hash, secret->bytes.reveal()}};
    }
    const auto* pair = std::get_if<crypto::PrivateKey>(&jwk.material);
    CS_TRY(crypto::PublicKey half, pair != nullptr
                                       ? Result<crypto::PublicKey>{pair->public_key()}
                                       : crypto::PublicKey::make(std::get<crypto::PublicKey>(jwk.material).parts()));
    return Key{row, jwk.kid, std::move(half)};
}

SignatureCheck Key::verify(std::span<const std::byte> message, std::span<const std::byte> signature) const {
    if (const auto* mac = std::get_if<crypto::MacKey>(&material_)) return mac->verify(message, signature);
    return std::get_if<crypto::PublicKey>(&material_)->verify(row_->method, message, signature);
}

SigningKey::SigningKey(const Algorithm& row, std::string kid, Material material)
    : row_{&row},
      kid_{std::move(kid)},
      material_{std::move(material)} {}

Result<SigningKey> SigningKey::bind(const Jwk& jwk, Alg alg) {
    const Algorithm& row = row_of(alg);
    CS_CHECK(check_purpose(jwk, row, "sign"));
    if (const auto* secret = std::get_if<MacSecret>(&jwk.material)) {
        return SigningKey{row, jwk.kid, crypto::MacKey{row.method.hash, secret->bytes.reveal()}};
    }
    const auto* pair = std::get_if<crypto::PrivateKey>(&jwk.material);
    if (pair == nullptr) return fail(Code::key_unsupported, "a private key");
    CS_TRY(crypto::PrivateKey copy, crypto::PrivateKey::make(pair->parts(), pair->secrets().clone()));
    return SigningKey{row, jwk.kid, std::move(copy)};
}

Result<Bytes> SigningKey::sign(std::span<const std::byte> message) const {
    if (const auto* mac = std::get_if<crypto::MacKey>(&material_)) {
        const auto made = mac->mac(message);
        return Bytes{made.span().begin(), made.span().end()};
    }
    return std::get_if<crypto::PrivateKey>(&material_)->sign(row_->method, message);
}

KeySet KeySet::of(std::vector<Key> keys) {
    KeySet out;
    out.keys_ = std::move(keys);
    return out;
}

Result<KeySet> KeySet::parse(std::string_view text, Algorithms permitted, OpenKeys open) {
    if (text.size() > max_key_set_size) return fail(Code::key_malformed, max_key_set_size, text.size());
    const Result<json::Value> value = json::parse(text);
    if (!value.ok()) return fail(Code::key_malformed, "a JWK set");
    return read(*value, permitted, open);
}

namespace {

/// What must hold for the set as a whole, looked at before its entries are read, so that an entry which cannot be used
/// hides nothing: it is either secrets that both sides share or public keys, and a kid names one key.
Result<void> check_whole(const json::Array& entries, Algorithms permitted) {
    constexpr std::array<std::string_view, 7> private_members{"d", "p", "q", "dp", "dq", "qi", "oth"};
    std::size_t secrets = 0;
    std::vector<std::string_view> kids;
    for (const json::Value& entry : entries) {
        const bool has_half =
            std::ranges::any_of(private_members, [&](auto name) { return entry.find(name) != nullptr; });
        const json::Value* kty = entry.find("kty");
        const bool secret =
            entry.find("k") != nullptr || (kty != nullptr && kty->as_string() != nullptr && *kty->as_string() == "oct");
        if (has_half) return fail(Code::key_private_in_public_set, "no private members");
        if (secret && !permitted.is_symmetric()) return fail(Code::key_private_in_public_set, "no secrets");
        secrets += secret ? 1 : 0;
        const json::Value* kid = entry.find("kid");
        if (kid == nullptr || kid->as_string() == nullptr) continue;
        if (std::ranges::find(kids, *kid->as_string()) != kids.end())
            return fail(Code::key_kid_duplicate, {}, *kid->as_string());
        kids.push_back(*kid->as_string());
    }
    if (secrets != 0 && secrets != entries.size()) return fail(Code::key_private_in_public_set, "secrets alone");
    return {};
}

}    // namespace

Result<KeySet> KeySet::read(const json::Value& value, Algorithms permitted, OpenKeys open) {
    const json::Value* member = value.find("keys");
    const json::Array single{value};
    const json::Array* entries = member == nullptr ? &single : member->as_array();
    if (value.as_object() == nullptr || entries == nullptr) return fail(Code::key_malformed, "a JWK set");
    if (entries->size() > max_keys) return fail(Code::key_malformed, max_keys, entries->size());
    CS_CHECK(check_whole(*entries, permitted));
    KeySet out;
    for (std::size_t i = 0; i < entries->size(); ++i) {
        const Result<Jwk> jwk = Jwk::read((*entries)[i]);
        if (!jwk.ok()) {
            out.passed_over_.push_back({.index = i, .reason = jwk.error()});
            continue;
        }
        CS_CHECK(out.add(*jwk, i, permitted, open));
    }
    if (!out.keys_.empty()) return out;
    if (out.passed_over_.size() == 1) return fail(out.passed_over_.front().reason);
    return fail(Code::key_set_unusable, "a key that the policy can use", entries->size());
}

Result<void> KeySet::add(const Jwk& jwk, std::size_t index, Algorithms permitted, OpenKeys open) {
    const std::vector<Alg> fitting = choices(jwk, permitted);
    if (fitting.empty()) {
        passed_over_.push_back(
            {.index = index, .reason = AuthError{Code::key_unsupported, "a permitted algorithm", jwk.alg}});
        return {};
    }
    if (fitting.size() > 1 && open == OpenKeys::refused)
        return fail(Code::key_alg_ambiguous, "alg in the key", jwk.kid);
    for (const Alg alg : fitting) {
        Result<Key> key = Key::bind(jwk, alg);
        if (key.ok()) {
            keys_.push_back(*std::move(key));
        } else {
            passed_over_.push_back({.index = index, .reason = key.error()});
        }
    }
    return {};
}

Result<const Key*> KeySet::select(std::string_view alg, std::optional<std::string_view> kid) const {
    if (is_none(alg)) return fail(Code::token_alg_none);
    if (!is_algorithm_name(alg)) return fail(Code::token_alg_unknown, {}, alg);
    const Key* found = nullptr;
    const Key* other = nullptr;    // with this kid, but for another algorithm
    for (const Key& key : keys_) {
        if (kid && (key.kid().empty() || key.kid() != *kid)) continue;
        if (key.algorithm().name != alg) {
            other = &key;
            continue;
        }
        if (found != nullptr) return fail(Code::token_key_ambiguous, "kid in the header");
        found = &key;
    }
    if (found != nullptr) return found;
    if (other != nullptr) return fail(Code::token_alg_mismatch, other->algorithm().name, alg);
    return fail(Code::token_kid_unknown, {}, kid.value_or(""));
}

}    // namespace countersign::jose

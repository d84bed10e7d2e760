#include "jose/jwe_key.hpp"

#include <algorithm>

namespace countersign::jose {
namespace {

constexpr std::size_t least_password = 8;    // bytes; RFC 7518 §8.8 asks for more than people like

/// What `key_ops` may call it (RFC 7517 §4.3), for whoever encrypts and whoever decrypts.
struct Operations {
    KeyWay way;
    std::array<std::string_view, 2> encrypting, decrypting;
};
constexpr std::array operations{
    Operations{KeyWay::direct, {"encrypt", "encrypt"}, {"decrypt", "decrypt"}},
    Operations{KeyWay::wrapped, {"wrapKey", "wrapKey"}, {"unwrapKey", "unwrapKey"}},
    Operations{KeyWay::gcm_wrapped, {"wrapKey", "encrypt"}, {"unwrapKey", "decrypt"}},
    Operations{KeyWay::oaep, {"wrapKey", "encrypt"}, {"unwrapKey", "decrypt"}},
    Operations{KeyWay::agreed, {"deriveKey", "deriveBits"}, {"deriveKey", "deriveBits"}},
    Operations{KeyWay::agreed_and_wrapped, {"deriveKey", "deriveBits"}, {"deriveKey", "deriveBits"}},
    Operations{KeyWay::password, {"deriveKey", "deriveBits"}, {"deriveKey", "deriveBits"}},
};
static_assert(
    [] {
        for (std::size_t i = 0; i < operations.size(); ++i) {
            if (operations[i].way != static_cast<KeyWay>(i)) return false;
        }
        return true;
    }(),
    "rows stand in the order of their enum");

using Names = std::array<std::string_view, 2>;

/// A public half for agreement has no operation of its own: RFC 7517 §4.3 gives it an empty list.
Result<void> check_purpose(const Jwk& jwk, Encryption with, const Names& names) {
    const KeyAlgorithm& row = row_of(with.alg);
    const bool named =
        jwk.alg.empty() || jwk.alg == row.name || (row.way == KeyWay::direct && jwk.alg == name_of(with.enc));
    if (!named) return fail(Code::key_unsupported, row.name, jwk.alg);
    if (!jwk.use.empty() && jwk.use != "enc") return fail(Code::jwks_key_use_mismatch, "use enc", jwk.use);
    const auto has = [&](std::string_view name) {
        return std::ranges::find(jwk.operations, name) != jwk.operations.end();
    };
    if (!jwk.operations.empty() && std::ranges::none_of(names, has))
        return fail(Code::jwks_key_use_mismatch, names.front(), "key_ops");
    return {};
}

bool is_symmetric(KeyWay way) {
    return way == KeyWay::direct || way == KeyWay::wrapped || way == KeyWay::gcm_wrapped || way == KeyWay::password;
}

Result<void> check_type(const Jwk& jwk, Encryption with) {
    const KeyAlgorithm& row = row_of(with.alg);
    if (is_symmetric(row.way)) {
        if (jwk.kty() != Kty::oct) return fail(Code::key_unsupported, "a key of kty oct", row.name);
        const std::size_t size = std::get<MacSecret>(jwk.material).bytes.size();
        if (row.way == KeyWay::password) {
            if (size < least_password) return fail(Code::secret_too_short, least_password * 8, size * 8);
            return {};
        }
        const std::size_t wanted = row.way == KeyWay::direct ? crypto::row_of(with.enc).key_size : row.wrap_size;
        if (size != wanted) return fail(Code::key_unsupported, wanted * 8, size * 8);
        return {};
    }
    if (row.way == KeyWay::oaep) {
        if (jwk.kty() != Kty::rsa) return fail(Code::key_unsupported, "a key of kty RSA", row.name);
        return {};
    }
    if (!crypto::is_for_agreement(jwk.curve()))
        return fail(Code::key_unsupported, "a key on P-256, P-384, P-521, X25519 or X448", row.name);
    return {};
}

const Operations& operations_of(KeyAlg alg) { return operations[static_cast<std::size_t>(row_of(alg).way)]; }

}    // namespace

Result<EncryptionKey> EncryptionKey::bind(const Jwk& jwk, Encryption with) {
    CS_CHECK(check_purpose(jwk, with, operations_of(with.alg).encrypting));
    CS_CHECK(check_type(jwk, with));
    if (const auto* secret = std::get_if<MacSecret>(&jwk.material))
        return EncryptionKey{with, jwk.kid, secret->bytes.clone()};
    const auto* pair = std::get_if<crypto::PrivateKey>(&jwk.material);
    CS_TRY(crypto::PublicKey half, pair != nullptr
                                       ? Result<crypto::PublicKey>{pair->public_key()}
                                       : crypto::PublicKey::make(std::get<crypto::PublicKey>(jwk.material).parts()));
    return EncryptionKey{with, jwk.kid, std::move(half)};
}

Result<DecryptionKey> DecryptionKey::bind(const Jwk& jwk, Encryption with) {
    CS_CHECK(check_purpose(jwk, with, operations_of(with.alg).decrypting));
    CS_CHECK(check_type(jwk, with));
    if (const auto* secret = std::get_if<MacSecret>(&jwk.material))
        return DecryptionKey{with, jwk.kid, secret->bytes.clone()};
    const auto* pair = std::get_if<crypto::PrivateKey>(&jwk.material);
    if (pair == nullptr) return fail(Code::key_unsupported, "a private key");
    CS_TRY(crypto::PrivateKey copy, crypto::PrivateKey::make(pair->parts(), pair->secrets().clone()));
    return DecryptionKey{with, jwk.kid, std::move(copy)};
}

}    // namespace countersign::jose

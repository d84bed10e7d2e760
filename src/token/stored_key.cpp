#include "token/stored_key.hpp"

#include "storage/cells.hpp"

namespace countersign::token {
namespace {

std::optional<jose::Alg> find_alg(std::string_view name, std::string_view curve) {
    for (const jose::Algorithm& row : jose::algorithms) {
        if (row.kty == jose::Kty::oct || row.name != name) continue;
        if (curve.empty() || crypto::row_of(row.curve).name == curve) return row.id;
    }
    return std::nullopt;
}

/// What stands in our own table is not what a client sent: broken JSON there is our fault and never a 400.
Result<json::Value> parse_stored(std::string_view text, const KeyId& id) {
    Result<json::Value> parsed = json::parse(text);
    if (!parsed.ok()) return fail(Code::storage_corrupt, "a signing key as JSON", id.text());
    return parsed;
}

/// A JSON string is a sealed key; an object is one of an installation with disablePrivateKeyEncryption.
Result<Secret> private_jwk_of(const StoredKey& key, const crypto::Keyring& secrets) {
    CS_TRY(const json::Value stored, parse_stored(key.sealed_private, key.id));
    if (stored.as_object() != nullptr) return Secret::from_text(key.sealed_private);
    const std::string* sealed = stored.as_string();
    if (sealed == nullptr) return fail(Code::storage_corrupt, "a sealed signing key", key.id.text());
    Result<Secret> jwk = crypto::symmetric_decrypt(secrets, *sealed);
    if (!jwk.ok()) return fail(Code::secret_unusable, "the secret that sealed the signing key", key.id.text());
    return jwk;
}

std::string quoted(std::string_view text) {
    std::string out;
    json::Writer{out}.value(text);
    return out;
}

}    // namespace

Result<StoredKey> key_from_row(const storage::Row& row, jose::Alg configured) {
    StoredKey key;
    CS_TRY(const std::string id, storage::cell<std::string>(row, 0));
    key.id = KeyId{id};
    CS_TRY(key.public_jwk, storage::cell<std::string>(row, 1));
    CS_TRY(key.sealed_private, storage::cell<std::string>(row, 2));
    CS_TRY(key.created_at, storage::cell<Instant>(row, 3));
    CS_TRY(key.expires_at, storage::optional_cell<Instant>(row, 4));
    CS_TRY(const std::optional<std::string> algorithm, storage::optional_cell<std::string>(row, 5));
    key.algorithm = algorithm.value_or(std::string{jose::row_of(configured).name});
    CS_TRY(const std::optional<std::string> curve, storage::optional_cell<std::string>(row, 6));
    key.curve = curve.value_or("");
    key.alg = find_alg(key.algorithm, key.curve);
    return key;
}

storage::Row row_from_key(const StoredKey& key) {
    const storage::Value none;
    return {key.id.text(),
            key.public_jwk,
            key.sealed_private,
            key.created_at,
            key.expires_at ? storage::Value{*key.expires_at} : none,
            key.algorithm,
            key.curve.empty() ? none : storage::Value{key.curve}};
}

Result<StoredKey> generate_key(jose::Alg alg, std::size_t rsa_bits, AtRest at_rest, const crypto::Keyring& secrets,
                               Random& random) {
    CS_TRY(jose::Jwk jwk, jose::Jwk::generate(alg, random, rsa_bits));
    jwk.kid = jwk.alg = jwk.use = "";    // the columns say so
    StoredKey key{.id = {},
                  .public_jwk = {},
                  .sealed_private = {},
                  .created_at = {},
                  .expires_at = {},
                  .algorithm = std::string{jose::row_of(alg).name},
                  .curve = std::string{crypto::row_of(jwk.curve()).name},
                  .alg = alg};
    CS_TRY(key.public_jwk, jwk.write_public());
    CS_TRY(const Secret half, jwk.write_private());
    if (at_rest == AtRest::plain) {
        key.sealed_private = half.reveal_text();
        return key;
    }
    CS_TRY(const std::string sealed, crypto::symmetric_encrypt(secrets, half.reveal_text(), random));
    key.sealed_private = quoted(sealed);    // Better Auth stores the sealed text as a JSON string, quotes included
    return key;
}

Result<jose::Jwk> public_half(const StoredKey& key) {
    Result<jose::Jwk> jwk = jose::Jwk::parse(key.public_jwk);
    if (!jwk.ok()) return fail(Code::storage_corrupt, "a public JWK", key.id.text());
    return jwk;
}

Result<jose::SigningKey> open_key(const StoredKey& key, const crypto::Keyring& secrets) {
    CS_TRY(const Secret text, private_jwk_of(key, secrets));
    Result<jose::Jwk> jwk = jose::Jwk::parse(text.reveal_text());
    if (!jwk.ok() || !key.alg) return fail(Code::storage_corrupt, "a private JWK", key.id.text());
    CS_TRY(const jose::Jwk shown, public_half(key));
    // Tokens of a key that is not the published one would be refused by everybody.
    if (jwk->thumbprint() != shown.thumbprint())
        return fail(Code::storage_corrupt, "halves that belong together", key.id.text());
    jwk->kid = key.id.text();
    jwk->alg = jwk->use = "";
    jwk->operations.clear();
    Result<jose::SigningKey> signer = jose::SigningKey::bind(*jwk, *key.alg);
    if (!signer.ok()) return fail(Code::storage_corrupt, "a private JWK of its algorithm", key.id.text());
    return signer;
}

Result<void> write_public_key(json::Writer& out, const StoredKey& key) {
    CS_TRY(const json::Value jwk, parse_stored(key.public_jwk, key.id));
    out.begin_object();
    out.key("alg").value(key.algorithm);
    for (const std::string_view member : {"crv", "x", "y", "n", "e", "kty"}) {
        const json::Value* found = jwk.find(member);
        if (found == nullptr) continue;
        const std::string* text = found->as_string();
        if (text == nullptr) return fail(Code::storage_corrupt, "a public JWK of strings", member);
        out.key(member).value(*text);
    }
    out.key("kid").value(key.id.text());
    out.end_object();
    return {};
}

bool signs_quickly(jose::Alg alg) { return alg == jose::Alg::eddsa_ed25519 || alg == jose::Alg::es256; }

}    // namespace countersign::token

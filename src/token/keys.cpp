#include "token/keys.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "storage/cells.hpp"
#include "storage/statements.hpp"

namespace countersign::token {
namespace {

namespace st = storage::statements;
constexpr std::string_view eddsa = "EdDSA";    // RFC 8037 §3.1
constexpr std::string_view ed25519 = "Ed25519";

Result<StoredKey> key_from_row(const storage::Row& row) {
    StoredKey key;
    CS_TRY(const std::string id, storage::cell<std::string>(row, 0));
    key.id = KeyId{id};
    CS_TRY(key.public_jwk, storage::cell<std::string>(row, 1));
    CS_TRY(key.sealed_private, storage::cell<std::string>(row, 2));
    CS_TRY(key.created_at, storage::cell<Instant>(row, 3));
    CS_TRY(key.expires_at, storage::optional_cell<Instant>(row, 4));
    // Rows of releases before these columns existed hold the default algorithm.
    CS_TRY(const std::optional<std::string> algorithm, storage::optional_cell<std::string>(row, 5));
    key.algorithm = algorithm.value_or(std::string{eddsa});
    CS_TRY(const std::optional<std::string> curve, storage::optional_cell<std::string>(row, 6));
    key.curve = curve.value_or(std::string{ed25519});
    return key;
}

/// What stands in our own table is not what a client sent: broken JSON there is our fault and never a 400.
Result<json::Value> parse_stored(std::string_view text, const KeyId& id) {
    Result<json::Value> parsed = json::parse(text);
    if (!parsed.ok()) return fail(Code::storage_corrupt, "a signing key as JSON", id.text());
    return parsed;
}

/// The public members that a key set may show, whatever else the stored text holds (KEY-12).
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

}    // namespace

Result<std::vector<StoredKey>> SigningKeys::load(storage::Rows& rows) const {
    CS_TRY(const std::vector<storage::Row> found, rows.find_many(st::jwks_all, {}));
    std::vector<StoredKey> keys;
    keys.reserve(found.size());
    for (const storage::Row& row : found) {
        CS_TRY(StoredKey key, key_from_row(row));
        keys.push_back(std::move(key));
    }
    return keys;
}

const StoredKey* SigningKeys::current(const std::vector<StoredKey>& keys) const {
    const Instant now = clock_->now();
    const auto found = std::ranges::find_if(keys, [&](const StoredKey& key) {
        return key.algorithm == eddsa && key.curve == ed25519 && (!key.expires_at || *key.expires_at > now);
    });
    return found == keys.end() ? nullptr : &*found;
}

Result<std::optional<std::string>> SigningKeys::published() {
    storage::Rows reader = storage_->reader();
    CS_TRY(const std::vector<StoredKey> keys, load(reader));
    if (keys.empty()) return std::optional<std::string>{};
    const Instant now = clock_->now();
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("keys").begin_array();
    for (const StoredKey& key : keys) {
        if (key.expires_at && *key.expires_at + options_.grace_period <= now) continue;
        CS_CHECK(write_public_key(out, key));
    }
    out.end_array();
    out.end_object();
    return std::optional<std::string>{std::move(text)};
}

Result<void> SigningKeys::create(storage::Tx& tx) {
    const crypto::Ed25519Key key = crypto::Ed25519Key::generate(*random_);
    const Secret private_jwk = key.private_jwk();
    CS_TRY(const std::string sealed, crypto::symmetric_encrypt(*secrets_, private_jwk.reveal_text(), *random_));
    std::string sealed_json;    // Better Auth stores the sealed text as a JSON string, quotes included
    json::Writer{sealed_json}.value(sealed);
    const Instant now = clock_->now();
    storage::Value expires;
    if (options_.rotation_interval > Seconds{0}) expires = now + options_.rotation_interval;
    const storage::Row row{random_text(*random_, id_length),
                           key.public_jwk(),
                           sealed_json,
                           now,
                           expires,
                           std::string{eddsa},
                           std::string{ed25519}};
    return tx.create(st::jwks_create, row);
}

Result<void> SigningKeys::ensure_current() {
    return storage_->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY(const std::vector<StoredKey> keys, load(tx));
        if (current(keys) != nullptr) return {};    // another request was first
        return create(tx);
    });
}

namespace {
/// A JSON string is a sealed key; an object is one of an installation with disablePrivateKeyEncryption.
Result<Secret> private_jwk_of(const StoredKey& key, const crypto::Keyring& secrets) {
    CS_TRY(const json::Value stored, parse_stored(key.sealed_private, key.id));
    const std::string* sealed = stored.as_string();
    if (sealed == nullptr) return Secret::from_text(key.sealed_private);
    Result<Secret> jwk = crypto::symmetric_decrypt(secrets, *sealed);
    if (!jwk.ok()) return fail(Code::secret_unusable, "the secret that sealed the signing key", key.id.text());
    return jwk;
}
}    // namespace

Result<const crypto::Ed25519Key*> SigningKeys::open(const StoredKey& key) {
    const std::scoped_lock held{opened_lock_};
    for (const auto& [id, opened] : opened_) {
        if (id == key.id) return opened.get();
    }
    CS_TRY(const Secret jwk, private_jwk_of(key, *secrets_));
    CS_TRY(crypto::Ed25519Key made, crypto::Ed25519Key::from_jwk(jwk.reveal_text()));
    opened_.emplace_back(key.id, std::make_unique<crypto::Ed25519Key>(std::move(made)));
    return opened_.back().second.get();
}

Result<std::optional<StoredKey>> SigningKeys::find_current() {
    storage::Rows reader = storage_->reader();
    CS_TRY(const std::vector<StoredKey> keys, load(reader));
    const StoredKey* key = current(keys);
    return key == nullptr ? std::optional<StoredKey>{} : *key;
}

Result<std::string> SigningKeys::sign(const StoredKey& key, std::string_view claims, std::string_view type) {
    CS_TRY(const crypto::Ed25519Key* signer, open(key));
    std::string header;
    json::Writer out{header};
    out.begin_object();
    out.key("alg").value(eddsa);
    if (!type.empty()) out.key("typ").value(type);    // RFC 9068 §2.1
    out.key("kid").value(key.id.text());
    out.end_object();
    std::string token = base64url(bytes_of(header)) + "." + base64url(bytes_of(claims));
    const auto signature = signer->sign(bytes_of(token));
    token += ".";
    token += base64url(signature);
    return token;
}

}    // namespace countersign::token

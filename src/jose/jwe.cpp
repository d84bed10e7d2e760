#include "jose/jwe.hpp"

#include <algorithm>

#include "crypto/agreement.hpp"
#include "crypto/key_wrap.hpp"
#include "jose/judgement.hpp"
#include "jose/jwe_header.hpp"

namespace countersign::jose {
namespace {

constexpr std::uint32_t our_rounds = 600'000;
constexpr std::size_t salt_size = 16;

struct JweView {
    std::string_view header, encrypted_key, iv, ciphertext, tag;
};

Result<JweView> parse_parts(std::string_view token, std::size_t max_size) {
    if (token.empty()) return fail(Code::token_missing);
    if (token.size() > max_size) return fail(Code::token_too_large, max_size, token.size());
    std::array<std::string_view, 5> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t dot = token.find('.');
        if ((dot == std::string_view::npos) != (i + 1 == parts.size())) return fail(Code::jwe_malformed, "five parts");
        parts[i] = token.substr(0, dot);
        if (dot != std::string_view::npos) token.remove_prefix(dot + 1);
    }
    return JweView{parts[0], parts[1], parts[2], parts[3], parts[4]};
}

Result<Bytes> decoded(std::string_view part, std::string_view name) {
    std::optional<Bytes> out = parse_base64url(part);
    if (!out) return fail(Code::jwe_malformed, "canonical base64url", name);
    return *std::move(out);
}

/// SP 800-56A as RFC 7518 §4.6.2 fills it in.
Secret derived_key(const Secret& shared, const KeyAlgorithm& row, Enc enc, const JweHeader& header) {
    const Bytes none;
    const bool direct = row.way == KeyWay::agreed;
    return crypto::concat_kdf(shared,
                              {.algorithm = direct ? name_of(enc) : row.name,
                               .party_u = header.apu.value_or(none),
                               .party_v = header.apv.value_or(none)},
                              direct ? crypto::row_of(enc).key_size : row.wrap_size);
}

Secret password_key(const KeyAlgorithm& row, const Secret& password, const Bytes& p2s, std::uint32_t rounds) {
    Bytes salt{bytes_of(row.name).begin(), bytes_of(row.name).end()};    // RFC 7518 §4.8.1.1
    salt.push_back(std::byte{0});
    salt.insert(salt.end(), p2s.begin(), p2s.end());
    return crypto::password_key(row.hash, password, salt, rounds, row.wrap_size);
}

Enc gcm_of(std::size_t key_size) {
    return key_size == 16 ? Enc::a128gcm : key_size == 24 ? Enc::a192gcm : Enc::a256gcm;
}
crypto::OaepHash oaep_hash(const KeyAlgorithm& row) {
    return row.hash == Hash::sha256 ? crypto::OaepHash::sha256 : crypto::OaepHash::sha1;
}

/// The members and the part that a way needs and no others: what is not there cannot be forgotten.
Result<void> check_members(const KeyAlgorithm& row, const JweHeader& header, std::span<const std::byte> encrypted_key) {
    const bool agreed = row.way == KeyWay::agreed || row.way == KeyWay::agreed_and_wrapped;
    const bool no_key = row.way == KeyWay::direct || row.way == KeyWay::agreed;
    if (no_key != encrypted_key.empty()) return fail(Code::jwe_malformed, "an encrypted key where there is one");
    if (agreed != !header.epk.empty()) return fail(Code::jwe_header_malformed, "epk where keys agree");
    if (!agreed && (header.apu || header.apv)) return fail(Code::jwe_header_malformed, "apu, apv where keys agree");
    const bool gcm = row.way == KeyWay::gcm_wrapped;
    if (header.iv.has_value() != gcm || header.tag.has_value() != gcm)
        return fail(Code::jwe_header_malformed, "iv and tag where a key is wrapped with GCM");
    const bool password = row.way == KeyWay::password;
    if (header.p2s.has_value() != password || header.p2c.has_value() != password)
        return fail(Code::jwe_header_malformed, "p2s and p2c where a password is used");
    constexpr std::size_t least_salt = 8;    // RFC 7518 §4.8.1.1
    if (password && header.p2s->size() < least_salt) return fail(Code::jwe_header_malformed, least_salt, "p2s");
    return {};
}

/// The sender's key is public, so what is wrong with it may be said (TOK-29).
Result<Secret> agreed_secret(const DecryptionKey& key, const JweHeader& header) {
    const Result<Jwk> epk = Jwk::parse(header.epk);
    if (!epk.ok()) return fail(Code::jwe_key_refused, epk.error().label(), "epk");
    const auto* peer = std::get_if<crypto::PublicKey>(&epk->material);
    if (peer == nullptr || peer->curve() != key.pair()->parts().curve)
        return fail(Code::jwe_key_refused, "a public key on the curve of ours", "epk");
    Result<Secret> shared = crypto::agree(*key.pair(), *peer);
    if (!shared.ok()) return fail(Code::jwe_key_refused, shared.error().label(), "epk");
    return shared;
}

/// Absent if the encrypted key is not one of ours.
Result<std::optional<Secret>> content_key(const DecryptionKey& key, const JweHeader& header,
                                          std::span<const std::byte> encrypted) {
    const KeyAlgorithm& row = key.algorithm();
    switch (row.way) {
        case KeyWay::direct:
            return std::optional{key.secret()->clone()};
        case KeyWay::wrapped:
            return crypto::unwrap_key(*key.secret(), encrypted);
        case KeyWay::gcm_wrapped:
            return crypto::open(gcm_of(row.wrap_size), *key.secret(),
                                {.iv = *header.iv, .ciphertext = encrypted, .tag = *header.tag}, {});
        case KeyWay::oaep:
            return crypto::oaep_decrypt(*key.pair(), oaep_hash(row), encrypted);
        case KeyWay::agreed:
        case KeyWay::agreed_and_wrapped: {
            CS_TRY(const Secret shared, agreed_secret(key, header));
            Secret derived = derived_key(shared, row, key.encryption(), header);
            if (row.way == KeyWay::agreed) return std::optional{std::move(derived)};
            return crypto::unwrap_key(derived, encrypted);
        }
        case KeyWay::password:
            return crypto::unwrap_key(password_key(row, *key.secret(), *header.p2s, *header.p2c), encrypted);
    }
    return std::optional<Secret>{};
}

Secret random_key(Enc enc, Random& random) {
    Secret out = Secret::sized(crypto::row_of(enc).key_size);
    random.fill(out.writable());
    return out;
}

}    // namespace

Result<Decrypter> Decrypter::make(std::vector<DecryptionKey> keys, std::size_t max_size) {
    if (keys.empty()) return fail(Code::policy_invalid, "at least one key");
    if (max_size == 0 || max_size > most_max_token_size)
        return fail(Code::policy_invalid, "1 byte to 1 MiB", "max_size");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const bool same = keys[i].algorithm().id == keys[j].algorithm().id &&
                              keys[i].encryption() == keys[j].encryption() && keys[i].kid() == keys[j].kid();
            if (same) return fail(Code::policy_invalid, "keys that a header tells apart", keys[i].kid());
        }
    }
    return Decrypter{std::move(keys), max_size};
}

Result<const DecryptionKey*> Decrypter::select(std::string_view alg, std::string_view enc,
                                               const std::optional<std::string>& kid) const {
    const DecryptionKey* found = nullptr;
    bool alg_known = false, enc_known = false;
    for (const DecryptionKey& key : keys_) {
        if (key.algorithm().name != alg) continue;
        alg_known = true;
        if (name_of(key.encryption()) != enc) continue;
        enc_known = true;
        if (kid && (key.kid().empty() || key.kid() != *kid)) continue;
        if (found != nullptr) return fail(Code::token_key_ambiguous, "kid in the header");
        found = &key;
    }
    if (found != nullptr) return found;
    if (!alg_known) return fail(Code::jwe_alg_refused, keys_.front().algorithm().name, alg);
    if (!enc_known) return fail(Code::jwe_enc_refused, name_of(keys_.front().encryption()), enc);
    return fail(Code::token_kid_unknown, {}, kid.value_or(""));
}

Result<Decrypted> Decrypter::open(std::string_view token) const {
    CS_TRY(const JweView parts, parse_parts(token, max_size_));
    CS_TRY(const Bytes header_text, decoded(parts.header, "header"));
    CS_TRY(JweHeader header, parse_jwe_header(text_of(header_text)));
    CS_TRY(const DecryptionKey* key, select(header.alg, header.enc, header.kid));
    CS_TRY(const Bytes encrypted_key, decoded(parts.encrypted_key, "encrypted key"));
    CS_TRY(const Bytes iv, decoded(parts.iv, "iv"));
    CS_TRY(const Bytes ciphertext, decoded(parts.ciphertext, "ciphertext"));
    CS_TRY(const Bytes tag, decoded(parts.tag, "tag"));
    CS_CHECK(check_members(key->algorithm(), header, encrypted_key));
    // A key that could not be unwrapped is replaced, so that its failure is found where every other is (RFC 7516
    // §11.5).
    SystemRandom random;
    const Enc enc = key->encryption();
    Secret cek = random_key(enc, random);
    CS_TRY(std::optional<Secret> unwrapped, content_key(*key, header, encrypted_key));
    if (unwrapped && unwrapped->size() == cek.size()) cek = *std::move(unwrapped);
    std::optional<Secret> text =
        crypto::open(enc, cek, {.iv = iv, .ciphertext = ciphertext, .tag = tag}, bytes_of(parts.header));
    if (!text) return fail(Code::jwe_decrypt_failed);
    return Decrypted{.text = *std::move(text),
                     .typ = std::move(header.typ),
                     .cty = std::move(header.cty),
                     .kid = std::move(header.kid).value_or(""),
                     .alg = key->algorithm().id,
                     .enc = enc};
}

Result<Decrypted> Decrypter::decrypt(std::string_view token) const {
    Result<Decrypted> opened = open(token);
    if (!opened.ok()) return fail(opened.error().shown_as(Public::unauthorized));
    return opened;
}

Result<VerifiedToken> verify_nested(const Decrypter& decrypter, const Verifier& verifier, std::string_view token,
                                    Instant now) {
    CS_TRY(const Decrypted outer, decrypter.decrypt(token));
    if (!is_media_type(outer.cty, "JWT"))
        return fail(AuthError{Code::token_typ_mismatch, "cty JWT", outer.cty}.shown_as(Public::unauthorized));
    return verifier.verify(outer.text.reveal_text(), now);
}

namespace {

/// What the header says beside alg and enc, and what goes into the token with it.
struct Sending {
    Secret cek;
    Bytes encrypted_key;
    std::string epk;
    Bytes iv, tag, p2s;    // empty: none
};

Result<Sending> send_agreed(const EncryptionKey& key, Random& random) {
    const KeyAlgorithm& row = key.algorithm();
    CS_TRY(crypto::PrivateKey ephemeral, crypto::PrivateKey::generate(key.half()->kind(), key.half()->curve()));
    CS_TRY(const Secret shared, crypto::agree(ephemeral, *key.half()));
    Secret derived = derived_key(shared, row, key.encryption(), {});
    Jwk epk{.kid = {}, .alg = {}, .use = {}, .operations = {}, .material = ephemeral.public_key()};
    Sending out;
    CS_TRY(out.epk, epk.write_public());
    if (row.way == KeyWay::agreed) {
        out.cek = std::move(derived);
        return out;
    }
    out.cek = random_key(key.encryption(), random);
    out.encrypted_key = crypto::wrap_key(derived, out.cek);
    return out;
}

Result<Sending> send(const EncryptionKey& key, Random& random) {
    const KeyAlgorithm& row = key.algorithm();
    Sending out;
    switch (row.way) {
        case KeyWay::direct:
            out.cek = key.secret()->clone();
            return out;
        case KeyWay::agreed:
        case KeyWay::agreed_and_wrapped:
            return send_agreed(key, random);
        case KeyWay::wrapped:
        case KeyWay::gcm_wrapped:
        case KeyWay::oaep:
        case KeyWay::password:
            break;
    }
    out.cek = random_key(key.encryption(), random);
    if (row.way == KeyWay::wrapped) {
        out.encrypted_key = crypto::wrap_key(*key.secret(), out.cek);
    } else if (row.way == KeyWay::gcm_wrapped) {
        crypto::Sealed sealed = crypto::seal(gcm_of(row.wrap_size), *key.secret(), out.cek.reveal(), {}, random);
        out.encrypted_key = std::move(sealed.ciphertext);
        out.iv = std::move(sealed.iv);
        out.tag = std::move(sealed.tag);
    } else if (row.way == KeyWay::oaep) {
        CS_TRY(out.encrypted_key, crypto::oaep_encrypt(*key.half(), oaep_hash(row), out.cek.reveal()));
    } else {
        out.p2s.resize(salt_size);
        random.fill(out.p2s);
        out.encrypted_key = crypto::wrap_key(password_key(row, *key.secret(), out.p2s, our_rounds), out.cek);
    }
    return out;
}

std::string write_header(const EncryptionKey& key, const Sending& sending, JweFields fields) {
    std::string text;
    json::Writer out{text};
    const auto bytes = [&](std::string_view name, const Bytes& value) {
        if (!value.empty()) out.key(name).value(base64url(value));
    };
    out.begin_object();
    out.key("alg").value(key.algorithm().name).key("enc").value(name_of(key.encryption()));
    if (!fields.typ.empty()) out.key("typ").value(fields.typ);
    if (!fields.cty.empty()) out.key("cty").value(fields.cty);
    if (!key.kid().empty()) out.key("kid").value(key.kid());
    if (!sending.epk.empty()) out.key("epk").raw(sending.epk);
    bytes("iv", sending.iv);
    bytes("tag", sending.tag);
    bytes("p2s", sending.p2s);
    if (!sending.p2s.empty()) out.key("p2c").value(std::int64_t{our_rounds});
    out.end_object();
    return base64url(bytes_of(text));
}

}    // namespace

Result<std::string> encrypt_compact(const EncryptionKey& key, std::span<const std::byte> text, Random& random,
                                    JweFields fields) {
    CS_TRY(const Sending sending, send(key, random));
    const std::string header = write_header(key, sending, fields);
    const crypto::Sealed sealed = crypto::seal(key.encryption(), sending.cek, text, bytes_of(header), random);
    std::string out = header;
    for (const Bytes* part : {&sending.encrypted_key, &sealed.iv, &sealed.ciphertext, &sealed.tag}) {
        out.push_back('.');
        out += base64url(*part);
    }
    return out;
}

}    // namespace countersign::jose

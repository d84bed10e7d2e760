#include "jose/jwe.hpp"

#include "unit/jose/rig.hpp"

namespace countersign::jose {
namespace {

constexpr std::string_view message = "what only the two of us read";

std::string oct(std::size_t size) {
    SystemRandom random;
    Bytes secret(size);
    random.fill(secret);
    return R"({"kty":"oct","k":")" + base64url(secret) + R"("})";
}
Jwk generated(crypto::KeyKind kind, crypto::Curve curve) {
    return Jwk{.kid = {},
               .alg = {},
               .use = {},
               .operations = {},
               .material = *crypto::PrivateKey::generate(kind, curve, crypto::min_rsa_bits)};
}
const Jwk& rsa() {
    static const Jwk made = generated(crypto::KeyKind::rsa, Curve::none);
    return made;
}
/// A key that the algorithm takes.
Jwk key_for(Encryption with, Curve curve = Curve::p256) {
    const KeyAlgorithm& row = row_of(with.alg);
    switch (row.way) {
        case KeyWay::direct:
            return *Jwk::parse(oct(crypto::row_of(with.enc).key_size));
        case KeyWay::wrapped:
        case KeyWay::gcm_wrapped:
            return *Jwk::parse(oct(row.wrap_size));
        case KeyWay::password:
            return *Jwk::parse(oct(20));
        case KeyWay::oaep:
            return *Jwk::parse(rsa().write_private()->reveal_text());
        case KeyWay::agreed:
        case KeyWay::agreed_and_wrapped:
            return generated(crypto::row_of(curve).kind, curve);
    }
    return rsa().kid.empty() ? generated(crypto::KeyKind::ec, curve) : generated(crypto::KeyKind::ec, curve);
}

struct Pair {
    EncryptionKey to;
    Decrypter from;
};
Pair pair_of(const Jwk& jwk, Encryption with) {
    std::vector<DecryptionKey> keys;
    keys.push_back(*DecryptionKey::bind(jwk, with));
    return {.to = *EncryptionKey::bind(jwk, with), .from = *Decrypter::make(std::move(keys))};
}
std::string sealed(const EncryptionKey& key, std::string_view text = message, JweFields fields = {}) {
    SystemRandom random;
    return *encrypt_compact(key, bytes_of(text), random, fields);
}
std::string_view label(const Result<Decrypted>& result) { return result.ok() ? "ok" : result.error().label(); }
std::string_view label(const Result<VerifiedToken>& result) { return result.ok() ? "ok" : result.error().label(); }

TEST(Jwe, every_way_and_every_encryption_there_and_back) {
    for (const KeyAlgorithm& row : key_algorithms) {
        for (const EncName& enc : encryptions) {
            if (row.way == KeyWay::password && enc.id != Enc::a256gcm) continue;    // slow on purpose
            const Encryption with{row.id, enc.id};
            const Pair pair = pair_of(key_for(with), with);
            const std::string token = sealed(pair.to, message, {.typ = "x", .cty = "y"});
            const auto opened = pair.from.decrypt(token);
            ASSERT_TRUE(opened.ok()) << row.name << " " << enc.name << " " << opened.error().detail();
            EXPECT_EQ(opened->text.reveal_text(), message) << row.name << " " << enc.name;
            EXPECT_EQ(opened->typ + opened->cty, "xy");
            EXPECT_NE(sealed(pair.to), sealed(pair.to)) << "never twice the same";
            EXPECT_EQ(label(pair_of(key_for(with), with).from.decrypt(token)),
                      row.way == KeyWay::oaep ? "ok" : "jwe.decrypt_failed")
                << row.name << ": another key";
        }
    }
}

TEST(Jwe, every_curve_agrees_with_itself_alone) {
    constexpr std::array curves{Curve::p256, Curve::p384, Curve::p521, Curve::x25519, Curve::x448};
    for (const Curve curve : curves) {
        for (const KeyAlg alg : {KeyAlg::ecdh_es, KeyAlg::ecdh_es_a256kw}) {
            const Encryption with{alg, Enc::a256gcm};
            const Pair pair = pair_of(key_for(with, curve), with);
            const std::string token = sealed(pair.to);
            EXPECT_EQ(label(pair.from.decrypt(token)), "ok") << crypto::row_of(curve).name;
            for (const Curve other : curves) {
                const auto refused = pair_of(key_for(with, other), with).from.decrypt(token);
                EXPECT_EQ(label(refused), other == curve ? "jwe.decrypt_failed" : "jwe.key_refused");
            }
        }
    }
}

TEST(Jwe, TOK_03_a_key_is_bound_to_what_it_is_for) {
    const Encryption wrap{KeyAlg::a128kw, Enc::a128gcm}, agree{KeyAlg::ecdh_es, Enc::a128gcm},
        direct{KeyAlg::dir, Enc::a128gcm}, oaep{KeyAlg::rsa_oaep, Enc::a128gcm},
        password{KeyAlg::pbes2_hs256_a128kw, Enc::a128gcm};
    const auto with = [](std::string jwk, std::string_view more) {
        return *Jwk::parse(jwk.insert(1, std::string{more} + ","));
    };
    const std::string pair{key_for(agree).write_private()->reveal_text()};
    struct Row {
        std::string_view name;
        Jwk jwk;
        Encryption bound;
        std::string_view refused;
    };
    std::vector<Row> rows;
    const auto add = [&](std::string_view name, Jwk jwk, Encryption bound, std::string_view refused) {
        rows.push_back({name, std::move(jwk), bound, refused});
    };
    add("wrap", *Jwk::parse(oct(16)), wrap, "ok");
    add("wrap, too long", *Jwk::parse(oct(32)), wrap, "key.unsupported");
    add("direct, as long as the encryption wants", *Jwk::parse(oct(16)), direct, "ok");
    add("direct, too long", *Jwk::parse(oct(32)), direct, "key.unsupported");
    add("use enc", with(oct(16), R"("use":"enc")"), wrap, "ok");
    add("use sig", with(oct(16), R"("use":"sig")"), wrap, "jwks.key_use_mismatch");
    add("alg of the way", with(oct(16), R"("alg":"A128KW")"), wrap, "ok");
    add("alg of another way", with(oct(16), R"("alg":"A128GCMKW")"), wrap, "key.unsupported");
    add("alg of the encryption, for dir", with(oct(16), R"("alg":"A128GCM")"), direct, "ok");
    add("unwrapKey", with(oct(16), R"("key_ops":["unwrapKey"])"), wrap, "ok");
    add("sign", with(oct(16), R"("key_ops":["sign"])"), wrap, "jwks.key_use_mismatch");
    add("a secret for RSA", *Jwk::parse(oct(16)), oaep, "key.unsupported");
    add("RSA for a wrap", *Jwk::parse(rsa().write_private()->reveal_text()), wrap, "key.unsupported");
    add("agreement", *Jwk::parse(pair), agree, "ok");
    add("a curve of signatures", generated(crypto::KeyKind::okp, Curve::ed25519), agree, "key.unsupported");
    add("secp256k1", generated(crypto::KeyKind::ec, Curve::secp256k1), agree, "key.unsupported");
    add("a public half", *Jwk::parse(*key_for(agree).write_public()), agree, "key.unsupported");
    add("a password", *Jwk::parse(oct(8)), password, "ok");
    add("a short password", *Jwk::parse(oct(7)), password, "secret.too_short");
    for (const Row& row : rows) {
        const auto bound = DecryptionKey::bind(row.jwk, row.bound);
        EXPECT_EQ(bound.ok() ? "ok" : bound.error().label(), row.refused) << row.name;
    }
    // And none of them signs: X25519 and X448 have no row, and a key for encryption is refused there.
    EXPECT_FALSE(Key::bind(generated(crypto::KeyKind::okp, Curve::x25519), Alg::eddsa_ed25519).ok());
    EXPECT_FALSE(Key::bind(with(oct(32), R"("use":"enc")"), Alg::hs256).ok());
}

class Changed : public testing::Test {
  protected:
    /// The token with another header, which the tag does not fit.
    std::string with_header(std::string_view json) const {
        return base64url(bytes_of(json)) + good.substr(good.find('.'));
    }
    const Encryption with{KeyAlg::a128kw, Enc::a128gcm};
    const Pair pair = pair_of(*Jwk::parse(oct(16)), with);
    const std::string good = sealed(pair.to);
};

TEST_F(Changed, TOK_28_headers) {
    const std::pair<std::string_view, std::string_view> table[]{
        {R"({"alg":"A128KW","enc":"A128GCM","x":1})", "jwe.decrypt_failed"},    // the twin of all that follow
        {R"({"alg":"A128KW","enc":"A128GCM","zip":"DEF"})", "jwe.zip_refused"},
        {R"({"alg":"A128KW","enc":"A128GCM","zip":"x"})", "jwe.zip_refused"},
        {R"({"alg":"A128KW","enc":"A128GCM","crit":["x"],"x":1})", "token.crit_unknown"},
        {R"({"alg":"A128KW","enc":"A128GCM","crit":[]})", "token.crit_unknown"},
        {R"({"alg":"RSA1_5","enc":"A128GCM"})", "jwe.alg_refused"},
        {R"({"alg":"none","enc":"A128GCM"})", "jwe.alg_refused"},
        {R"({"alg":"a128kw","enc":"A128GCM"})", "jwe.alg_refused"},
        {R"({"alg":"A256KW","enc":"A128GCM"})", "jwe.alg_refused"},
        {R"({"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":1000,"p2s":"AAAAAAAAAAA"})", "jwe.alg_refused"},
        {R"({"alg":"A128KW","enc":"A256GCM"})", "jwe.enc_refused"},
        {R"({"alg":"A128KW","enc":"none"})", "jwe.enc_refused"},
        {R"({"alg":"A128KW","enc":"A128GCM","kid":"other"})", "token.kid_unknown"},
        {R"({"alg":"A128KW","enc":"A128GCM","alg":"A128KW"})", "jwe.header_malformed"},
        {R"({"alg":"A128KW"})", "jwe.header_malformed"},
        {R"({"enc":"A128GCM"})", "jwe.header_malformed"},
        {R"({"alg":1,"enc":"A128GCM"})", "jwe.header_malformed"},
        {R"({"alg":"A128KW","enc":["A128GCM"]})", "jwe.header_malformed"},
        {R"({"alg":"A128KW","enc":"A128GCM","epk":{"kty":"EC"}})", "jwe.header_malformed"},
        {R"({"alg":"A128KW","enc":"A128GCM","epk":"x"})", "jwe.header_malformed"},
        {R"({"alg":"A128KW","enc":"A128GCM","apu":"QQ"})", "jwe.header_malformed"},
        {R"({"alg":"A128KW","enc":"A128GCM","apu":"Q"})", "jwe.header_malformed"},
        {R"({"alg":"A128KW","enc":"A128GCM","iv":"AAAAAAAAAAAAAAAA"})", "jwe.header_malformed"},
        {R"({"alg":"A128KW","enc":"A128GCM","p2c":1000})", "jwe.header_malformed"},
        {R"([])", "jwe.header_malformed"},
        {R"({"alg":"A128KW","enc":"A128GCM"} )"
         "x",
         "jwe.header_malformed"},
    };
    for (const auto& [header, refused] : table)
        EXPECT_EQ(label(pair.from.decrypt(with_header(header))), refused) << header;
}

TEST_F(Changed, parts) {
    std::vector<std::string> parts;
    for (std::size_t at = 0, dot = 0; dot != std::string::npos; at = dot + 1) {
        dot = good.find('.', at);
        parts.push_back(good.substr(at, dot == std::string::npos ? dot : dot - at));
    }
    ASSERT_EQ(parts.size(), 5U);
    const auto joined = [](const std::vector<std::string>& of) {
        std::string out = of[0];
        for (std::size_t i = 1; i < of.size(); ++i) out += "." + of[i];
        return out;
    };
    const auto with_part = [&](std::size_t i, const std::string& text) {
        std::vector<std::string> changed = parts;
        changed[i] = text;
        return joined(changed);
    };
    EXPECT_EQ(label(pair.from.decrypt(joined(parts))), "ok");
    const std::pair<std::string, std::string_view> table[]{
        {"", "token.missing"},
        {"x", "jwe.malformed"},
        {good + ".", "jwe.malformed"},
        {good.substr(0, good.rfind('.')), "jwe.malformed"},
        {with_part(1, ""), "jwe.malformed"},                // an encrypted key is wanted
        {with_part(1, parts[1] + "="), "jwe.malformed"},    // padding
        {with_part(1, parts[1].substr(4)), "jwe.decrypt_failed"},
        {with_part(2, ""), "jwe.decrypt_failed"},    // iv
        {with_part(2, parts[2] + "AAAA"), "jwe.decrypt_failed"},
        {with_part(3, ""), "jwe.decrypt_failed"},
        {with_part(4, ""), "jwe.decrypt_failed"},                        // no tag
        {with_part(4, parts[4].substr(0, 16)), "jwe.decrypt_failed"},    // a part of the tag
        {with_part(4, "+" + parts[4].substr(1)), "jwe.malformed"},
        {std::string(max_token_size + 1, '.'), "token.too_large"},
    };
    for (const auto& [token, refused] : table)
        EXPECT_EQ(label(pair.from.decrypt(token)), refused) << token.substr(0, 80);
}

TEST(Jwe, TOK_30_every_flipped_bit_is_refused_and_after_the_header_for_one_reason) {
    for (const Encryption with :
         {Encryption{KeyAlg::dir, Enc::a128gcm}, Encryption{KeyAlg::a128kw, Enc::a128cbc_hs256},
          Encryption{KeyAlg::rsa_oaep_256, Enc::a256gcm}, Encryption{KeyAlg::ecdh_es_a128kw, Enc::a256cbc_hs512},
          Encryption{KeyAlg::a256gcmkw, Enc::a192gcm}}) {
        const Pair pair = pair_of(key_for(with), with);
        const std::string good = sealed(pair.to);
        const std::size_t header = good.find('.');
        std::size_t part = header + 1;
        for (std::size_t i = 0; i < good.size(); ++i) {
            if (good[i] == '.') {
                part = i + 1;
                continue;
            }
            // The whole part decoded, one bit of it changed, and written again.
            const std::size_t begin = i < header ? 0 : part, end = std::min(good.find('.', i), good.size());
            Bytes raw = *parse_base64url(std::string_view{good}.substr(begin, end - begin));
            const std::size_t byte = (i - begin) * 3 / 4;
            if (byte >= raw.size()) continue;
            raw[byte] ^= static_cast<std::byte>(1U << (i % 8));
            const std::string changed = good.substr(0, begin) + base64url(raw) + good.substr(end);
            const auto refused = pair.from.decrypt(changed);
            ASSERT_FALSE(refused.ok()) << row_of(with.alg).name << " " << i;
            if (i > header) EXPECT_EQ(label(refused), "jwe.decrypt_failed") << row_of(with.alg).name << " " << i;
            EXPECT_EQ(&refused.error().face(), &face_of(Public::unauthorized));
        }
    }
}

TEST(Jwe, TOK_29_a_sender_key_is_a_point_of_our_curve) {
    const std::pair<Curve, std::pair<std::string_view, std::string_view>> table[]{
        {Curve::p256,
         {R"({"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"})",
          "off the curve"}},
        {Curve::p256,
         {R"({"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})",
          "zeros"}},
        {Curve::p256, {R"({"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"})", "short numbers"}},
        {Curve::x25519,
         {R"({"kty":"OKP","crv":"X25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})", "order 1"}},
        {Curve::x25519,
         {R"({"kty":"OKP","crv":"X25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})", "order 4"}},
        {Curve::x25519,
         {R"({"kty":"OKP","crv":"X25519","x":"4Ot6fDtBuK4WVuP68Z_EatoJjeucMrH9hmIFFl9JuAA"})", "order 8"}},
        {Curve::x25519,
         {R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})", "a key of signatures"}},
        {Curve::x448,
         {R"({"kty":"OKP","crv":"X448","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})",
          "zeros of X448"}},
        {Curve::p256, {R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"})", "a secret"}},
        {Curve::p256, {R"({})", "nothing"}},
    };
    for (const auto& [curve, row] : table) {
        const Encryption with{KeyAlg::ecdh_es, Enc::a128gcm};
        const Pair pair = pair_of(key_for(with, curve), with);
        const std::string header = R"({"alg":"ECDH-ES","enc":"A128GCM","epk":)" + std::string{row.first} + "}";
        const std::string rest = ".." + base64url(Bytes(12)) + ".AAAA." + base64url(Bytes(16));
        EXPECT_EQ(label(pair.from.decrypt(base64url(bytes_of(header)) + rest)), "jwe.key_refused") << row.second;
        // Its twin has a key of the curve, and fails only because the tag is none.
        const std::string twin =
            R"({"alg":"ECDH-ES","enc":"A128GCM","epk":)" + *key_for(with, curve).write_public() + "}";
        EXPECT_EQ(label(pair.from.decrypt(base64url(bytes_of(twin)) + rest)), "jwe.decrypt_failed") << row.second;
        // A private key has no business there, whatever its public half is.
        const std::string leaked = R"({"alg":"ECDH-ES","enc":"A128GCM","epk":)" +
                                   std::string{key_for(with, curve).write_private()->reveal_text()} + "}";
        EXPECT_EQ(label(pair.from.decrypt(base64url(bytes_of(leaked)) + rest)), "jwe.key_refused") << row.second;
    }
}

TEST(Jwe, TOK_28_the_rounds_of_a_password_are_bounded_before_they_are_done) {
    const Encryption with{KeyAlg::pbes2_hs256_a128kw, Enc::a128gcm};
    const Pair pair = pair_of(key_for(with), with);
    const auto token = [&](std::string_view rounds, std::string_view salt = "AAAAAAAAAAA") {
        const std::string header = R"({"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2s":")" + std::string{salt} +
                                   R"(","p2c":)" + std::string{rounds} + "}";
        return base64url(bytes_of(header)) + "." + base64url(Bytes(24)) + "." + base64url(Bytes(12)) + ".AAAA." +
               base64url(Bytes(16));
    };
    for (const std::string_view few : {"1000", "4096"})
        EXPECT_EQ(label(pair.from.decrypt(token(few))), "jwe.decrypt_failed") << few;
    for (const std::string_view bad :
         {"999", "0", "-1", "1200001", "2147483647", "99999999999999999999", "1e3", "1000.0", "\"1000\"", "null"})
        EXPECT_EQ(label(pair.from.decrypt(token(bad))), "jwe.password_rounds") << bad;
    EXPECT_EQ(label(pair.from.decrypt(token("1000", "AAAAAAAAAA"))), "jwe.header_malformed") << "a salt of 7 bytes";
}

TEST(Jwe, keys_that_a_header_does_not_tell_apart_are_refused) {
    const Encryption with{KeyAlg::a128kw, Enc::a128gcm};
    const auto key = [&](std::string kid) {
        Jwk jwk = *Jwk::parse(oct(16));
        jwk.kid = std::move(kid);
        return *DecryptionKey::bind(jwk, with);
    };
    const auto made = [&](std::string one, std::string two) {
        std::vector<DecryptionKey> keys;
        keys.push_back(key(std::move(one)));
        keys.push_back(key(std::move(two)));
        return Decrypter::make(std::move(keys));
    };
    EXPECT_EQ(made("a", "a").error().label(), "policy.invalid");
    EXPECT_EQ(Decrypter::make({}).error().label(), "policy.invalid");
    const Decrypter both = *made("a", "b");
    const Pair nameless = pair_of(*Jwk::parse(oct(16)), with);
    EXPECT_EQ(label(both.decrypt(sealed(nameless.to))), "token.key_ambiguous");
}

class Nested : public testing::Test {
  protected:
    std::string wrapped(std::string_view inner, std::string_view cty = "JWT") const {
        return sealed(pair.to, inner, {.typ = {}, .cty = cty});
    }
    std::string_view said(const std::string& token) const {
        return label(verify_nested(pair.from, verifier, token, at(test_now)));
    }
    const Encryption with{KeyAlg::ecdh_es, Enc::a256gcm};
    const Pair pair = pair_of(key_for(with), with);
    const Rig rig;
    const Verifier verifier = rig.verifier();
};

TEST_F(Nested, the_inner_token_is_verified_like_any_other) {
    const auto verified = verify_nested(pair.from, verifier, wrapped(rig.good()), at(test_now));
    ASSERT_TRUE(verified.ok()) << verified.error().detail();
    EXPECT_EQ(verified->subject(), "user-a");
    const std::string unsigned_claims =
        base64url(bytes_of(R"({"alg":"none"})")) + "." + base64url(bytes_of(Rig::claims())) + ".";
    const std::pair<std::string, std::string_view> table[]{
        {wrapped(rig.good(), "application/jwt"), "ok"},
        {wrapped(rig.good(), "json"), "token.typ_mismatch"},
        {wrapped(rig.good(), ""), "token.typ_mismatch"},
        {wrapped(Rig::claims()), "token.malformed"},    // claims without a signature
        {wrapped(unsigned_claims), "token.alg_none"},
        {wrapped(Rig{}.good()), "token.secret_mismatch"},
        {wrapped(wrapped(rig.good())), "token.opaque_access_token"},    // depth one
        {wrapped(rig.sign(rig.header(), swapped(Rig::claims(), "https://api.test", "https://b.test"))),
         "token.aud_mismatch"},
        {wrapped(""), "token.missing"},
        {rig.good(), "jwe.malformed"},    // not encrypted at all
    };
    for (const auto& [token, expected] : table) EXPECT_EQ(said(token), expected);
    EXPECT_EQ(label(verify_nested(pair.from, verifier, wrapped(rig.good()), at(test_now + 601))), "token.expired");
}

TEST_F(Nested, TOK_31_every_refusal_has_one_face_and_holds_nothing) {
    for (const std::string& token :
         {wrapped(Rig::claims()), wrapped(rig.good(), "x"), rig.good(), wrapped(Rig{}.good())}) {
        const auto refused = verify_nested(pair.from, verifier, token, at(test_now));
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(&refused.error().face(), &face_of(Public::unauthorized));
        EXPECT_FALSE(refused.error().detail().contains("user-a"));
    }
}

}    // namespace
}    // namespace countersign::jose

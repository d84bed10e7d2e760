#include <map>
#include <thread>

#include "crypto/asymmetric.hpp"
#include "crypto/ecdsa_form.hpp"
#include "crypto/mac_key.hpp"

namespace countersign::crypto {
namespace {

struct Kind {
    std::string_view name;
    KeyKind kind;
    Curve curve;
    std::vector<SignatureMethod> methods;
};

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all{
        {"RSA",
         KeyKind::rsa,
         Curve::none,
         {{Scheme::rsa_pkcs1, Hash::sha256},
          {Scheme::rsa_pkcs1, Hash::sha384},
          {Scheme::rsa_pkcs1, Hash::sha512},
          {Scheme::rsa_pss, Hash::sha256},
          {Scheme::rsa_pss, Hash::sha384},
          {Scheme::rsa_pss, Hash::sha512}}},
        {"P-256", KeyKind::ec, Curve::p256, {{Scheme::ecdsa, Hash::sha256}}},
        {"P-384", KeyKind::ec, Curve::p384, {{Scheme::ecdsa, Hash::sha384}}},
        {"P-521", KeyKind::ec, Curve::p521, {{Scheme::ecdsa, Hash::sha512}}},
        {"secp256k1", KeyKind::ec, Curve::secp256k1, {{Scheme::ecdsa, Hash::sha256}}},
        {"Ed25519", KeyKind::okp, Curve::ed25519, {{Scheme::eddsa, Hash::none}}},
        {"Ed448", KeyKind::okp, Curve::ed448, {{Scheme::eddsa, Hash::none}}},
    };
    return all;
}

const PrivateKey& key_of(const Kind& kind) {
    static std::map<std::string_view, PrivateKey> keys;
    const auto found = keys.find(kind.name);
    if (found != keys.end()) return found->second;
    return keys.emplace(kind.name, *PrivateKey::generate(kind.kind, kind.curve)).first->second;
}

TEST(Signature, round_trip_and_one_flipped_bit_anywhere_is_refused) {
    const std::string message = "header.payload", other = "header.paylobd";
    for (const Kind& kind : kinds()) {
        const PrivateKey& key = key_of(kind);
        const PublicKey half = key.public_key();
        for (const SignatureMethod method : kind.methods) {
            Bytes signature = *key.sign(method, bytes_of(message));
            ASSERT_EQ(signature.size(), half.signature_size()) << kind.name;
            EXPECT_EQ(half.verify(method, bytes_of(message), signature), SignatureCheck::match) << kind.name;
            EXPECT_EQ(half.verify(method, bytes_of(other), signature), SignatureCheck::mismatch) << kind.name;
            for (std::size_t i = 0; i < signature.size(); i += 7) {
                signature[i] ^= std::byte{1};
                EXPECT_EQ(half.verify(method, bytes_of(message), signature), SignatureCheck::mismatch)
                    << kind.name << i;
                signature[i] ^= std::byte{1};
            }
            for (const std::size_t size : {std::size_t{0}, signature.size() - 1}) {
                EXPECT_EQ(half.verify(method, bytes_of(message), std::span{signature}.first(size)),
                          SignatureCheck::mismatch);
            }
            Bytes longer = signature;
            longer.push_back(std::byte{0});
            EXPECT_EQ(half.verify(method, bytes_of(message), longer), SignatureCheck::mismatch);
        }
    }
}

TEST(Signature, a_signature_of_one_method_is_none_of_another) {
    for (const Kind& kind : kinds()) {
        const PrivateKey& key = key_of(kind);
        const PublicKey half = key.public_key();
        const Bytes signature = *key.sign(kind.methods.front(), bytes_of("m"));
        for (const Scheme scheme : {Scheme::hmac, Scheme::rsa_pkcs1, Scheme::rsa_pss, Scheme::ecdsa, Scheme::eddsa}) {
            for (const Hash hash : {Hash::none, Hash::sha256, Hash::sha384, Hash::sha512}) {
                const SignatureMethod method{scheme, hash};
                const bool same = method == kind.methods.front();
                EXPECT_EQ(half.verify(method, bytes_of("m"), signature) == SignatureCheck::match, same) << kind.name;
            }
        }
    }
}

TEST(Signature, keys_survive_every_form_they_are_written_in) {
    for (const Kind& kind : kinds()) {
        const PrivateKey& key = key_of(kind);
        const PublicKey half = key.public_key();
        const Bytes signature = *key.sign(kind.methods.front(), bytes_of("m"));
        for (const Encoding encoding : {Encoding::pem, Encoding::der}) {
            const Bytes text = half.write(encoding);
            const auto again = PublicKey::parse(text);
            ASSERT_TRUE(again.ok()) << kind.name;
            EXPECT_EQ(again->verify(kind.methods.front(), bytes_of("m"), signature), SignatureCheck::match);
            Bytes trailing = text;
            trailing.push_back(std::byte{'x'});
            EXPECT_FALSE(PublicKey::parse(trailing).ok()) << kind.name;
            EXPECT_FALSE(PrivateKey::parse(text).ok()) << kind.name;
            for (const PrivateForm form : {PrivateForm::pkcs8, PrivateForm::traditional}) {
                const auto written = key.write(encoding, form);
                if (kind.kind == KeyKind::okp && form == PrivateForm::traditional) {
                    EXPECT_EQ(written.error().code(), Code::key_unsupported);
                    continue;
                }
                ASSERT_TRUE(written.ok()) << kind.name;
                const auto read = PrivateKey::parse(written->reveal());
                ASSERT_TRUE(read.ok()) << kind.name << read.error().detail();
                EXPECT_EQ(text_of(read->parts().x), text_of(key.parts().x));
                EXPECT_TRUE(read->secrets().d.equals(key.secrets().d)) << kind.name;
                EXPECT_EQ(PublicKey::parse(written->reveal()).error().code(), Code::key_private_in_public_set);
            }
        }
    }
}

TEST(Signature, TOK_05_TOK_25_weak_or_misplaced_public_keys_are_refused_when_loaded) {
    const PublicParts rsa{key_of(kinds()[0]).parts()}, ec{key_of(kinds()[1]).parts()};
    const PublicParts ed{key_of(kinds()[5]).parts()}, ed448{key_of(kinds()[6]).parts()};
    const auto with = [](PublicParts parts, auto change) {
        change(parts);
        return parts;
    };
    const auto small = *parse_hex("0100000000000000000000000000000000000000000000000000000000000000");
    struct Case {
        std::string_view name;
        PublicParts parts;
        std::optional<Code> refused;
    };
    const Case table[]{
        {"RSA as generated", rsa, std::nullopt},
        {"RSA of 2040 bits", with(rsa, [](auto& p) { p.n.pop_back(), p.n.back() |= std::byte{1}; }), Code::key_weak},
        {"even modulus", with(rsa, [](auto& p) { p.n.back() &= std::byte{0xFE}; }), Code::key_weak},
        {"exponent 1", with(rsa, [](auto& p) { p.e = {std::byte{1}}; }), Code::key_weak},
        {"exponent 3", with(rsa, [](auto& p) { p.e = {std::byte{3}}; }), Code::key_weak},
        {"exponent 65538", with(rsa, [](auto& p) { p.e.back() = std::byte{2}; }), Code::key_weak},
        {"leading zero", with(rsa, [](auto& p) { p.n.insert(p.n.begin(), std::byte{0}); }), Code::key_malformed},
        {"point as generated", ec, std::nullopt},
        {"point off the curve", with(ec, [](auto& p) { p.y.back() ^= std::byte{1}; }), Code::key_malformed},
        {"short coordinate", with(ec, [](auto& p) { p.x.pop_back(); }), Code::key_malformed},
        {"point of another curve", with(ec, [](auto& p) { p.curve = Curve::secp256k1; }), Code::key_malformed},
        {"curve of another kind", with(ec, [](auto& p) { p.curve = Curve::ed25519; }), Code::key_unsupported},
        {"Ed25519 as generated", ed, std::nullopt},
        {"Ed25519 identity", with(ed, [&](auto& p) { p.x = small; }), Code::key_weak},
        {"Ed25519 zero", with(ed, [](auto& p) { p.x.assign(32, std::byte{0}); }), Code::key_weak},
        {"Ed25519 short", with(ed, [](auto& p) { p.x.pop_back(); }), Code::key_malformed},
        {"Ed448 as generated", ed448, std::nullopt},
        {"Ed448 identity", with(ed448, [](auto& p) { p.x.assign(57, std::byte{0}), p.x[0] = std::byte{1}; }),
         Code::key_weak},
        {"Ed448 order 4", with(ed448, [](auto& p) { p.x.assign(57, std::byte{0}); }), Code::key_weak},
        {"Ed448 not canonical", with(ed448, [](auto& p) { p.x.assign(57, std::byte{0xFF}), p.x[56] = std::byte{0}; }),
         Code::key_malformed},
    };
    for (const auto& [name, parts, refused] : table) {
        const auto made = PublicKey::make(parts);
        ASSERT_EQ(made.ok(), !refused) << name;
        if (refused) EXPECT_EQ(made.error().code(), *refused) << name;
    }
    // y = 2 is on Ed448 or y = 3 is not: both kinds of points exist, and only one kind loads.
    int loaded = 0;
    for (unsigned y = 2; y < 40; ++y) {
        PublicParts parts = ed448;
        parts.x.assign(57, std::byte{0});
        parts.x[0] = static_cast<std::byte>(y);
        loaded += PublicKey::make(std::move(parts)).ok() ? 1 : 0;
    }
    EXPECT_TRUE(loaded > 5 && loaded < 33) << loaded;
}

TEST(Signature, halves_of_two_keys_make_no_pair) {
    for (const Kind& kind : kinds()) {
        const PrivateKey& key = key_of(kind);
        const PrivateKey other = *PrivateKey::generate(kind.kind, kind.curve);
        const auto copy = [](const PrivateParts& from) {
            return PrivateParts{from.d.clone(),  from.p.clone(),  from.q.clone(),
                                from.dp.clone(), from.dq.clone(), from.qi.clone()};
        };
        EXPECT_TRUE(PrivateKey::make(key.parts(), copy(key.secrets())).ok()) << kind.name;
        EXPECT_FALSE(PrivateKey::make(key.parts(), copy(other.secrets())).ok()) << kind.name;
    }
}

TEST(Signature, TOK_24_r_and_s_are_in_range_and_DER_is_the_same_number) {
    const std::string n = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    const std::string n_less_1 = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";
    const std::string zero(64, '0'), one = std::string(63, '0') + "1", all(64, 'f');
    struct Case {
        std::string raw;
        bool good;
    };
    const Case table[]{{one + one, true}, {one + n_less_1, true},   {n_less_1 + one, true}, {one + n, false},
                       {n + one, false},  {zero + one, false},      {one + zero, false},    {all + one, false},
                       {one, false},      {one + one + "00", false}};
    for (const auto& [raw, good] : table) {
        const auto der = to_der(Curve::p256, *parse_hex(raw));
        ASSERT_EQ(der.has_value(), good) << raw;
        if (der) EXPECT_EQ(hex(*to_raw(Curve::p256, std::span{der->bytes}.first(der->size))), raw);
    }
    const std::string big = "01" + std::string(130, 'f');
    EXPECT_FALSE(to_der(Curve::p521, *parse_hex(big + big)).has_value());
    EXPECT_FALSE(to_der(Curve::ed25519, *parse_hex(one + one)).has_value());
}

TEST(MacKey, RFC4231_cases_for_each_hash) {
    const MacKey small{Hash::sha256, bytes_of("Jefe")}, middle{Hash::sha384, bytes_of("Jefe")},
        large{Hash::sha512, bytes_of("Jefe")};
    const auto text = bytes_of("what do ya want for nothing?");
    EXPECT_EQ(hex(small.mac(text).span()), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(middle.mac(text).span()),
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
    EXPECT_EQ(
        hex(large.mac(text).span()),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a"
        "6b4b636e070a38bce737");
    const MacKey::Mac mac = large.mac(text);
    EXPECT_EQ(large.verify(text, mac.span()), SignatureCheck::match);
    EXPECT_EQ(large.verify(text, mac.span().first(32)), SignatureCheck::mismatch);
    EXPECT_EQ(large.verify(text, {}), SignatureCheck::mismatch);
    EXPECT_EQ(middle.verify(text, mac.span()), SignatureCheck::mismatch);
}

TEST(Signature, one_key_serves_several_threads) {
    const Kind& kind = kinds()[1];
    const PublicKey half = key_of(kind).public_key();
    const Bytes signature = *key_of(kind).sign(kind.methods.front(), bytes_of("m"));
    std::atomic<int> matched{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 20; ++k) {
                matched += half.verify(kind.methods.front(), bytes_of("m"), signature) == SignatureCheck::match ? 1 : 0;
            }
        });
    }
    threads.clear();
    EXPECT_EQ(matched, 80);
}

}    // namespace
}    // namespace countersign::crypto

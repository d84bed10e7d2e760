#include <set>

#include "unit/jose/rig.hpp"

namespace countersign::jose {
namespace {

const Rig& ec() {
    static const Rig one{Alg::es256, "ec"};
    return one;
}
const Rig& rsa() {
    static const Rig one{Alg::rs256, "rsa"};
    return one;
}
const Rig& hs() {
    static const Rig one{Alg::hs256, "hs"};
    return one;
}
std::string half(const Rig& rig) { return *rig.jwk().write_public(); }
std::string whole(const Rig& rig) { return std::string{rig.jwk().write_private()->reveal_text()}; }
std::string open_key(const Rig& rig) { return swapped(half(rig), R"("alg":")" + rig.jwk().alg + "\",", ""); }
std::string set_of(std::initializer_list<std::string> keys) {
    std::string out = R"({"keys":[)";
    for (const std::string& key : keys) out += key + ",";
    out.back() = ']';
    return out + "}";
}

TEST(Jwk, is_written_and_read_again_for_every_algorithm) {
    SystemRandom random;
    for (const Algorithm& row : algorithms) {
        const auto made = Jwk::generate(row.id, random);
        ASSERT_TRUE(made.ok()) << row.name;
        const auto secret = made->write_private();
        const auto again = Jwk::parse(secret->reveal_text());
        ASSERT_TRUE(again.ok()) << row.name << again.error().detail();
        EXPECT_EQ(again->thumbprint(), made->thumbprint());
        EXPECT_EQ(again->kid, made->kid);
        EXPECT_TRUE(SigningKey::bind(*again, row.id).ok()) << row.name;
        if (row.kty == Kty::oct) {
            EXPECT_EQ(made->write_public().error().code(), Code::key_unsupported);
            EXPECT_NE(made->kid, made->thumbprint());
            continue;
        }
        const std::string text = *made->write_public();
        for (const auto& [name, value] : *json::parse(text)->as_object()) {    // KEY-12
            EXPECT_TRUE((std::set<std::string>{"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"}.contains(name)))
                << name;
        }
        const auto read = Jwk::parse(text);
        EXPECT_EQ(read->write_private().error().code(), Code::key_unsupported);
        EXPECT_TRUE(Key::bind(*read, row.id).ok()) << row.name;
        EXPECT_EQ(SigningKey::bind(*read, row.id).error().code(), Code::key_unsupported);
    }
}

TEST(Jwk, TOK_03_one_key_serves_one_algorithm) {
    SystemRandom random;
    for (const Algorithm& row : algorithms) {
        const Jwk made = *Jwk::generate(row.id, random);
        for (const Algorithm& other : algorithms)
            EXPECT_EQ(Key::bind(made, other.id).ok(), row.name == other.name && row.curve == other.curve);
    }
}

TEST(Jwk, TOK_04_a_random_secret_may_begin_with_a_brace) {
    const std::string random =
        "\x7B\x9F\x03\xE1\x55\x8A\x17\xC4\x2D\xB0\x66\xF9\x0B\x91\x3C\xD7\x48\xAE\x12\x85\xFB\x60\x29\x9D\x74\xC8\x01"
        "\xE6\x5A\xB3\x1F\x8E";
    EXPECT_TRUE(Jwk::parse(R"({"kty":"oct","k":")" + base64url(bytes_of(random)) + R"("})").ok());
}

TEST(Jwk, TOK_04_TOK_05_what_is_refused_when_it_is_read) {
    struct Case {
        std::string_view name;
        std::string text;
        std::optional<Code> refused;
    };
    const auto oct = [](std::string_view bytes) {
        return R"({"kty":"oct","k":")" + base64url(bytes_of(bytes)) + "\"}";
    };
    const std::string pem{
        text_of(std::get<crypto::PrivateKey>(ec().jwk().material).public_key().write(crypto::Encoding::pem))};
    const std::string der{
        text_of(std::get<crypto::PrivateKey>(rsa().jwk().material).public_key().write(crypto::Encoding::der))};
    const Case table[]{
        {"a public key", half(ec()), std::nullopt},
        {"no kty", swapped(half(ec()), "\"kty\":\"EC\",", ""), Code::key_unsupported},
        {"another kty", swapped(half(ec()), "\"EC\"", "\"OKP\""), Code::key_unsupported},
        {"another curve", swapped(half(ec()), "P-256", "P-384"), Code::key_malformed},
        {"a curve that there is not", R"({"kty":"OKP","crv":"X255","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
         Code::key_unsupported},
        {"a curve of another kty",
         R"({"kty":"EC","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","y":"AA"})",
         Code::key_unsupported},
        {"a point of small order on a curve of key agreement",
         R"({"kty":"OKP","crv":"X25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})", Code::key_weak},
        {"no x", swapped(half(ec()), "\"x\"", "\"X\""), Code::key_malformed},
        {"x as a number", R"({"kty":"EC","crv":"P-256","x":1,"y":"AA"})", Code::key_malformed},
        {"a member twice", swapped(half(ec()), "{", "{\"kid\":\"a\","), Code::key_malformed},
        {"padding", swapped(half(rsa()), "AQAB", "AQAB===="), Code::key_malformed},
        {"exponent 3", swapped(half(rsa()), "AQAB", "Aw"), Code::key_weak},
        {"a leading zero", swapped(half(rsa()), "AQAB", "AAEAAQ"), Code::key_malformed},
        {"key_ops twice", swapped(half(ec()), "{", R"({"key_ops":["verify","verify"],)"), Code::key_malformed},
        {"kid with a line end", swapped(half(ec()), "\"ec\"", "\"e\\nc\""), Code::key_malformed},
        {"kid over 256 bytes", swapped(half(ec()), "\"ec\"", '"' + std::string(257, 'k') + '"'), Code::key_malformed},
        {"kid of 256 bytes", swapped(half(ec()), "\"ec\"", '"' + std::string(256, 'k') + '"'), std::nullopt},
        {"random secret",
         oct("\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b"
             "\xac\x03\x1c\xae\x7f\x60"),
         std::nullopt},
        {"a sample secret", oct("your-256-bit-secret-of-32-bytes!"), Code::secret_default_value},
        {"one byte as a secret", oct(std::string(64, 'a')), Code::secret_default_value},
        {"bytes in order as a secret",
         oct("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
             "\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x20"),
         Code::secret_default_value},
        {"PEM as a secret", oct(pem), Code::key_secret_looks_public},
        {"PEM behind blanks", oct(" \n" + pem), Code::key_secret_looks_public},
        {"DER as a secret", oct(der), Code::key_secret_looks_public},
        {"JWK as a secret", oct(half(ec())), Code::key_secret_looks_public},
        {"SSH as a secret", oct("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"), Code::key_secret_looks_public},
        {"an empty secret", R"({"kty":"oct","k":""})", Code::key_malformed},
        {"no secret", R"({"kty":"oct"})", Code::key_malformed},
        {"not an object", "[]", Code::key_malformed},
        {"not JSON", "{", Code::key_malformed},
    };
    for (const auto& [name, text, refused] : table) {
        const auto read = Jwk::parse(text);
        ASSERT_EQ(read.ok(), !refused) << name << (read.ok() ? "" : read.error().detail());
        if (refused) EXPECT_EQ(read.error().label(), cause_of(*refused).label) << name;
    }
}

TEST(Jwk, TOK_05_secrets_are_as_long_as_their_hash) {
    for (const auto& [alg, bytes] : {std::pair{Alg::hs256, 32}, {Alg::hs384, 48}, {Alg::hs512, 64}}) {
        for (const int missing : {0, 1}) {
            SystemRandom random;
            Bytes secret(static_cast<std::size_t>(bytes - missing));
            random.fill(secret);
            const auto key = Key::bind(*Jwk::parse(R"({"kty":"oct","k":")" + base64url(secret) + "\"}"), alg);
            ASSERT_EQ(key.ok(), missing == 0);
            if (!key.ok()) EXPECT_EQ(key.error().code(), Code::secret_too_short);
        }
    }
}

TEST(KeySet, which_sets_load) {
    struct Case {
        std::string_view name;
        std::string text;
        Algorithms permitted;
        std::optional<Code> refused;
        std::size_t keys = 0, passed_over = 0;
    };
    const Algorithms both{Alg::es256, Alg::rs256}, secret{Alg::hs256};
    const std::string weak = swapped(swapped(half(rsa()), "AQAB", "Aw"), "\"rsa\"", "\"weak\"");
    const Case table[]{
        {"two kinds", set_of({half(ec()), half(rsa())}), both, std::nullopt, 2, 0},
        {"one key alone", half(ec()), both, std::nullopt, 1, 0},
        {"TOK-05 a weak key is passed over", set_of({half(ec()), weak}), both, std::nullopt, 1, 1},
        {"TOK-05 nothing but a weak key", set_of({weak}), both, Code::key_weak},
        {"TOK-01 a key of no permitted algorithm", set_of({half(ec()), half(rsa())}), {Alg::es256}, std::nullopt, 1, 1},
        {"TOK-01 no key of a permitted algorithm",
         set_of({half(ec()), half(rsa())}),
         {Alg::ed25519},
         Code::key_set_unusable},
        {"a key for encryption", set_of({swapped(half(ec()), "sig", "enc")}), both, Code::jwks_key_use_mismatch},
        {"a key for signing only", set_of({swapped(half(ec()), "{", R"({"key_ops":["sign"],)")}), both,
         Code::jwks_key_use_mismatch},
        {"a kid twice", set_of({half(ec()), swapped(half(rsa()), "\"rsa\"", "\"ec\"")}), both, Code::key_kid_duplicate},
        {"a kid twice, once unusable", set_of({half(ec()), swapped(weak, "weak", "ec")}), both,
         Code::key_kid_duplicate},
        {"KEY-12 a private half", set_of({whole(ec())}), both, Code::key_private_in_public_set},
        {"KEY-12 a private half beside", set_of({half(rsa()), whole(ec())}), both, Code::key_private_in_public_set},
        {"TOK-04 a secret beside public keys", set_of({half(ec()), whole(hs())}), both,
         Code::key_private_in_public_set},
        {"TOK-04 public keys beside a secret", set_of({half(ec()), whole(hs())}), secret,
         Code::key_private_in_public_set},
        {"secrets alone", set_of({whole(hs())}), secret, std::nullopt, 1, 0},
        {"TOK-04 a secret for public algorithms", set_of({whole(hs())}), both, Code::key_private_in_public_set},
        {"TOK-03 open, one choice", set_of({open_key(rsa())}), {Alg::rs256}, std::nullopt, 1, 0},
        {"TOK-03 open, two choices", set_of({open_key(rsa())}), {Alg::rs256, Alg::ps256}, Code::key_alg_ambiguous},
        {"no keys", R"({"keys":[]})", both, Code::key_set_unusable},
        {"keys as an object", R"({"keys":{}})", both, Code::key_malformed},
        {"not JSON", "x", both, Code::key_malformed},
    };
    for (const auto& [name, text, permitted, refused, keys, passed_over] : table) {
        const auto set = KeySet::parse(text, permitted);
        ASSERT_EQ(set.ok(), !refused) << name << (set.ok() ? "" : set.error().detail());
        if (refused) {
            EXPECT_EQ(set.error().label(), cause_of(*refused).label) << name;
            continue;
        }
        EXPECT_EQ(set->keys().size(), keys) << name;
        EXPECT_EQ(set->passed_over().size(), passed_over) << name;
    }
    const auto each =
        KeySet::parse(set_of({open_key(rsa())}), {Alg::rs256, Alg::ps256}, OpenKeys::one_for_each_algorithm);
    ASSERT_TRUE(each.ok());
    EXPECT_EQ(each->keys().size(), 2U);
    EXPECT_EQ(KeySet::parse(std::string(max_key_set_size + 1, ' '), both).error().code(), Code::key_malformed);
}

TEST(KeySet, TOK_09_which_key_a_header_means) {
    const Rig other{Alg::es256, "other"};
    const auto set = KeySet::parse(set_of({half(ec()), half(other), half(rsa())}), {Alg::es256, Alg::rs256});
    ASSERT_TRUE(set.ok());
    struct Case {
        std::string_view alg;
        std::optional<std::string_view> kid;
        std::string_view found;
        std::optional<Code> refused;
    };
    const Case table[]{
        {"ES256", "ec", "ec", std::nullopt},
        {"ES256", "other", "other", std::nullopt},
        {"RS256", std::nullopt, "rsa", std::nullopt},
        {"ES256", std::nullopt, "", Code::token_key_ambiguous},
        {"ES256", "EC", "", Code::token_kid_unknown},
        {"ES256", "", "", Code::token_kid_unknown},
        {"RS256", "ec", "", Code::token_alg_mismatch},
        {"PS256", "rsa", "", Code::token_alg_mismatch},
        {"ES384", std::nullopt, "", Code::token_alg_mismatch},
        {"none", "ec", "", Code::token_alg_none},
        {"NONE", std::nullopt, "", Code::token_alg_none},
        {"", "ec", "", Code::token_alg_unknown},
        {"RSA-OAEP", "rsa", "", Code::token_alg_unknown},
    };
    for (const auto& [alg, kid, found, refused] : table) {
        const auto key = set->select(alg, kid);
        ASSERT_EQ(key.ok(), !refused) << alg;
        if (refused) {
            EXPECT_EQ(key.error().label(), cause_of(*refused).label) << alg << kid.value_or("-");
        } else {
            EXPECT_EQ((*key)->kid(), found);
        }
    }
}

}    // namespace
}    // namespace countersign::jose

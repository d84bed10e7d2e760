#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/password.hpp"
#include "crypto/signed_value.hpp"
#include "crypto/symmetric.hpp"

#include <thread>

namespace countersign::crypto {
namespace {

std::string hex_of(std::span<const std::byte> bytes) { return hex(bytes); }

TEST(Digest, sha256_of_FIPS_180_4) {
    EXPECT_EQ(hex_of(sha256(bytes_of("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_of(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hmac, RFC4231_cases_and_keys_do_not_mix) {
    const HmacKey jefe{bytes_of("Jefe")}, other{bytes_of("other")};
    const std::string_view text = "what do ya want for nothing?";
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(hex_of(jefe.mac(bytes_of(text))), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        EXPECT_NE(other.mac(bytes_of(text)), jefe.mac(bytes_of(text)));
    }
    EXPECT_EQ(jefe.verify(bytes_of(text), jefe.mac(bytes_of(text))), HmacKey::Check::match);
    EXPECT_EQ(jefe.verify(bytes_of(text), other.mac(bytes_of(text))), HmacKey::Check::mismatch);
    EXPECT_EQ(jefe.verify(bytes_of(text), {}), HmacKey::Check::mismatch);
}

TEST(Hkdf, RFC5869_case_1) {
    const Secret key{*parse_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b")};
    const auto salt = *parse_hex("000102030405060708090a0b0c"), info = *parse_hex("f0f1f2f3f4f5f6f7f8f9");
    EXPECT_EQ(hex_of(hkdf_sha256(key, text_of(salt), text_of(info), 42).reveal()),
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(SignedValue, CKY_04_a_value_moved_to_another_name_is_refused) {
    const HmacKey key{bytes_of("trace-secret-0123456789abcdefghijklmnopqrstuv")};
    EXPECT_EQ(sign_value(key, "abc"), "abc.BbyWdh/msqgkKoPkKnogkzb6VsnUBd3Ikd2RDmPnGYo=");
    const std::string bound = sign_value(key, "abc", "session_token");
    EXPECT_EQ(*open_signed_value(key, bound, "session_token"), "abc");
    for (const std::string& bad :
         {bound, std::string{"abc"}, std::string{".x"}, sign_value(key, "abd").replace(2, 1, "c"), std::string{}}) {
        EXPECT_FALSE(open_signed_value(key, bad, "dont_remember").ok()) << bad;
    }
    EXPECT_FALSE(open_signed_value(HmacKey{bytes_of("x")}, bound, "session_token").ok());
}

TEST(Symmetric, KEY_07_KEY_10_versions_open_and_one_flipped_bit_does_not) {
    SystemRandom random;
    Keyring old_keys{Secret::from_text("legacy-secret")};
    const std::string bare = *symmetric_encrypt(old_keys, "hello", random);
    Keyring keys{Secret::from_text("legacy-secret")};
    keys.add_version(2, Secret::from_text("new-secret"));
    keys.add_version(1, Secret::from_text("old-secret"));
    const std::string sealed = *symmetric_encrypt(keys, "hello", random);
    EXPECT_TRUE(sealed.starts_with("$ba$2$"));
    EXPECT_EQ(symmetric_decrypt(keys, sealed)->reveal_text(), "hello");
    EXPECT_EQ(symmetric_decrypt(keys, bare)->reveal_text(), "hello");
    EXPECT_TRUE(symmetric_decrypt(keys, *symmetric_encrypt(keys, "", random))->empty());
    for (std::size_t i = 6; i < sealed.size(); ++i) {
        std::string flipped = sealed;
        flipped[i] = flipped[i] == '0' ? '1' : '0';
        EXPECT_FALSE(symmetric_decrypt(keys, flipped).ok()) << i;
    }
    for (const std::string_view bad : {"", "$ba$", "$ba$3$00", "$ba$x$00", "zz", "00"})
        EXPECT_FALSE(symmetric_decrypt(keys, bad).ok()) << bad;
}

TEST(Ed25519, RFC8032_test_1_and_JWK_round_trip) {
    const Bytes seed = *parse_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    const Bytes pub = *parse_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    const std::string jwk =
        R"({"crv":"Ed25519","d":")" + base64url(seed) + R"(","x":")" + base64url(pub) + R"(","kty":"OKP"})";
    const auto key = Ed25519Key::from_jwk(jwk);
    ASSERT_TRUE(key.ok());
    const Ed25519Signature signature = key->sign({});
    EXPECT_EQ(hex_of(signature),
              "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0"
              "595bbe24655141438e7a100b");
    EXPECT_EQ(verify_ed25519(key->public_key(), {}, signature), SignatureCheck::match);
    EXPECT_EQ(verify_ed25519(key->public_key(), bytes_of("x"), signature), SignatureCheck::mismatch);
    EXPECT_EQ(key->private_jwk().reveal_text(), jwk);
    EXPECT_FALSE(key->public_jwk().contains("\"d\""));
    const std::string other =
        R"({"crv":"Ed25519","d":")" + base64url(pub) + R"(","x":")" + base64url(pub) + R"(","kty":"OKP"})";
    EXPECT_FALSE(Ed25519Key::from_jwk(other).ok());    // x does not belong to d
}

TEST(Password, PWD_05_PWD_08_both_schemes_hash_the_NFKC_form) {
    ASSERT_TRUE(start().ok());
    SystemRandom random;
    for (const auto hash : {hash_argon2id, hash_better_auth_scrypt}) {
        const std::string a = *hash("pässwörd—Ⅷ①", random), b = *hash("pässwörd—Ⅷ①", random);
        EXPECT_NE(a, b);
        EXPECT_EQ(*verify_password(a, "pässwörd—VIII1"), PasswordCheck::match);
        EXPECT_EQ(*verify_password(a, "pässwörd—VIII2"), PasswordCheck::mismatch);
    }
}

TEST(Password, scrypt_is_that_of_Better_Auth) {
    const std::string stored =
        "502180369dadb16a89634f110d281ded:"
        "baea32e14e57e4798d69d791b73be04ffa14ab7be9a5133bfc9c2b951bc48b1698af6e4ade91072232c469e992405b00815465013061ac"
        "b610358ea77adcb616";
    EXPECT_EQ(*verify_password(stored, "correct horse battery"), PasswordCheck::match);
    EXPECT_EQ(*verify_password(stored, "correct horse batterz"), PasswordCheck::mismatch);
}

TEST(Password, PWD_03_length_counts_as_JavaScript_does) {
    EXPECT_EQ(utf16_length("abc"), 3U);
    EXPECT_EQ(utf16_length("é密"), 2U);
    EXPECT_EQ(utf16_length("🔑"), 2U);
}

TEST(Permits, PWD_12_at_most_so_many_at_once_and_a_bounded_queue) {
    HashPermits permits{2, 1};
    std::optional<Permit> a, b;
    a.emplace(*permits.acquire());
    b.emplace(*permits.acquire());
    EXPECT_EQ(permits.in_use(), 2U);
    std::thread waiter{[&] { EXPECT_TRUE(permits.acquire().ok()); }};
    while (permits.waiting() == 0) std::this_thread::yield();
    const auto refused = permits.acquire();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::overload_hash_full);
    a.reset();
    waiter.join();
    b.reset();
    EXPECT_EQ(permits.in_use(), 0U);
}

TEST(Permits, PWD_12_who_takes_more_memory_takes_more_permits_and_has_its_turn) {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    struct Case {
        std::uint64_t memory;
        std::size_t permits;
    };
    HashPermits permits{4, 4};
    for (const Case& c :
         {Case{0, 1}, Case{32 * mib, 1}, Case{32 * mib + 1, 2}, Case{64 * mib, 2}, Case{256 * mib, 4}}) {
        const auto held = permits.acquire(c.memory);
        ASSERT_TRUE(held.ok());
        EXPECT_EQ(permits.in_use(), c.permits) << c.memory;
    }
    EXPECT_EQ(permits.in_use(), 0U);

    std::optional<Permit> one;
    one.emplace(*permits.acquire());
    std::atomic<int> big_at{0}, small_at{0}, order{0};
    std::thread big{[&] {
        const auto all = permits.acquire(256 * mib);
        big_at = ++order;
    }};
    while (permits.waiting() == 0) std::this_thread::yield();
    std::thread small{[&] {
        const auto after = permits.acquire();    // three are free, and it came second
        small_at = ++order;
    }};
    while (permits.waiting() < 2) std::this_thread::yield();
    EXPECT_EQ(order, 0);
    one.reset();
    big.join();
    small.join();
    EXPECT_EQ(permits.in_use(), 0U);
    EXPECT_LT(big_at, small_at);
}

}    // namespace
}    // namespace countersign::crypto

// RSA signatures that a careless verifier takes: made with the real private key, each wrong in one way (TOK-25).
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <gtest/gtest.h>

#include "crypto/asymmetric.hpp"
#include "crypto/digest.hpp"

namespace countersign::crypto {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* handle) const {
        Free(handle);
    }
};
using Pkey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;

constexpr std::size_t size = 256;    // bytes of a modulus of 2048 bits
constexpr std::string_view message = "header.payload";

class RsaForms : public testing::Test {
  protected:
    void SetUp() override {
        unsigned char* der = nullptr;
        const int length = i2d_PUBKEY(key_.get(), &der);
        ASSERT_GT(length, 0);
        half_.emplace(*PublicKey::parse(std::as_bytes(std::span{der, static_cast<std::size_t>(length)})));
        OPENSSL_free(der);
    }
    /// The private operation over a whole block, whatever stands in it.
    Bytes signed_block(const Bytes& block) const {
        const Context context{EVP_PKEY_CTX_new(key_.get(), nullptr)};
        Bytes out(size);
        std::size_t length = out.size();
        EXPECT_EQ(EVP_PKEY_sign_init(context.get()), 1);
        EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING), 1);
        EXPECT_EQ(EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length,
                                reinterpret_cast<const unsigned char*>(block.data()), block.size()),
                  1);
        return out;
    }
    Bytes signed_pss(int salt, const EVP_MD* mask) const {
        const Context context{EVP_PKEY_CTX_new(key_.get(), nullptr)};
        const auto digest = sha256(bytes_of(message));
        Bytes out(size);
        std::size_t length = out.size();
        EXPECT_EQ(EVP_PKEY_sign_init(context.get()), 1);
        EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING), 1);
        EXPECT_EQ(EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()), 1);
        EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), salt), 1);
        EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), mask), 1);
        EXPECT_EQ(EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length,
                                reinterpret_cast<const unsigned char*>(digest.data()), digest.size()),
                  1);
        return out;
    }
    SignatureCheck check(Scheme scheme, const Bytes& signature) const {
        return half_->verify({scheme, Hash::sha256}, bytes_of(message), signature);
    }

    Pkey key_{EVP_RSA_gen(8 * size)};
    std::optional<PublicKey> half_;
};

/// EMSA-PKCS1-v1_5 (RFC 8017 §9.2): 00 01, so many FF, 00, then what says the hash.
Bytes block_of(const Bytes& information, std::size_t padding, std::byte type = std::byte{1}) {
    Bytes block{std::byte{0}, type};
    block.insert(block.end(), padding, std::byte{0xff});
    block.push_back(std::byte{0});
    block.insert(block.end(), information.begin(), information.end());
    block.resize(size, std::byte{0x5a});    // what is left is garbage
    return block;
}

TEST_F(RsaForms, TOK_25_a_block_of_PKCS1_has_one_right_form) {
    const auto digest = sha256(bytes_of(message));
    const auto with = [&](std::string_view front) {
        Bytes information = *parse_hex(front);
        information.insert(information.end(), digest.begin(), digest.end());
        return information;
    };
    const Bytes right = with("3031300d060960864801650304020105000420");    // DigestInfo of SHA-256 with NULL
    const Bytes no_null = with(
        "302f300b0609608648016503040201"
        "0420");
    const Bytes long_form = with("308131300d060960864801650304020105000420");
    const Bytes sha1 = with("3021300906052b0e03021a05000414");
    const auto full = [](const Bytes& information) { return size - 3 - information.size(); };
    const struct {
        std::string_view name;
        Bytes block;
        SignatureCheck answer;
    } table[]{
        {"the right one", block_of(right, full(right)), SignatureCheck::match},
        {"garbage behind the hash", block_of(right, 8), SignatureCheck::mismatch},
        {"one byte of garbage", block_of(right, full(right) - 1), SignatureCheck::mismatch},
        {"without NULL", block_of(no_null, full(no_null)), SignatureCheck::mismatch},
        {"a length in the long form", block_of(long_form, full(long_form)), SignatureCheck::mismatch},
        {"the name of another hash", block_of(sha1, full(sha1)), SignatureCheck::mismatch},
        {"a block for encryption", block_of(right, full(right), std::byte{2}), SignatureCheck::mismatch},
        {"the hash alone", block_of(Bytes(digest.begin(), digest.end()), size - 3 - digest.size()),
         SignatureCheck::mismatch},
    };
    for (const auto& [name, block, answer] : table) {
        EXPECT_EQ(check(Scheme::rsa_pkcs1, signed_block(block)), answer) << name;
    }
}

TEST_F(RsaForms, TOK_25_a_signature_is_below_the_modulus_and_has_one_length) {
    const auto digest = sha256(bytes_of(message));
    Bytes information = *parse_hex("3031300d060960864801650304020105000420");
    information.insert(information.end(), digest.begin(), digest.end());
    const Bytes good = signed_block(block_of(information, size - 3 - information.size()));
    ASSERT_EQ(check(Scheme::rsa_pkcs1, good), SignatureCheck::match);
    Bytes padded = good;
    padded.insert(padded.begin(), std::byte{0});
    EXPECT_EQ(check(Scheme::rsa_pkcs1, padded), SignatureCheck::mismatch) << "a zero in front";
    EXPECT_EQ(check(Scheme::rsa_pkcs1, Bytes(size, std::byte{0})), SignatureCheck::mismatch) << "zero";
    Bytes one(size, std::byte{0});
    one.back() = std::byte{1};
    EXPECT_EQ(check(Scheme::rsa_pkcs1, one), SignatureCheck::mismatch) << "one, its own power";
    EXPECT_EQ(check(Scheme::rsa_pkcs1, Bytes(size, std::byte{0xff})), SignatureCheck::mismatch) << "over the modulus";
}

TEST_F(RsaForms, TOK_25_the_salt_of_PSS_is_as_long_as_its_hash_and_so_is_its_mask) {
    const struct {
        std::string_view name;
        int salt;
        const EVP_MD* mask;
        SignatureCheck answer;
    } table[]{
        {"as RFC 7518 §3.5 says", 32, EVP_sha256(), SignatureCheck::match},
        {"no salt", 0, EVP_sha256(), SignatureCheck::mismatch},
        {"a shorter salt", 31, EVP_sha256(), SignatureCheck::mismatch},
        {"a longer salt", 33, EVP_sha256(), SignatureCheck::mismatch},
        {"the mask of another hash", 32, EVP_sha1(), SignatureCheck::mismatch},
    };
    for (const auto& [name, salt, mask, answer] : table) {
        EXPECT_EQ(check(Scheme::rsa_pss, signed_pss(salt, mask)), answer) << name;
    }
}

}    // namespace
}    // namespace countersign::crypto

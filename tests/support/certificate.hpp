// A certificate and its key, made when the test runs.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include <filesystem>

#include "crypto/openssl.hpp"
#include "http/tls.hpp"

namespace countersign {

using PkeyPtr = std::unique_ptr<EVP_PKEY, crypto::Freed<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, crypto::Freed<X509_free>>;
using FilePtr = std::unique_ptr<std::FILE, crypto::Freed<std::fclose>>;

/// A folder with a key and a certificate for localhost, gone with the object.
class Certificate {
  public:
    Certificate() : folder_{made_folder()}, key_{EVP_EC_gen("P-256")} {
        const CertificatePtr certificate{X509_new()};
        constexpr long a_day = 86'400;
        ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -a_day);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), a_day);
        X509_set_pubkey(certificate.get(), key_.get());
        X509_NAME* name = X509_get_subject_name(certificate.get());
        const std::array<unsigned char, 9> host{'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't'};
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host.data(), static_cast<int>(host.size()), -1, 0);
        X509_set_issuer_name(certificate.get(), name);
        EXPECT_GT(X509_sign(certificate.get(), key_.get(), EVP_sha256()), 0);
        EXPECT_EQ(PEM_write_X509(open("certificate.pem").get(), certificate.get()), 1);
        write_key("key.pem", nullptr);
    }
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;
    ~Certificate() { std::filesystem::remove_all(folder_); }

    std::string path(std::string_view name) const { return folder_ + "/" + std::string{name}; }
    http::TlsFiles files() const { return {.certificate = path("certificate.pem"), .key = path("key.pem")}; }
    /// The key under another name, sealed with a passphrase if there is one.
    void write_key(std::string_view name, const char* passphrase) const {
        const EVP_CIPHER* cipher = passphrase == nullptr ? nullptr : EVP_aes_256_cbc();
        const int size = passphrase == nullptr ? 0 : static_cast<int>(std::strlen(passphrase));
        EXPECT_EQ(PEM_write_PKCS8PrivateKey(open(name).get(), key_.get(), cipher, passphrase, size, nullptr, nullptr),
                  1);
    }
    void write(std::string_view name, std::string_view text) const {
        std::fwrite(text.data(), 1, text.size(), open(name).get());
    }

  private:
    static std::string made_folder() {
        std::string name = testing::TempDir() + "countersign-tls-XXXXXX";
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        return name;
    }
    FilePtr open(std::string_view name) const { return FilePtr{std::fopen(path(name).c_str(), "w")}; }
    std::string folder_;
    PkeyPtr key_;
};

}    // namespace countersign

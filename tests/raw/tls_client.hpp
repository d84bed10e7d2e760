// The other end of TLS for tests: OpenSSL as a client, and a certificate that is made when the test runs.
#pragma once

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/time.h>

#include <filesystem>

#include "crypto/openssl.hpp"
#include "raw/engine.hpp"

namespace countersign::http::raw {

using PkeyPtr = std::unique_ptr<EVP_PKEY, crypto::Freed<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, crypto::Freed<X509_free>>;
using FilePtr = std::unique_ptr<std::FILE, crypto::Freed<std::fclose>>;
using ClientContextPtr = std::unique_ptr<SSL_CTX, crypto::Freed<SSL_CTX_free>>;
using ClientSslPtr = std::unique_ptr<SSL, crypto::Freed<SSL_free>>;

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
    TlsFiles files() const { return {.certificate = path("certificate.pem"), .key = path("key.pem")}; }
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

struct Wish {
    int lowest = TLS1_2_VERSION;
    int highest = TLS1_3_VERSION;
    std::string_view protocols{};    // ALPN, each with its length in front
    const char* old_ciphers = nullptr;
};

/// A connection that has done (or tried) its handshake.
class TlsClient {
  public:
    explicit TlsClient(std::uint16_t port, const Wish& wish = {}, SSL_SESSION* earlier = nullptr)
        : tcp_{port},
          context_{SSL_CTX_new(TLS_client_method())} {
        const timeval longest{.tv_sec = patience.count() / 1000, .tv_usec = 0};
        ::setsockopt(tcp_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
        SSL_CTX_set_security_level(context_.get(), 0);    // the client would do anything; the server does not
        SSL_CTX_set_min_proto_version(context_.get(), wish.lowest);
        SSL_CTX_set_max_proto_version(context_.get(), wish.highest);
        if (wish.old_ciphers != nullptr) SSL_CTX_set_cipher_list(context_.get(), wish.old_ciphers);
        ssl_.reset(SSL_new(context_.get()));
        if (!wish.protocols.empty()) {
            SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wish.protocols.data()),
                                static_cast<unsigned>(wish.protocols.size()));
        }
        if (earlier != nullptr) SSL_set_session(ssl_.get(), earlier);
        SSL_set_fd(ssl_.get(), tcp_.descriptor());
        ERR_clear_error();
        connected_ = SSL_connect(ssl_.get()) == 1;
        if (!connected_) note_refusal();
    }
    bool connected() const { return connected_; }
    /// Why the server (or the handshake) ended it: a reason of OpenSSL, 0 without one.
    int refusal() const { return refusal_; }
    SSL* ssl() { return ssl_.get(); }
    Client& tcp() { return tcp_; }
    std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl_.get(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    void send(std::string_view text) {
        std::size_t sent = 0;
        EXPECT_EQ(SSL_write_ex(ssl_.get(), text.data(), text.size(), &sent), 1);
    }
    /// One answer, or all that came before the end.
    std::string read_one() { return read(Client::size_of_answer); }
    std::string read_to_close() {
        return read([](std::string_view) { return std::size_t{0}; });
    }
    enum class End : std::uint8_t { none, said, cut, alert };
    End end = End::none;

  private:
    std::string read(const std::function<std::size_t(std::string_view)>& enough) {
        std::array<char, 16384> part{};
        while (true) {
            if (const std::size_t size = enough(seen_); size > 0) {
                std::string text = seen_.substr(0, size);
                seen_.erase(0, size);
                return text;
            }
            std::size_t got = 0;
            ERR_clear_error();
            if (SSL_read_ex(ssl_.get(), part.data(), part.size(), &got) != 1) {
                note_end();
                return std::exchange(seen_, {});
            }
            seen_.append(part.data(), got);
        }
    }
    void note_end() {
        if (SSL_get_error(ssl_.get(), 0) == SSL_ERROR_ZERO_RETURN) {
            end = End::said;
            return;
        }
        note_refusal();
        end = refusal_ == 0 || refusal_ == SSL_R_UNEXPECTED_EOF_WHILE_READING ? End::cut : End::alert;
    }
    void note_refusal() {
        const unsigned long error = ERR_peek_error();
        refusal_ = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    }

    Client tcp_;
    ClientContextPtr context_;
    ClientSslPtr ssl_;
    bool connected_ = false;
    int refusal_ = 0;
    std::string seen_;
};

}    // namespace countersign::http::raw

// The other end of TLS for tests: OpenSSL as a client.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/time.h>

#include "crypto/openssl.hpp"
#include "raw/engine.hpp"
#include "support/certificate.hpp"

namespace countersign::http::raw {

using ClientContextPtr = std::unique_ptr<SSL_CTX, crypto::Freed<SSL_CTX_free>>;
using ClientSslPtr = std::unique_ptr<SSL, crypto::Freed<SSL_free>>;

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

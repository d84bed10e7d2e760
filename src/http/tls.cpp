#include "http/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "crypto/openssl.hpp"

namespace countersign::http {
namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, crypto::Freed<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, crypto::Freed<SSL_free>>;
using BioPtr = std::unique_ptr<BIO, crypto::Freed<BIO_free>>;

constexpr const char* old_ciphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20";    // of TLS 1.2: forward secret, AEAD (RFC 9325 §4.2)
constexpr const char* groups = "X25519:P-256:P-384";
constexpr std::string_view http_1_1 = "http/1.1";

/// A key with a passphrase is refused; OpenSSL's own answer is to ask on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

/// RFC 7301 §3.2: who offers protocols and not ours gets no_application_protocol. h2 is never chosen (INP-03).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    std::span<const unsigned char> rest{offered, offered_size};
    while (!rest.empty()) {
        const std::size_t length = rest.front();
        if (length >= rest.size()) break;
        const auto name = rest.subspan(1, length);
        if (std::ranges::equal(name, http_1_1, {}, {}, [](char c) { return static_cast<unsigned char>(c); })) {
            *chosen = name.data();
            *size = static_cast<unsigned char>(length);
            return SSL_TLSEXT_ERR_OK;
        }
        rest = rest.subspan(1 + length);
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// No renegotiation, compression or resumption: without tickets and caches there is no key that outlives a connection.
bool set_rules(SSL_CTX* context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);    // an idle connection keeps none
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_security_level(context, 2);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1 &&
           SSL_CTX_set_cipher_list(context, old_ciphers) == 1 && SSL_CTX_set1_groups_list(context, groups) == 1;
}

/// Memory that a large record has left behind is given back: most connections are idle most of the time.
BioPtr fresh_if_large(BIO* used) {
    constexpr std::size_t keep = 4096;
    BUF_MEM* memory = nullptr;
    BIO_get_mem_ptr(used, &memory);
    if (memory == nullptr || memory->max <= keep || BIO_ctrl_pending(used) > 0) return nullptr;
    return BioPtr{BIO_new(BIO_s_mem())};
}

}    // namespace

struct TlsContext::Handle {
    ContextPtr context;
};

struct TlsSession::Handle {
    SslPtr ssl;
    BIO* in() const { return SSL_get_rbio(ssl.get()); }
    BIO* out() const { return SSL_get_wbio(ssl.get()); }
};

TlsContext::TlsContext(std::unique_ptr<Handle> handle) : handle_{std::move(handle)} {}
TlsContext::~TlsContext() = default;

std::expected<std::unique_ptr<TlsContext>, TlsFault> TlsContext::load(const TlsFiles& files) {
    ContextPtr context{SSL_CTX_new(TLS_server_method())};
    if (context == nullptr || !set_rules(context.get())) return std::unexpected{TlsFault::library};
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
        return std::unexpected{TlsFault::certificate};
    }
    ERR_clear_error();
    if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        // It is compared with the certificate at once, and only then does the complaint come from X.509.
        const bool other = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509;
        return std::unexpected{other ? TlsFault::mismatch : TlsFault::key};
    }
    if (SSL_CTX_check_private_key(context.get()) != 1) return std::unexpected{TlsFault::mismatch};
    return std::unique_ptr<TlsContext>{new TlsContext{std::make_unique<Handle>(std::move(context))}};
}

std::unique_ptr<TlsSession> TlsContext::make_session() const {
    SslPtr ssl{SSL_new(handle_->context.get())};
    BioPtr in{BIO_new(BIO_s_mem())}, out{BIO_new(BIO_s_mem())};
    if (ssl == nullptr || in == nullptr || out == nullptr) return nullptr;
    SSL_set_bio(ssl.get(), in.release(), out.release());
    SSL_set_accept_state(ssl.get());
    return std::make_unique<TlsSession>(std::make_unique<TlsSession::Handle>(std::move(ssl)));
}

TlsSession::TlsSession(std::unique_ptr<Handle> handle) : handle_{std::move(handle)} {}
TlsSession::~TlsSession() = default;

void TlsSession::feed(std::string_view wire) {
    std::size_t taken = 0;
    if (wire.empty()) return;
    if (BIO_write_ex(handle_->in(), wire.data(), wire.size(), &taken) != 1 || taken != wire.size()) {
        state_ = State::failed;
    }
}

void TlsSession::note_error(int result) {
    switch (SSL_get_error(handle_->ssl.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return;
        case SSL_ERROR_ZERO_RETURN:
            state_ = State::ended;
            return;
        default:
            state_ = State::failed;
    }
}

std::size_t TlsSession::read(std::span<char> room) {
    if (state_ != State::going) return 0;
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(handle_->ssl.get(), room.data(), room.size(), &count);
    if (result == 1) return count;
    note_error(result);
    if (BioPtr fresh = fresh_if_large(handle_->in())) SSL_set0_rbio(handle_->ssl.get(), fresh.release());
    return 0;
}

void TlsSession::seal(std::string& text) {
    if (state_ == State::failed) return text.clear();
    ERR_clear_error();
    std::size_t taken = 0;
    const int result = SSL_write_ex(handle_->ssl.get(), text.data(), text.size(), &taken);
    if (result != 1 || taken != text.size()) state_ = State::failed;    // memory always has room
    text.clear();
    take_output(text);
}

void TlsSession::end() {
    SSL* ssl = handle_->ssl.get();
    const bool said = (SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN) != 0;
    if (said || state_ == State::failed || SSL_is_init_finished(ssl) != 1) return;
    ERR_clear_error();
    SSL_shutdown(ssl);
}

void TlsSession::take_output(std::string& out) {
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(handle_->out(), &bytes);
    if (size <= 0) return;
    out.append(bytes, static_cast<std::size_t>(size));
    BIO_reset(handle_->out());
    if (BioPtr fresh = fresh_if_large(handle_->out())) SSL_set0_wbio(handle_->ssl.get(), fresh.release());
}

}    // namespace countersign::http

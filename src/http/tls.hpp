// TLS 1.2 and 1.3 for those without a proxy (DESIGN D10). Bytes of the socket go in and out: no socket is touched here,
// and nothing else outside crypto/ sees OpenSSL.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace countersign::http {

struct TlsFiles {
    std::string certificate;    // PEM, the chain behind it
    std::string key;            // PEM, without a passphrase
};

enum class TlsFault : std::uint8_t { certificate, key, mismatch, library };

class TlsSession;

/// Certificate, key and rules; shared by all connections of a site, read only.
class TlsContext {
  public:
    static std::expected<std::unique_ptr<TlsContext>, TlsFault> load(const TlsFiles& files);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// Null only without memory.
    std::unique_ptr<TlsSession> make_session() const;

  private:
    struct Handle;
    explicit TlsContext(std::unique_ptr<Handle> handle);
    std::unique_ptr<Handle> handle_;
};

/// The server's side of one connection.
class TlsSession {
  public:
    struct Handle;
    explicit TlsSession(std::unique_ptr<Handle> handle);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    enum class State : std::uint8_t {
        going,
        ended,     // the client has said that nothing more comes
        failed,    // no handshake, or a record that nobody with the keys has made
    };
    State state() const { return state_; }
    /// Bytes from the client. Read until 0 afterwards, then look at state() and take_output().
    void feed(std::string_view wire);
    /// Opens records into `room`, doing the handshake first; 0: nothing more for now.
    std::size_t read(std::span<char> room);
    /// Replaces `text` by the records that carry it.
    void seal(std::string& text);
    /// close_notify, once and only after a handshake.
    void end();
    /// Moves what the client has to get (handshake, alerts, records) behind `out`.
    void take_output(std::string& out);

  private:
    void note_error(int result);
    std::unique_ptr<Handle> handle_;
    State state_ = State::going;
};

}    // namespace countersign::http

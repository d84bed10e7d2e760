// The cookies of a session: their names, attributes and signatures. Only this file and the gate know that a session
// travels in a cookie.
#pragma once

#include "crypto/signed_value.hpp"
#include "http/cookie.hpp"
#include "session/sessions.hpp"

namespace countersign::guard {

/// What a cookie's MAC covers (CKY-04).
enum class CookieBinding : std::uint8_t { value_only, name_and_value };

/// Whether `Authorization: Bearer` carries a session too (bearer plugin): the token itself, or only with its signature.
enum class Bearer : std::uint8_t { off, signed_only, raw_or_signed };

struct CookieOptions {
    std::string prefix = "better-auth";
    enum class Secure : std::uint8_t { off, on };
    Secure secure = Secure::off;
    std::string domain;    // empty: host only (CKY-01)
    std::string same_site = "Lax";
    CookieBinding binding = CookieBinding::value_only;
    Seconds session_life{0};    // Max-Age of the session cookie
    Bearer bearer = Bearer::off;
};

class SessionCookies {
  public:
    SessionCookies(CookieOptions options, crypto::HmacKey key);

    /// The session token that the request carries: of a good Authorization header, else of the cookie. Errors:
    /// session.missing, session.signature, cookie.shadowed_duplicate.
    Result<std::string> token(const http::RequestView& request) const;
    /// Whether this browser asked not to be remembered.
    session::Remember remember(const http::RequestView& request) const;

    void append_session(http::Response& answer, std::string_view token, session::Remember remember) const;
    /// The session again, remembered as this browser had it: after a change that the cookies must follow.
    void append_again(http::Response& answer, const http::RequestView& request, std::string_view token) const;
    /// dont_remember: set for Remember::no, taken away from a browser that still has one otherwise.
    void append_remember(http::Response& answer, const http::RequestView& request, session::Remember remember) const;
    /// Deletes session_token, session_data and dont_remember, in that order (CKY-06).
    void append_clear(http::Response& answer) const;

  private:
    std::string signed_text(std::string_view name, std::string_view value) const;
    Result<std::string> open(const http::RequestView& request, const std::string& name) const;
    Result<std::string> bearer_token(const http::RequestView& request) const;
    void append(http::Response& answer, const std::string& name, std::string_view value,
                std::optional<Seconds> max_age) const;

    CookieOptions options_;
    crypto::HmacKey key_;
    std::string session_token_;
    std::string session_data_;
    std::string dont_remember_;
};

}    // namespace countersign::guard

// The cookies of a session: their names, attributes and signatures. Only this file and the gate know that a session
// travels in a cookie.
#pragma once

#include "crypto/hmac_keys.hpp"
#include "crypto/signed_value.hpp"
#include "guard/cookie_forms.hpp"
#include "http/exchange.hpp"
#include "session/sealed_sessions.hpp"

namespace countersign::guard {

/// What a cookie's MAC covers (CKY-04).
enum class CookieBinding : std::uint8_t { value_only, name_and_value };

/// Whether `Authorization: Bearer` carries a session too (bearer plugin): the token itself, or only with its signature.
enum class Bearer : std::uint8_t { off, signed_only, raw_or_signed };

struct CookieOptions {
    CookieRules rules = {};
    CookieBinding binding = CookieBinding::value_only;
    Seconds session_life{0};    // Max-Age of the session cookie
    Bearer bearer = Bearer::off;
};

/// Whether what stands in the cookie with the cached session may be taken for the session itself.
enum class SealTrust : std::uint8_t { none, reads };

/// The cookie cache (WIRE §3). It is written in any case, for front-ends that read it.
struct SessionCache {
    session::SealedSessions seals;
    SealTrust trust = SealTrust::none;
    Random* random = nullptr;
};

class SessionCookies {
  public:
    /// The current key signs, all of them open (KEY-10).
    SessionCookies(CookieOptions options, crypto::HmacKeys keys, std::optional<SessionCache> cache = std::nullopt);

    /// The session token that the request carries: of a good Authorization header, else of the cookie. Errors:
    /// session.missing, session.signature, cookie.shadowed_duplicate.
    Result<std::string> token(const http::RequestView& request) const;
    /// That of the cookie alone: what this browser has.
    Result<std::string> held_token(const http::RequestView& request) const {
        return open(request, session_token_.name);
    }
    /// Whether this browser asked not to be remembered.
    session::Remember remember(const http::RequestView& request) const;
    /// What was sealed for this token, if the request carries it and it may be believed. Errors: session.missing,
    /// session.seal_refused.
    Result<session::SignedIn> cached(const http::Exchange& x, std::string_view token) const;

    /// session_token, dont_remember (taken away from a browser that had one and is to be remembered) and session_data
    /// if sessions are cached, in that order. Errors: crypto.failed.
    Result<void> append_session(http::Response& answer, const http::Exchange& x, const session::SignedIn& signed_in,
                                session::Remember remember) const;
    /// The session again, remembered as this browser had it: after a change that the cookies must follow.
    Result<void> append_again(http::Response& answer, const http::Exchange& x,
                              const session::SignedIn& signed_in) const;
    /// session_data alone; nothing if sessions are not cached. Errors: crypto.failed.
    Result<void> append_cached(http::Response& answer, const http::Exchange& x, const session::SignedIn& signed_in,
                               session::Remember remember) const;
    /// Deletes a session_data that was refused.
    void append_cached_refused(http::Response& answer) const;
    /// Deletes what a browser still has of session_data where sessions are not cached (any more).
    void append_uncached(http::Response& answer, const http::RequestView& request) const;
    /// Deletes session_token, session_data with its chunks and dont_remember, in that order (CKY-06).
    void append_clear(http::Response& answer, const http::RequestView& request) const;

    const std::string& token_name() const { return session_token_.name; }

  private:
    std::string signed_text(std::string_view name, std::string_view value) const;
    Result<std::string> open(const http::RequestView& request, const std::string& name) const;
    Result<std::string> open_value(std::string_view sent, const std::string& name) const;
    Result<std::string> bearer_token(const http::RequestView& request) const;
    void append_token(http::Response& answer, std::string_view token, session::Remember remember) const;
    void append_remember(http::Response& answer, const http::RequestView& request, session::Remember remember) const;

    CookieOptions options_;
    crypto::HmacKeys keys_;
    std::optional<SessionCache> cache_;
    http::CookieForm session_token_;
    http::CookieForm session_data_;
    http::CookieForm dont_remember_;
};

}    // namespace countersign::guard

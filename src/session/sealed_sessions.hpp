// A session with its user, sealed for a cookie of its own (Better Auth's cookie cache, WIRE §3): whoever has the secret
// can read who is signed in without asking the database. It says what was true when it was sealed, and no more.
#pragma once

#include <variant>

#include "crypto/hmac_keys.hpp"
#include "jose/jwe.hpp"
#include "session/sessions.hpp"

namespace countersign::session {

enum class SealForm : std::uint8_t { compact, jwt, jwe };

struct SealOptions {
    SealForm form = SealForm::compact;
    std::string version = "1";    // a seal of another version is not opened: how a deployment drops them all
    Seconds life{0};
};

class SealedSessions {
  public:
    /// The current secret seals, every listed one opens (KEY-10). `fields` outlive it. Errors: those of the keys.
    static Result<SealedSessions> make(const crypto::Keyring& secrets, SealOptions options,
                                       const identity::AdditionalFields& user_fields = identity::no_fields,
                                       const identity::AdditionalFields& session_fields = identity::no_fields);

    /// base64url characters and dots. Hidden fields are left out. Errors: crypto.failed.
    Result<std::string> seal(const SignedIn& signed_in, Remember remember, Instant now, Random& random) const;
    /// The session that was sealed with this token. Errors: session.seal_refused, for whatever reason.
    Result<SignedIn> open(std::string_view sealed, std::string_view token, Instant now) const;

    Seconds life() const { return options_.life; }

  private:
    struct Jwe {
        jose::EncryptionKey sealing;
        jose::Decrypter opening;
    };
    struct Opened {
        json::Value payload;
        Instant expires_at;
    };
    SealedSessions(SealOptions options, crypto::HmacKeys keys, std::optional<Jwe> jwe,
                   const identity::AdditionalFields& user_fields, const identity::AdditionalFields& session_fields)
        : options_{std::move(options)},
          keys_{std::move(keys)},
          jwe_{std::move(jwe)},
          user_fields_{&user_fields},
          session_fields_{&session_fields} {}
    std::string seal_compact(std::string_view payload, Instant expires_at) const;
    std::optional<Opened> open_compact(std::string_view sealed) const;
    std::optional<Opened> open_claims(std::string_view sealed) const;

    SealOptions options_;
    crypto::HmacKeys keys_;
    std::optional<Jwe> jwe_;
    const identity::AdditionalFields* user_fields_;
    const identity::AdditionalFields* session_fields_;
};

}    // namespace countersign::session

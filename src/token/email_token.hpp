// The signed token of a mailed link (WIRE §2: HS256 JWT): proves that whoever follows it reads mail at an address.
#pragma once

#include <optional>

#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/hmac_keys.hpp"

namespace countersign::token {

/// What following the link does.
enum class LinkKind : std::uint8_t {
    verify,            // proves `email`
    change_confirm,    // the holder of the old address agrees to `update_to`
    change_verify,     // the holder of the new address proves it
    change_revert,     // the holder of the old address, `update_to`, takes it back
    change_at_once,    // an older form of Better Auth: sets `update_to`, which is then proved separately
};

struct EmailToken {
    LinkKind kind = LinkKind::verify;
    std::string email;
    std::string update_to;         // of the change kinds
    std::optional<UserId> user;    // older releases of Better Auth leave it out
    std::string single_use;        // names the row that following it takes; empty in Better Auth's form
};

class EmailTokens {
  public:
    /// The current key signs, all of them open (KEY-10).
    explicit EmailTokens(crypto::HmacKeys keys) : keys_{std::move(keys)} {}

    std::string sign(const EmailToken& token, Instant now, Seconds life) const;
    /// Exactly our header, a right signature, our claims. Errors: verification.malformed, verification.expired.
    Result<EmailToken> open(std::string_view text, Instant now) const;

  private:
    crypto::HmacKeys keys_;
};

}    // namespace countersign::token

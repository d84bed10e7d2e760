// The browsers from which somebody has signed in: a cookie that proves it for a few accounts, and opens nothing
// (ENU-08).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "crypto/hmac_keys.hpp"
#include "crypto/signed_value.hpp"
#include "guard/cookie_forms.hpp"

namespace countersign::guard {

/// One account that was signed in to here.
struct KnownAccount {
    std::array<std::byte, 12> id;         // of this proof; its failures are counted by it
    std::array<std::byte, 16> account;    // keyed hash of the account's name
    Instant expires_at;                   // whole seconds
    friend bool operator==(const KnownAccount&, const KnownAccount&) = default;
};

/// Latest first.
using KnownAccounts = std::vector<KnownAccount>;
inline constexpr std::size_t most_known_accounts = 8;

/// What stands in front of the cookie's signature. Exactly one spelling, 1 to most_known_accounts of them.
std::optional<KnownAccounts> parse_known_accounts(std::string_view text);
std::string known_accounts_text(const KnownAccounts& accounts);

class KnownDevices {
  public:
    /// `keys` and `account_keys` are for nothing else.
    KnownDevices(const CookieRules& rules, Seconds life, crypto::HmacKeys keys, crypto::HmacKeys account_keys,
                 Random& random);

    /// The proof that this browser was signed in to `account` (its canonical name), if it has one.
    std::optional<KnownAccount> find(const http::RequestView& request, std::string_view account, Instant now) const;
    /// After a sign-in: the cookie with a new proof for `account`, and those that it had for others. An old proof of
    /// this account stays good elsewhere, with the failures that it has.
    void append(http::Response& answer, const http::RequestView& request, std::string_view account, Instant now) const;
    const std::string& cookie_name() const { return form_.name; }

  private:
    KnownAccounts read(const http::RequestView& request, Instant now) const;

    http::CookieForm form_;
    Seconds life_;
    crypto::HmacKeys keys_;
    crypto::HmacKeys account_keys_;
    Random* random_;
};

}    // namespace countersign::guard

// Names and attributes of our cookies, as the configuration says (WIRE §3).
#pragma once

#include "http/cookie.hpp"

namespace countersign::guard {

/// What a setting says about attributes; absent: nothing.
struct AttributeChanges {
    using Flag = http::CookieAttributes::Flag;
    std::optional<std::string> domain;
    std::optional<std::string> path;
    std::optional<std::string> same_site;    // Lax, Strict, None
    std::optional<Flag> http_only;
    std::optional<Flag> secure;
    std::optional<Flag> partitioned;
};

/// `advanced.cookies.<cookie>`.
struct CookieChange {
    std::string cookie;
    std::string name;    // instead of prefix and cookie; empty: as usual
    AttributeChanges attributes;
};

/// What browsers demand of a name (RFC 6265bis §4.1.3): `__Secure-` and `__Host-`.
enum class NamePrefix : std::uint8_t { none, secure, host };

struct CookieRules {
    NamePrefix demand = NamePrefix::none;
    std::string prefix = "better-auth";
    std::string domain = {};    // of crossSubDomainCookies; empty: host only (CKY-01)
    AttributeChanges defaults = {};
    std::vector<CookieChange> single = {};
};

/// The form of one of our cookies ("session_token"). What a browser would refuse is not made: SameSite=None,
/// Partitioned and `__Secure-` are Secure; `__Host-` has the path `/` and no domain besides.
http::CookieForm cookie_form(const CookieRules& rules, std::string_view cookie);

}    // namespace countersign::guard

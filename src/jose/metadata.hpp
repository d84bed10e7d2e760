// What an issuer publishes about itself (OpenID Connect Discovery §4, RFC 8414), as far as its keys need it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fetch.hpp"

namespace countersign::jose {

/// An address that keys may be fetched from: https, or http on loopback or with a reason; no user part, no fragment
/// (KEY-01). Errors: jwks.uri_wrong.
Result<void> check_key_url(std::string_view url, const std::optional<PlainHttp>& plain_http);

/// Where the metadata of an issuer may stand, in the order in which they are tried: that of OpenID Connect, then that
/// of RFC 8414. Errors: jwks.uri_wrong for an issuer that is no such URL, or has a query.
Result<std::vector<std::string>> metadata_urls(std::string_view issuer, const std::optional<PlainHttp>& plain_http);

struct Metadata {
    std::string jwks_uri;
    UrlSource source;    // on the issuer's own origin an address is as good as configured; any other is data (KEY-02)
};

/// Strict JSON whose `issuer` is exactly this one. Errors: jwks.answer_refused, jwks.issuer_mismatch, jwks.uri_wrong.
Result<Metadata> parse_metadata(std::string_view text, std::string_view issuer,
                                const std::optional<PlainHttp>& plain_http = {});

}    // namespace countersign::jose

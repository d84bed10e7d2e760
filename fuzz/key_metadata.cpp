// parse_metadata and parse_cache_control: an address that is taken is one that keys may come from.
#include "base/url.hpp"
#include "fuzz.hpp"
#include "jose/cache_control.hpp"
#include "jose/metadata.hpp"

using namespace countersign;
using namespace countersign::jose;

CS_FUZZ(input) {
    constexpr std::string_view issuer = "https://id.example";
    const auto [first, rest] = fuzz::halves(input);
    const CacheControl said = parse_cache_control(first);
    fuzz::equal("never negative", said.max_age.value_or(Seconds{0}) >= Seconds{0}, true);

    if (const auto urls = metadata_urls(first, {}); urls.ok()) {
        for (const std::string& url : *urls) {
            fuzz::equal("an address of its own", check_key_url(url, {}).ok(), true);
            fuzz::equal("on the issuer's origin", parse_http_origin(url) == parse_http_origin(first), true);
        }
    }
    const auto metadata = parse_metadata(rest, issuer);
    if (!metadata.ok()) return;
    fuzz::equal("an address for keys", check_key_url(metadata->jwks_uri, {}).ok(), true);
    const auto origin = parse_http_origin(metadata->jwks_uri);
    fuzz::equal("https", origin->scheme == "https", true);
    fuzz::equal("another origin is data", origin == parse_http_origin(issuer),
                metadata->source == UrlSource::operator_configured);
}

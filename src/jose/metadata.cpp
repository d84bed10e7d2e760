#include "jose/metadata.hpp"

#include "base/json.hpp"
#include "base/url.hpp"

namespace countersign::jose {
namespace {

bool is_loopback_host(std::string_view host) {
    const bool address = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
    return address || host == "localhost" || host == "[::1]";
}

}    // namespace

Result<void> check_key_url(std::string_view url, const std::optional<PlainHttp>& plain_http) {
    const std::optional<Origin> origin = parse_http_origin(url);
    if (!origin || url.contains('#')) return fail(Code::jwks_uri_wrong, "a plain https URL", recordable(url));
    if (origin->scheme != "https" && !is_loopback_host(origin->host) && !plain_http)
        return fail(Code::jwks_uri_wrong, "https, or http on loopback", recordable(url));
    return {};
}

Result<std::vector<std::string>> metadata_urls(std::string_view issuer, const std::optional<PlainHttp>& plain_http) {
    CS_CHECK(check_key_url(issuer, plain_http));
    if (issuer.contains('?')) return fail(Code::jwks_uri_wrong, "an issuer without query", recordable(issuer));
    while (issuer.ends_with('/')) issuer.remove_suffix(1);
    const std::size_t path = std::min(issuer.find('/', issuer.find("//") + 2), issuer.size());
    return std::vector{
        std::string{issuer} + "/.well-known/openid-configuration",
        std::string{issuer.substr(0, path)} + "/.well-known/oauth-authorization-server" +
            std::string{issuer.substr(path)},
    };
}

Result<Metadata> parse_metadata(std::string_view text, std::string_view issuer,
                                const std::optional<PlainHttp>& plain_http) {
    const Result<json::Value> document = json::parse(text);
    if (!document.ok() || document->as_object() == nullptr) return fail(Code::jwks_answer_refused, "metadata as JSON");
    const auto member = [&](std::string_view name) {
        const json::Value* found = document->find(name);
        return found == nullptr ? nullptr : found->as_string();
    };
    const std::string* named = member("issuer");
    if (named == nullptr || *named != issuer)
        return fail(Code::jwks_issuer_mismatch, issuer, named == nullptr ? "none" : std::string_view{*named});
    const std::string* uri = member("jwks_uri");
    if (uri == nullptr) return fail(Code::jwks_answer_refused, "jwks_uri in the metadata");
    CS_CHECK(check_key_url(*uri, plain_http));
    const std::optional<Origin> place = parse_http_origin(*uri);
    if (place == parse_http_origin(issuer)) return Metadata{.jwks_uri = *uri, .source = UrlSource::operator_configured};
    if (place->scheme != "https")
        return fail(Code::jwks_uri_wrong, "https, as the origin is another", recordable(*uri));
    return Metadata{.jwks_uri = *uri, .source = UrlSource::data};
}

}    // namespace countersign::jose

// TrustedOrigins and glob: the strict profile trusts nothing that the other refuses, and a stranger is never trusted.
#include "guard/origins.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    const auto [pattern, url] = fuzz::halves(input);
    const Origin own{.scheme = "https", .host = "auth.example.com", .port = 443};
    const guard::TrustedOrigins strict{own, {std::string{pattern}}, Profile::native};
    const guard::TrustedOrigins wire{own, {std::string{pattern}}, Profile::better_auth};
    const bool by_strict = strict.check(url) == guard::Trust::trusted;
    const bool by_wire = wire.check(url) == guard::Trust::trusted;
    fuzz::equal("strict is stricter", by_strict && !by_wire, false);
    const guard::TrustedOrigins alone{own, {}, Profile::native};
    const auto origin = parse_http_origin(url);
    fuzz::equal("own origin only", alone.check(url) == guard::Trust::trusted, origin && *origin == own);
    if (!pattern.contains('*') && !pattern.contains('?')) {
        fuzz::equal("a text matches itself", guard::glob(pattern, pattern, '.'), true);
    }
}

// parse_http_origin, comparable_url and relative_path: an origin is read the same from its own text, the comparable
// form is its own, a safe path stays on its host.
#include "base/url.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    if (const auto origin = parse_http_origin(input)) {
        fuzz::equal("origin", parse_http_origin(origin->text()), origin);
        fuzz::equal("origin with a path", parse_http_origin(origin->text() + "/x?y#z"), origin);
    }
    if (const auto comparable = comparable_url(input)) {
        fuzz::equal("comparable once and again", comparable_url(*comparable), comparable);
        fuzz::equal("of the same origin", parse_http_origin(*comparable), parse_http_origin(input));
        fuzz::equal("no query, no fragment", comparable->find_first_of("?#"), std::string::npos);
    }
    if (relative_path(input) == RelativePath::safe) {
        fuzz::equal("safe path begins with one slash", input.starts_with('/') && !input.starts_with("//"), true);
        fuzz::equal("no backslash", input.contains('\\'), false);
        const bool ascii = std::ranges::all_of(input, [](char c) { return c > 0x20 && c < 0x7F; });
        if (!ascii) return;    // origins are read from printable ASCII only
        const auto joined = parse_http_origin("https://home.example" + location_text(input));
        fuzz::equal("stays at home", joined && joined->host == "home.example", true);
    }
}

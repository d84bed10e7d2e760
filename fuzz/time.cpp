// parse_iso8601: exactly one form.
#include "base/time.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    if (const auto at = parse_iso8601(input)) fuzz::equal("ISO 8601", to_iso8601(*at), input);
}

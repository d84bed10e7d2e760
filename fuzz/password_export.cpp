// parse_exported_hash: what other systems export becomes one text that is read to the same facts, or is refused.
#include "crypto/foreign_export.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    const auto json = json::parse(input);
    if (!json.ok()) return;
    const Result<crypto::ImportedHash> made = crypto::parse_exported_hash(*json);
    if (!made.ok()) return;
    const Result<crypto::StoredHash> again = crypto::parse_stored_hash(made->stored);
    fuzz::equal("what was made is read", again.ok(), true);
    fuzz::equal("scheme", again->scheme, made->facts.scheme);
    fuzz::equal("cost", again->cost_end, made->facts.cost_end);
}

// parse_document and parse_policy: a policy that is taken is complete.
#include "base/config.hpp"
#include "fuzz.hpp"
#include "jose/policy_file.hpp"

using namespace countersign;
using namespace countersign::jose;

CS_FUZZ(input) {
    const auto document = config::parse_document("", input);
    if (!document.ok()) return;
    const auto file = parse_policy(*document);
    if (!file.ok()) return;
    for (const FilePolicy& issuer : file->issuers) {
        fuzz::equal("complete", issuer.policy.check().ok(), true);
        fuzz::equal("nothing is ignored",
                    issuer.policy.issuer->is_ignored() || issuer.policy.audience->is_ignored() ||
                        issuer.policy.type->is_ignored(),
                    false);
        fuzz::equal("one kind of keys", issuer.policy.algorithms->mixes_secret_and_public(), false);
    }
}

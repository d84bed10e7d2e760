// A policy written down (DESIGN §6): the members of VerifyPolicy under their names in files, times in seconds. Unknown
// members are refused, and issuer, audience, typ and algorithms have no default.
#pragma once

#include <optional>
#include <vector>

#include "base/config.hpp"
#include "base/json.hpp"
#include "jose/policy.hpp"

namespace countersign::jose {

/// One issuer of the file; where its keys are is the caller's business.
struct FilePolicy {
    VerifyPolicy policy;
    std::optional<json::Value> jwks;    // a place, or the set itself
};

struct PolicyFile {
    std::vector<FilePolicy> issuers;
    std::optional<Instant> now;    // for tests
};

/// Errors: policy.invalid with the first problem; `problems` gets all of them, each with its member and what to write
/// instead.
Result<PolicyFile> parse_policy(const json::Value& document, std::vector<config::Problem>* problems = nullptr);

}    // namespace countersign::jose

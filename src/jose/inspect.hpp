// What can be said of a token without a key: its parts, and everything that a careful verifier would refuse. Nothing
// here is believed: no type of this file is proof of anything.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace countersign::jose {

struct Inspection {
    std::string header, claims;    // JSON on one line; empty if unreadable
    std::optional<Instant> issued, not_before, expires;
    std::vector<AuthError> refusals;     // in the order in which a verifier meets them
    std::vector<std::string> remarks;    // what is overlooked rather than refused
};

Inspection inspect(std::string_view token, Instant now);
/// The same as one JSON object, with the token's fingerprint.
std::string write_json(const Inspection& seen, std::string_view token);

/// JSON that has been validated, without blanks between its parts, and without bytes that a terminal obeys.
std::string one_line(std::string_view json);

}    // namespace countersign::jose

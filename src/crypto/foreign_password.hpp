// Password hashes that other systems made: read, bounded and verified, never made (PWD-05, PWD-09 to PWD-11). A stored
// text says by its first characters what it is; exports that keep parts of it elsewhere are joined by
// foreign_export.hpp.
#pragma once

#include "base/result.hpp"

namespace countersign::crypto {

enum class PasswordCheck : std::uint8_t { match, mismatch };

/// Below the floor of its scheme, or a scheme without one: worth a forced reset if its owner does not come back.
enum class Strength : std::uint8_t { weak, sound };
/// Whether refusing a wrong password takes long enough to be noticed.
enum class Weight : std::uint8_t { light, heavy };

struct ForeignHashFacts {
    std::string_view scheme;
    Strength strength;
    Weight weight;
    std::uint64_t memory;    // bytes that verifying takes; 0: hardly any
    std::size_t cost_end;    // all stored texts of this scheme and cost begin with these so many characters
};
/// Computes nothing. Errors: password.hash_unreadable, password.hash_cost.
Result<ForeignHashFacts> parse_foreign_hash(std::string_view stored);

/// Errors: those of parse_foreign_hash before any work, crypto.failed.
Result<PasswordCheck> verify_foreign_hash(std::string_view stored, std::string_view password);

/// Whether the first characters are those of a scheme of ours to verify.
enum class Known : std::uint8_t { no, yes };
Known known_foreign(std::string_view stored);

}    // namespace countersign::crypto

// How one name stands with its failures, wherever they are counted.
#pragma once

#include <limits>

#include "guard/failure_counts.hpp"

namespace countersign::guard {

struct FailureEntry {
    unsigned failures = 0;
    Instant first, last;
    Instant until;    // of the wait, if there is one

    Standing standing(const FailureRule& rule, Instant now) const;
    /// A clock that was set back makes nobody wait, or be remembered, longer than the rule says.
    void follow_clock(const FailureRule& rule, Instant now);
    bool is_forgotten(const FailureRule& rule, Instant now) const;
    void fail(const FailureRule& rule, Instant now);
};

/// The worse of two, which decides.
Standing worse_of(const Standing& one, const Standing& other);

/// A stop at which nobody has tried for so long may leave its place, where there are too few.
inline constexpr Seconds idle_stop{86'400};

}    // namespace countersign::guard

#pragma once

#include <iosfwd>

namespace countersign::cli {

/// What a command reads and writes.
struct Streams {
    std::istream& in;
    std::ostream& out;
    std::ostream& complaints;
};

}    // namespace countersign::cli

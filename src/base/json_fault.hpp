// Where a text stops being JSON: for people who mend a file. json::parse decides; this only points.
#pragma once

#include <cstddef>
#include <string_view>

namespace countersign::json {

struct Fault {
    std::size_t line = 1;
    std::size_t column = 1;    // in bytes, from 1
    std::string_view what;     // our words only: nothing of the text, which may hold a secret
};

/// The first fault of a text that json::parse refuses.
Fault find_fault(std::string_view text);

}    // namespace countersign::json

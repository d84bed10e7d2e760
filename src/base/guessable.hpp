// What a secret must not be, whoever it is for: a sample that everybody knows, or a value that no generator makes.
#pragma once

#include <string_view>

namespace countersign {

/// Few different bytes, one text again and again, steps of one size, or a part of a known sample in it (KEY-09).
bool is_guessable(std::string_view secret);

}    // namespace countersign

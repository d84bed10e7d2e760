#pragma once

#include <string>
#include <string_view>

namespace countersign {
/// Text as it may stand in HTML, in attributes too.
std::string html_escaped(std::string_view text);
}    // namespace countersign

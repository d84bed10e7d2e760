#include "base/error.hpp"

#include <fmt/format.h>

namespace countersign {

std::string Fact::text() const {
    switch (kind_) {
        case Kind::none:
            return {};
        case Kind::number:
            return std::to_string(number_);
        case Kind::instant:
            return to_iso8601(Instant::from_unix_ms(number_));
        case Kind::text:
            break;
    }
    std::string out;
    for (std::size_t i = 0; i < size_; ++i) {
        const auto byte = static_cast<unsigned char>(text_[i]);
        if (byte >= 0x20 && byte < 0x7F) {
            out.push_back(static_cast<char>(byte));
        } else {
            out += fmt::format("\\x{:02x}", byte);
        }
    }
    if (cut_) out += "...";
    return out;
}

std::string AuthError::detail() const {
    std::string out{cause_of(code_).prose};
    if (!expected_.empty()) out += fmt::format("; expected: {}", expected_.text());
    if (!found_.empty()) out += fmt::format("; found: {}", found_.text());
    return out;
}

}    // namespace countersign

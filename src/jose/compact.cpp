#include "jose/compact.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace countersign::jose {

bool is_base64url(std::string_view text) {
    const auto in_alphabet = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return text.size() % 4 != 1 && std::ranges::all_of(text, in_alphabet);
}

Result<CompactView> parse_compact(std::string_view token, std::size_t max_size) {
    constexpr std::ptrdiff_t dots_of_jwe = 4;
    if (token.empty()) return fail(Code::token_missing);
    if (token.size() > max_size) return fail(Code::token_too_large, max_size, token.size());
    const std::size_t first = token.find('.');
    if (first == std::string_view::npos) return fail(Code::token_opaque_access_token, "header.payload.signature");
    const std::size_t second = token.find('.', first + 1);
    if (second == std::string_view::npos) return fail(Code::token_malformed, "three parts", 2);
    if (token.find('.', second + 1) != std::string_view::npos) {
        if (std::ranges::count(token, '.') == dots_of_jwe)
            return fail(Code::token_opaque_access_token, "a signed token", "JWE");
        return fail(Code::token_malformed, "three parts", "more");
    }
    if (first == 0) return fail(Code::token_malformed, "a header");
    return CompactView{.header = token.substr(0, first),
                       .payload = token.substr(first + 1, second - first - 1),
                       .signature = token.substr(second + 1),
                       .signed_part = token.substr(0, second),
                       .size = token.size()};
}

}    // namespace countersign::jose

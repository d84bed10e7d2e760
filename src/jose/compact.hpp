// The compact form, taken apart by the positions of its two dots (RFC 7515 §7.1). Nothing is decoded here.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace countersign::jose {

/// Views of the token's text.
struct CompactView {
    std::string_view header, payload, signature;
    std::string_view signed_part;    // header.payload
    std::size_t size;                // of the whole token
};

inline constexpr std::size_t max_token_size = 16'384;          // TOK-14; a policy may say less or more
inline constexpr std::size_t most_max_token_size = 1 << 20;    // and never more than this

/// Errors: token.missing, token.too_large (before anything else), token.opaque_access_token (no JWS at all),
/// token.malformed.
Result<CompactView> parse_compact(std::string_view token, std::size_t max_size);

/// Whether each byte is a letter, a digit, `-` or `_`, and the length can be that of base64url.
bool is_base64url(std::string_view text);

}    // namespace countersign::jose

// The protected header of a JWS, read strictly. Keys and addresses of keys in it (jwk, jku, x5u, x5c) are not even
// looked at: there is no member for them (TOK-06).
#pragma once

#include <optional>

#include "base/result.hpp"
#include "jose/object_reader.hpp"

namespace countersign::jose {

/// What `b64` says (RFC 7797 §3).
enum class PayloadForm : std::uint8_t { encoded, unencoded };
/// Whether the caller can do what RFC 7797 asks; a JWT never may (TOK-16).
enum class CritRule : std::uint8_t { nothing_understood, b64_understood };

/// Views of the decoded header's text.
struct HeaderView {
    JsonStringView alg;
    std::optional<JsonStringView> kid, typ, cty;
    PayloadForm payload = PayloadForm::encoded;
};

inline constexpr std::size_t max_header_text = 256;    // bytes of alg, kid, typ and cty each (TOK-07)

/// Errors: token.header_malformed, token.crit_unknown (RFC 7515 §4.1.11), token.payload_unencoded.
Result<HeaderView> parse_header(std::string_view text, std::size_t max_depth, CritRule rule);

}    // namespace countersign::jose

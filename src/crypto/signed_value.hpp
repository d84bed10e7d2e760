// `value.base64(HMAC-SHA-256)`: the text of every signed cookie of Better Auth.
#pragma once

#include "base/result.hpp"
#include "crypto/digest.hpp"

namespace countersign::crypto {

/// `context` is empty in Better Auth's format; with one the MAC covers context, NUL and value (CKY-04).
std::string sign_value(const HmacKey& key, std::string_view value, std::string_view context = {});
/// The value if the signature is right: split at the last dot, 44 characters of base64 that end in `=`.
/// Errors: session.signature.
Result<std::string> open_signed_value(const HmacKey& key, std::string_view text, std::string_view context = {});

}    // namespace countersign::crypto

// E-mail addresses: the one syntax that is accepted and the one form that is stored and compared (REC-07).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace countersign {

/// zod's default syntax, which is the one that Better Auth accepts; at most 254 bytes (RFC 5321 §4.5.3.1.3).
enum class EmailSyntax : std::uint8_t { valid, invalid };
EmailSyntax email_syntax(std::string_view text);

/// ASCII lower case: for storage, look-up and uniqueness.
std::string canonical_email(std::string_view email);

}    // namespace countersign

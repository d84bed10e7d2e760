// The protected header of a JWE, read strictly. Internal to jose: Decrypter is the door.
#pragma once

#include <optional>

#include "base/encoding.hpp"
#include "base/result.hpp"
#include "jose/object_reader.hpp"

namespace countersign::jose {

struct JweHeader {
    std::string alg, enc;
    std::optional<std::string> kid;
    std::string typ, cty;    // empty: none
    std::string epk;         // JSON text
    std::optional<Bytes> apu, apv, iv, tag, p2s;
    std::optional<std::uint32_t> p2c;
};

/// Errors: jwe.header_malformed, token.crit_unknown, jwe.zip_refused, jwe.password_rounds (TOK-28).
Result<JweHeader> parse_jwe_header(std::string_view text);

}    // namespace countersign::jose

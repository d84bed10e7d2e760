// Two decoders of canonical base64url (RFC 4648 §5) that answer alike: one for every processor, one for those with
// AVX2. Internal to base: callers ask parse_base64url.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace countersign::base64url_decoders {

/// `out` has room for base64url_room(text.size()) bytes; nothing is written beyond them. Answers how many were written;
/// absent as parse_base64url.
using Decoder = std::optional<std::size_t> (*)(std::string_view text, std::byte* out);

std::optional<std::size_t> plain(std::string_view text, std::byte* out);
/// Null where the processor has no AVX2. No wider vectors: they make what comes after them slower.
Decoder wide();
/// The faster one of this processor, chosen at the first call.
Decoder best();

}    // namespace countersign::base64url_decoders

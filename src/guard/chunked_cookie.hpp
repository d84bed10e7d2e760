// A value that may be too long for one cookie: it is cut into `<name>.0`, `<name>.1`, ... (WIRE §3).
#pragma once

#include "http/cookie.hpp"

namespace countersign::guard {

inline constexpr std::size_t longest_cookie = 4050;    // bytes of a whole Set-Cookie line; browsers take about 4093
inline constexpr std::size_t most_chunks = 100;

/// The value that the request carries under this name, whole or in chunks; empty if there is none. A name that comes
/// twice makes it none (CKY-02).
std::string chunked_value(const http::RequestView& request, std::string_view name);

/// Sets the value, and takes away the chunks of another one that the browser still has. More than `most_chunks`: the
/// browser is left without. `value`: base64url characters and dots, which no cookie encodes. `life` as of set_cookie.
void append_chunked(http::Response& answer, const http::RequestView& request, const http::CookieForm& form,
                    std::string_view value, std::optional<Seconds> life);

/// Takes away what the browser sent of it.
void append_chunks_expired(http::Response& answer, const http::RequestView& request, const http::CookieForm& form);

}    // namespace countersign::guard

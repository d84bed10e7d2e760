// Faces become answers, and every answer gets the headers that its row asks for.
#pragma once

#include "base/profile.hpp"
#include "http/exchange.hpp"

namespace countersign::http {

enum class Transport : std::uint8_t { http, https };

/// The answer of a refusal: the face, never the cause.
Response refusal(const Exchange& x, const AuthError& why, Profile profile);

/// Security headers, caching and the request id: ready-made lines, chosen by row (CSR-10, ERR-06).
void add_fixed_headers(const Exchange& x, Response& answer, Transport transport);

}    // namespace countersign::http

// A JWT that an application secret signs (WIRE §2: HS256), with the one header that Better Auth writes. Nothing is
// chosen by what stands in it.
#pragma once

#include "base/json.hpp"
#include "crypto/hmac_keys.hpp"

namespace countersign::jose {

std::string sign_secret_jwt(const crypto::HmacKey& key, std::string_view claims);

/// The claims of a token with exactly that header and a MAC of one of these keys; absent for everything else, and for
/// claims that are no JSON. Nothing in them has been checked.
std::optional<json::Value> open_secret_jwt(const crypto::HmacKeys& keys, std::string_view token);

}    // namespace countersign::jose

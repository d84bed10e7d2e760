// The Unicode form of a password (PWD-05).
#pragma once

#include "base/secret.hpp"

namespace countersign::crypto {

/// NFKC of valid UTF-8; text that is none is taken as it is, so that it hashes to something and matches nothing.
Secret nfkc(std::string_view password);
/// The same without case and without what cannot be seen: for comparing, never for hashing.
Secret nfkc_casefold(std::string_view password);

}    // namespace countersign::crypto

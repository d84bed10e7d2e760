#include "crypto/hmac_keys.hpp"

namespace countersign::crypto {

HmacKeys HmacKeys::of(const Keyring& secrets) {
    HmacKeys made;
    for (const Secret* secret : secrets.all()) made.keys_.emplace_back(secret->reveal());
    return made;
}

HmacKeys HmacKeys::of(const Keyring& secrets, std::string_view purpose) {
    HmacKeys made;
    for (const Secret* secret : secrets.all()) made.keys_.emplace_back(purpose_key(*secret, purpose).reveal());
    return made;
}

HmacKey::Check HmacKeys::verify(std::span<const std::byte> data, std::span<const std::byte> mac) const {
    const bool match =
        std::ranges::any_of(keys_, [&](const HmacKey& key) { return key.verify(data, mac) == HmacKey::Check::match; });
    return match ? HmacKey::Check::match : HmacKey::Check::mismatch;
}

}    // namespace countersign::crypto

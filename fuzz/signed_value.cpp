// open_signed_value: opens what we signed and nothing else.
#include "crypto/signed_value.hpp"
#include "base/encoding.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    static const crypto::HmacKey key{bytes_of("the key of signed values, for fuzzing")};
    const auto opened = crypto::open_signed_value(key, input);
    if (opened.ok()) fuzz::equal("signed by us", crypto::sign_value(key, *opened), input);
    if (input.empty()) return;    // no cookie has an empty value
    const std::string made = crypto::sign_value(key, input, "name");
    const auto again = crypto::open_signed_value(key, made, "name");
    fuzz::equal("opens", again.ok() && *again == input, true);
    fuzz::equal("of another name", crypto::open_signed_value(key, made, "other").ok(), false);
}

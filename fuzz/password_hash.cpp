// verify_password: a stored text of any form is refused or costs no more than our bounds, and never opens by itself.
#include "crypto/password.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    [[maybe_unused]] static const bool started = crypto::start().ok();
    const Result<crypto::PasswordCheck> check = crypto::verify_password(input, "not the password of any seed");
    if (check.ok()) fuzz::equal("no password", *check == crypto::PasswordCheck::mismatch, true);
    if (crypto::scheme_of(input) == crypto::PasswordScheme::unknown) fuzz::equal("unknown form", check.ok(), false);
    [[maybe_unused]] const std::size_t length = crypto::utf16_length(input);
}

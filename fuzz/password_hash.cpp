// parse_stored_hash, parse_foreign_hash: a stored text of any form is refused or costs no more than our bounds, and
// never opens by itself.
#include "crypto/foreign_password.hpp"

#include "crypto/password.hpp"
#include "fuzz.hpp"

using namespace countersign;

namespace {

constexpr std::uint64_t most_memory = std::uint64_t{256} << 20U, cheap = std::uint64_t{4} << 20U;

void check_decoy(std::string_view input, const crypto::StoredHash& hash) {
    const Result<std::string> decoy = crypto::decoy_like(input);
    fuzz::equal("there is a decoy", decoy.ok(), true);
    const Result<crypto::StoredHash> facts = crypto::parse_stored_hash(*decoy);
    fuzz::equal("a decoy is read", facts.ok(), true);
    fuzz::equal("memory of a decoy", facts->memory, hash.memory);
}

}    // namespace

CS_FUZZ(input) {
    [[maybe_unused]] static const bool started = crypto::start().ok();
    const Result<crypto::StoredHash> hash = crypto::parse_stored_hash(input);
    if (!hash.ok()) {
        fuzz::equal("unread", crypto::verify_password(input, "x").ok(), false);
        return;
    }
    fuzz::equal("memory", hash->memory <= most_memory, true);
    fuzz::equal("cost", hash->cost_end <= input.size(), true);
    fuzz::equal("known", crypto::scheme_of(input) == crypto::PasswordScheme::unknown, false);
    if (hash->scheme == crypto::PasswordScheme::foreign)
        fuzz::equal("foreign", crypto::parse_foreign_hash(input).ok(), true);
    if (hash->weight == crypto::Weight::heavy) check_decoy(input, *hash);
    const bool quick = hash->weight == crypto::Weight::light || (hash->memory > 0 && hash->memory <= cheap);
    if (!quick) return;    // work within the bounds takes up to seconds
    const Result<crypto::PasswordCheck> check = crypto::verify_password(input, "not the password of any seed");
    if (check.ok()) fuzz::equal("no password", *check == crypto::PasswordCheck::mismatch, true);
}

#include "capi/handles.hpp"

namespace countersign::capi {
namespace {

Result<std::vector<std::string>> list_of(const cs_text* texts, std::size_t count) {
    if (count > max_list) return fail(Code::call_wrong, max_list, count);
    if (count > 0 && texts == nullptr) return fail(Code::call_wrong, "a list that is not NULL");
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) {
        CS_TRY(const std::string_view one, text_of(texts[i], max_short_text));
        out.emplace_back(one);
    }
    return out;
}

Result<std::unique_ptr<cs_dpop>> make(const cs_dpop_ask* ask) {
    constexpr std::size_t most_room = std::size_t{1} << 26;
    CS_TRY(const cs_dpop_ask given, read_sized(ask));
    CS_TRY(const std::vector<std::string> names, list_of(given.algorithms, given.algorithm_count));
    CS_TRY(const jose::Algorithms permitted, jose::Algorithms::parse(names));
    if (given.room < jose::ReplayStore::parts || given.room > most_room)
        return fail(Code::policy_invalid, "room for 16 to 2^26 proofs");
    if (given.nonce != CS_NONCE_NOT_ASKED && given.nonce != CS_NONCE_REQUIRED)
        return fail(Code::call_wrong, "CS_NONCE_NOT_ASKED or CS_NONCE_REQUIRED");
    jose::DpopPolicy policy{.algorithms = permitted};
    if (given.max_age != 0) policy.max_age = Seconds{given.max_age};
    if (given.max_ahead != 0) policy.max_ahead = Seconds{given.max_ahead};
    if (given.nonce == CS_NONCE_REQUIRED) policy.nonce = jose::ProofNonce::required;
    CS_CHECK(policy.check());
    SystemRandom random;
    auto made = std::make_unique<cs_dpop>(given.room, random);
    CS_TRY(made->verifier, jose::DpopVerifier::make(std::move(policy), made->store));
    return made;
}

}    // namespace

Result<jose::DpopProof> check_proof(const cs_dpop& dpop, const cs_proof* proof,
                                    std::optional<std::string_view> access_token, Instant now) {
    CS_TRY(const cs_proof given, read_sized(proof));
    CS_TRY(const std::string_view text, text_of(given.proof, max_short_text));
    CS_TRY(const std::string_view method, text_of(given.method, max_short_text));
    CS_TRY(const std::string_view url, text_of(given.url, max_short_text));
    CS_TRY(const std::vector<std::string> nonces, list_of(given.nonces, given.nonce_count));
    return dpop.verifier->verify(text, {.method = method, .url = url, .access_token = access_token, .nonces = nonces},
                                 now);
}

}    // namespace countersign::capi

using namespace countersign;
using namespace countersign::capi;

cs_code cs_dpop_make(const cs_dpop_ask* ask, cs_dpop** out, cs_error* error) noexcept {
    return guarded_make(out, error, [&] { return make(ask); });
}

void cs_dpop_free(cs_dpop* dpop) noexcept { free_handle(dpop); }

cs_code cs_dpop_spend(const cs_dpop* dpop, const cs_proof* proof, int64_t now, cs_buffer** thumbprint,
                      cs_error* error) noexcept {
    return guarded_make(thumbprint, error, [&]() -> Result<std::unique_ptr<cs_buffer>> {
        CS_TRY(const cs_dpop* checked, handle_of(dpop));
        CS_TRY(const Instant at, instant_of(now));
        CS_TRY(jose::DpopProof right, check_proof(*checked, proof, std::nullopt, at));
        CS_TRY(const jose::SpentProof spent, std::move(right).spend(at));
        return buffer_of(Secret::from_text(spent.thumbprint()));
    });
}

#include "capi/handles.hpp"
#include "jose/inspect.hpp"
#include "jose/jws.hpp"

namespace countersign::capi {
namespace {

constexpr std::string_view no_typ = "absent";

Result<jose::Alg> algorithm_of(const jose::Jwk& key, std::string_view name) {
    if (name.empty()) name = key.alg;
    if (!key.alg.empty() && name != key.alg) return fail(Code::key_unsupported, key.alg, name);
    std::optional<jose::Alg> found;
    for (const jose::Algorithm& row : jose::algorithms) {
        if (row.kty != key.kty() || row.curve != key.curve() || (!name.empty() && row.name != name)) continue;
        if (found) return fail(Code::key_alg_ambiguous, "an algorithm");
        found = row.id;
    }
    if (!found) return fail(Code::key_unsupported, "an algorithm that the key fits", name);
    return *found;
}

/// The claims as they will be signed: one object, on one line, otherwise byte for byte.
Result<std::string> claims_of(cs_text given) {
    CS_TRY(const std::string_view text, text_of(given, max_text));
    const Result<json::Value> document = json::parse(text, jose::max_json_depth);
    if (!document.ok() || document->as_object() == nullptr) return fail(Code::token_claims_malformed, "a JSON object");
    return jose::one_line(text);
}

/// But for what a proof of the key in `cnf` would settle.
Result<void> check_claims(std::string_view token, Instant now) {
    for (const AuthError& error : jose::inspect(token, now).refusals) {
        if (error.code() != Code::token_cnf_unproved) return fail(error);
    }
    return {};
}

Result<std::unique_ptr<cs_buffer>> sign(const cs_signer& signer, const cs_sign_ask* ask) {
    CS_TRY(const cs_sign_ask given, read_sized(ask));
    CS_TRY(const Instant now, instant_of(given.now));
    CS_TRY(const std::string_view typ, text_of(given.typ, jose::max_header_text));
    if (typ.empty()) return fail(Code::call_wrong, "typ, or \"absent\"");
    if (given.how != CS_SIGN_CAREFULLY && given.how != CS_SIGN_ANYWAY)
        return fail(Code::call_wrong, "CS_SIGN_CAREFULLY or CS_SIGN_ANYWAY");
    CS_TRY(const std::string claims, claims_of(given.claims));
    CS_TRY(const std::string token,
           jose::sign_compact(signer.key, bytes_of(claims), {.typ = typ == no_typ ? std::string_view{} : typ}));
    if (given.how == CS_SIGN_CAREFULLY) CS_CHECK(check_claims(token, now));
    return buffer_of(Secret::from_text(token));
}

}    // namespace
}    // namespace countersign::capi

using namespace countersign;
using namespace countersign::capi;

cs_code cs_signer_make(const cs_key* key, cs_text algorithm, cs_signer** out, cs_error* error) noexcept {
    return guarded_make(out, error, [&]() -> Result<std::unique_ptr<cs_signer>> {
        CS_TRY(const cs_key* checked, handle_of(key));
        CS_TRY(const std::string_view name, capi::text_of(algorithm, max_short_text));
        CS_TRY(const jose::Alg alg, algorithm_of(checked->jwk, name));
        CS_TRY(jose::SigningKey made, jose::SigningKey::bind(checked->jwk, alg));
        return std::make_unique<cs_signer>(std::move(made));
    });
}

void cs_signer_free(cs_signer* signer) noexcept { free_handle(signer); }

cs_code cs_sign(const cs_signer* signer, const cs_sign_ask* ask, cs_buffer** token, cs_error* error) noexcept {
    return guarded_make(token, error, [&]() -> Result<std::unique_ptr<cs_buffer>> {
        CS_TRY(const cs_signer* checked, handle_of(signer));
        return sign(*checked, ask);
    });
}

cs_code cs_inspect(cs_text token, int64_t now, cs_buffer** json, cs_error* error) noexcept {
    return guarded_make(json, error, [&]() -> Result<std::unique_ptr<cs_buffer>> {
        CS_TRY(const std::string_view text, capi::text_of(token, jose::most_max_token_size));
        CS_TRY(const Instant at, instant_of(now));
        return buffer_of(Secret::from_text(jose::write_json(jose::inspect(text, at), text)));
    });
}

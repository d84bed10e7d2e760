#include "capi/handles.hpp"
#include "jose/compact.hpp"
#include "jose/header.hpp"
#include "jose/token_text.hpp"

namespace countersign::capi {
namespace {

Result<jose::VerifiedToken> verify_bound(const cs_verifier& verifier, const cs_verify_ask& ask, std::string_view token,
                                         Instant now) {
    CS_TRY(const cs_dpop* dpop, handle_of(ask.dpop));
    CS_TRY(jose::DpopProof proof, check_proof(*dpop, ask.proof, token, now));
    if (auto* fixed = std::get_if<jose::Verifier>(&verifier.verifier))
        return fixed->verify_with_proof(token, std::move(proof), now);
    return std::get<jose::RemoteVerifier>(verifier.verifier).verify_with_proof(token, std::move(proof), now);
}

/// A length that no policy allows is not a length to be believed: nothing is read then.
Result<std::string_view> token_of(cs_text given) {
    if (given.size > jose::most_max_token_size)
        return fail(AuthError{Code::token_too_large, jose::most_max_token_size}.shown_as(Public::unauthorized));
    return text_of(given, jose::most_max_token_size);
}

Result<jose::VerifiedToken> verify(const cs_verifier& verifier, const cs_verify_ask& ask, std::string_view token) {
    CS_TRY(const Instant at, instant_of(ask.now));
    const Instant now = ask.now == 0 ? verifier.now.value_or(at) : at;
    if (ask.dpop != nullptr || ask.proof != nullptr) return verify_bound(verifier, ask, token, now);
    if (auto* fixed = std::get_if<jose::Verifier>(&verifier.verifier)) return fixed->verify(token, now);
    return std::get<jose::RemoteVerifier>(verifier.verifier).verify(token, now);
}

/// The header of a token that was believed. Most have the header of the one before.
Result<void> keep_kid(cs_result& result, std::string_view header) {
    if (header == result.header) return {};
    result.header.clear();
    result.kid.clear();
    const std::optional<jose::TokenText> text = jose::TokenText::parse(header);
    if (!text) return fail(Code::internal_fault);
    CS_TRY(const jose::HeaderView read,
           jose::parse_header(text->json(), jose::max_json_depth, jose::CritRule::nothing_understood));
    if (read.kid) result.kid = read.kid->text();
    result.header = header;
    return {};
}

Result<void> run(const cs_verifier* verifier, const cs_verify_ask* ask, cs_result& result) {
    CS_TRY(const cs_verifier* checked, handle_of(verifier));
    CS_TRY(const cs_verify_ask given, read_sized(ask));
    CS_TRY(const std::string_view token, token_of(given.token));
    Result<jose::VerifiedToken> verified = verify(*checked, given, token);
    if (!verified.ok()) {
        if (verified.error().code() != Code::call_wrong) result.fingerprint = jose::offline_fingerprint(token);
        return fail(verified.error());
    }
    CS_CHECK(keep_kid(result, token.substr(0, token.find('.'))));
    result.token.emplace(*std::move(verified));
    result.refusal.reset();
    return {};
}

void begin(cs_result& result) {
    result.refuse(AuthError{Code::internal_fault}.shown_as(Public::unauthorized));
    result.detail.clear();
    result.fingerprint.clear();
    result.texts.clear();
}

std::int64_t seconds_of(const std::optional<Instant>& at) { return at ? at->unix_seconds() : CS_NO_TIME; }

void describe(const jose::VerifiedToken& token, const cs_result& result, cs_verdict& out) {
    out.accepted = 1;
    out.subject = to_text(token.subject());
    out.issuer = to_text(token.issuer());
    out.token_id = to_text(token.id());
    out.key_id = to_text(result.kid);
    out.algorithm = to_text(token.algorithm().name);
    out.bound_to = to_text(token.bound_to());
    out.claims = to_text(token.claims_json());
    out.expires = seconds_of(token.expires());
    out.issued_at = seconds_of(token.issued_at());
}

void describe(const AuthError& error, cs_result& result, cs_verdict& out) {
    if (result.detail.empty()) result.detail = error.detail();
    const Face& face = error.face();
    out.http_status = face.http;
    out.public_code = to_text(face.app);
    out.public_message = to_text(face.message);
    out.oauth_error = to_text(face.oauth);
    out.cause = to_text(error.label());
    out.detail = to_text(result.detail);
    out.fingerprint = to_text(result.fingerprint);
    out.expires = CS_NO_TIME;
    out.issued_at = CS_NO_TIME;
}

}    // namespace
}    // namespace countersign::capi

using namespace countersign;
using namespace countersign::capi;

cs_code cs_result_make(cs_result** out) noexcept {
    return guarded_make(out, nullptr, []() -> Result<std::unique_ptr<cs_result>> {
        auto made = std::make_unique<cs_result>();
        begin(*made);
        return made;
    });
}

void cs_result_free(cs_result* result) noexcept { free_handle(result); }

cs_code cs_verify(const cs_verifier* verifier, const cs_verify_ask* ask, cs_result* result) noexcept {
    return guarded(nullptr, [&]() -> Result<void> {
        CS_TRY(cs_result * checked, handle_of(result));
        begin(*checked);
        const Result<void> done = run(verifier, ask, *checked);
        if (done.ok()) return {};
        checked->refuse(done.error());
        return done;
    });
}

cs_code cs_result_read(cs_result* result, cs_verdict* out) noexcept {
    return guarded(nullptr, [&]() -> Result<void> {
        CS_TRY(const std::size_t size, begin_sized(out));
        CS_TRY(cs_result * checked, handle_of(result));
        cs_verdict verdict{};
        if (checked->token) {
            describe(*checked->token, *checked, verdict);
        } else {
            describe(*checked->refusal, *checked, verdict);
        }
        write_sized(out, size, verdict);
        return {};
    });
}

// The C boundary over tokens that no signer of ours would make.
#pragma once

#include <countersign/countersign.h>

#include "unit/jose/dpop_rig.hpp"

namespace countersign::capi_test {

inline cs_text c_text(std::string_view from) { return {.data = from.data(), .size = from.size()}; }
inline std::string_view view(cs_text from) { return {from.data, from.size}; }

template <class T, void (*Free)(T*) noexcept>
using Owner = std::unique_ptr<T, decltype([](T* handle) { Free(handle); })>;
using Verifier = Owner<cs_verifier, cs_verifier_free>;
using Room = Owner<cs_result, cs_result_free>;
using Dpop = Owner<cs_dpop, cs_dpop_free>;

inline std::string set_of(const jose::Rig& rig) { return R"({"keys":[)" + *rig.jwk().write_public() + "]}"; }

inline std::string policy_with(std::string_view more = {}) {
    return R"({"issuer":"https://id.test","audience":"https://api.test","typ":"at+jwt","algorithms":["ES256"])" +
           std::string{more} + "}";
}

inline Verifier make_verifier(const std::string& policy, const std::string& jwks, const cs_fetch* fetch = nullptr) {
    const cs_verifier_ask ask{.size = sizeof ask,
                              .policy = c_text(policy),
                              .jwks = c_text(jwks),
                              .fetch = fetch,
                              .log = nullptr,
                              .log_context = nullptr};
    cs_error error{.size = sizeof error, .code = 0, .reserved = 0, .cause = "", .detail = ""};
    cs_verifier* made = nullptr;
    EXPECT_EQ(cs_verifier_make(&ask, &made, &error), CS_OK) << error.cause << ": " << error.detail;
    return Verifier{made};
}

/// What one verification says. Texts are copies.
struct Answer {
    cs_code code = -1;
    int accepted = -1, http_status = -1;
    std::string face, cause, detail, fingerprint, subject, bound_to, key_id;
};

inline Answer ask_boundary(const cs_verifier* verifier, const cs_verify_ask& ask) {
    cs_result* room = nullptr;
    EXPECT_EQ(cs_result_make(&room), CS_OK);
    const Room owner{room};
    Answer out;
    out.code = cs_verify(verifier, &ask, room);
    cs_verdict verdict{};
    verdict.size = sizeof verdict;
    EXPECT_EQ(cs_result_read(room, &verdict), CS_OK);
    out.accepted = verdict.accepted;
    out.http_status = verdict.http_status;
    out.face = std::string{view(verdict.public_code)} + "|" + std::string{view(verdict.public_message)} + "|" +
               std::string{view(verdict.oauth_error)};
    out.cause = view(verdict.cause);
    out.detail = view(verdict.detail);
    out.fingerprint = view(verdict.fingerprint);
    out.subject = view(verdict.subject);
    out.bound_to = view(verdict.bound_to);
    out.key_id = view(verdict.key_id);
    return out;
}

inline Answer verify(const Verifier& verifier, std::string_view token, std::int64_t now = jose::test_now) {
    return ask_boundary(
        verifier.get(),
        {.size = sizeof(cs_verify_ask), .token = c_text(token), .now = now, .dpop = nullptr, .proof = nullptr});
}

}    // namespace countersign::capi_test

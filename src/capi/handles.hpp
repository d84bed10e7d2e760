// What stands behind the opaque handles of countersign.h.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "capi/call.hpp"
#include "capi/host.hpp"
#include "jose/dpop.hpp"
#include "jose/jwk.hpp"
#include "jose/key.hpp"
#include "jose/remote_verifier.hpp"
#include "jose/verifier.hpp"

struct cs_buffer : countersign::capi::Handle<0x62756666> {
    countersign::Secret text;
};

struct cs_key : countersign::capi::Handle<0x6B657921> {
    countersign::jose::Jwk jwk;
};

struct cs_signer : countersign::capi::Handle<0x7369676E> {
    explicit cs_signer(countersign::jose::SigningKey made) : key{std::move(made)} {}
    countersign::jose::SigningKey key;
};

struct cs_dpop : countersign::capi::Handle<0x64706F70> {
    cs_dpop(std::size_t room, countersign::Random& random) : store{room, random} {}
    countersign::jose::ReplayStore store;
    std::optional<countersign::jose::DpopVerifier> verifier;
};

/// A verifier without keys at an address has no lock and no clock to look at.
struct cs_verifier : countersign::capi::Handle<0x76657269> {
    countersign::capi::HostFetch fetch;
    countersign::capi::HostLog log;
    std::optional<countersign::Instant> now;
    mutable std::variant<std::monostate, countersign::jose::Verifier, countersign::jose::RemoteVerifier> verifier;
};

struct cs_result : countersign::capi::Handle<0x72657375> {
    std::optional<countersign::jose::VerifiedToken> token;    // absent: refused
    std::optional<countersign::AuthError> refusal;
    std::string detail;         // built when it is asked for
    std::string fingerprint;    // of a refused token
    std::string header;         // of the last token that was believed, and the kid in it
    std::string kid;
    std::vector<std::unique_ptr<std::string>> texts;    // of claims that were given out

    void refuse(const countersign::AuthError& error) {
        token.reset();
        refusal = error;
    }
};

namespace countersign::capi {

std::unique_ptr<cs_buffer> buffer_of(Secret text);
/// `proof` as the caller described it, against `dpop`. `nonces` keeps what the request has views of.
Result<jose::DpopProof> check_proof(const cs_dpop& dpop, const cs_proof* proof,
                                    std::optional<std::string_view> access_token, Instant now);

}    // namespace countersign::capi

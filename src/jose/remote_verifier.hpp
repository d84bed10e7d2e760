// A verifier whose keys follow what their issuers publish. Verifying takes no lock while the keys are fresh; one caller
// at a time asks an issuer, and the others go on with the keys that are there. Safe from several threads.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "jose/generations.hpp"
#include "jose/remote_keys.hpp"

namespace countersign::jose {

/// The text of a JWK set that does not change. It may hold MAC secrets.
struct FixedKeys {
    Secret text;
};
struct PublishedKeys {
    KeyPlace place;
    RemoteTimes times{};
};

struct IssuerWithKeys {
    VerifyPolicy policy;
    std::variant<FixedKeys, PublishedKeys> keys;
    OpenKeys open = OpenKeys::refused;
};

class RemoteVerifier {
  public:
    /// Asks nobody yet. `log` may be null; it and `fetch` must outlive the verifier. Errors: as Verifier::make and
    /// KeySet::parse; policy.invalid for MAC algorithms with published keys.
    static Result<RemoteVerifier> make(std::vector<IssuerWithKeys> issuers, Fetch& fetch, Logger* log);

    RemoteVerifier(RemoteVerifier&&) noexcept;
    RemoteVerifier& operator=(RemoteVerifier&&) noexcept;
    ~RemoteVerifier();

    /// As Verifier::verify. A kid that no set has makes the issuers' sets be fetched again, at most once a cool-down,
    /// and the token be tried once more; nothing else of a token does anything (TOK-06). While an issuer has no keys, a
    /// token that no other issuer knows is refused with the reason of that: jwks.*, fetch.* or key.*.
    Result<VerifiedToken> verify(std::string_view token, Instant now);
    /// As Verifier::verify_with_proof, with the same care for the keys.
    Result<VerifiedToken> verify_with_proof(std::string_view token, DpopProof proof, Instant now);

    /// The verifier of this moment after a look at the clock, for whoever keeps results: they are good for as long as
    /// the number is the same. Hold it for one verification only.
    Generations::Use use(Instant now);
    std::uint64_t generation(Instant now) { return use(now)->number; }

    /// Asks the issuers that are due, for callers that want their keys before the first token. Errors: the first issuer
    /// without keys, and why.
    Result<void> prepare(Instant now);

  private:
    struct State;
    explicit RemoteVerifier(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}    // namespace countersign::jose

// A client that makes DPoP proofs, any header and any claims, and the server that its good proofs satisfy.
#pragma once

#include "jose/dpop.hpp"
#include "unit/jose/rig.hpp"

namespace countersign::jose {

inline constexpr std::string_view proof_url = "https://api.test/items";

class Prover {
  public:
    explicit Prover(Alg alg = Alg::es256) : rig_{alg, "p1"} {}

    std::string header() const {
        return R"({"typ":"dpop+jwt","alg":")" +
               std::string{row_of(rig_.jwk().kty() == Kty::oct ? Alg::hs256 : alg()).name} + R"(","jwk":)" +
               (rig_.jwk().kty() == Kty::oct ? "{}" : *rig_.jwk().write_public()) + "}";
    }
    /// For a request without an access token; `ath` is added for one.
    static std::string claims(std::optional<std::string_view> token = std::nullopt, std::string_view jti = "id-1") {
        std::string out = R"({"jti":")" + std::string{jti} + R"(","htm":"POST","htu":")" + std::string{proof_url} +
                          R"(","iat":1800000000)";
        if (token) out += R"(,"ath":")" + base64url(crypto::sha256(bytes_of(*token))) + "\"";
        return out + "}";
    }
    std::string sign(std::string_view header, std::string_view claims) const { return rig_.sign(header, claims); }
    std::string good(std::optional<std::string_view> token = std::nullopt, std::string_view jti = "id-1") const {
        return sign(header(), claims(token, jti));
    }
    std::string thumbprint() const { return rig_.jwk().thumbprint(); }
    const Rig& rig() const { return rig_; }

  private:
    Alg alg() const { return rig_.key().algorithm().id; }
    Rig rig_;
};

/// A store and a verifier over it; each test its own, as used proofs stay used.
class ProofServer {
  public:
    explicit ProofServer(DpopPolicy policy = {.algorithms = Algorithms{Alg::es256}}, std::size_t room = 1'024)
        : store_{std::make_unique<ReplayStore>(room, random_)},
          verifier_{*DpopVerifier::make(std::move(policy), *store_)} {}

    Result<DpopProof> verify(std::string_view proof, std::optional<std::string_view> token = std::nullopt,
                             std::int64_t now = test_now, std::string_view url = proof_url,
                             std::string_view method = "POST") const {
        return verifier_.verify(proof, {.method = method, .url = url, .access_token = token}, at(now));
    }
    Result<SpentProof> spend(std::string_view proof, std::int64_t now = test_now) const {
        CS_TRY(DpopProof right, verify(proof, std::nullopt, now));
        return std::move(right).spend(at(now));
    }
    const DpopVerifier& verifier() const { return verifier_; }
    ReplayStore& store() const { return *store_; }

  private:
    SystemRandom random_;
    std::unique_ptr<ReplayStore> store_;
    DpopVerifier verifier_;
};

}    // namespace countersign::jose

// DpopVerifier::verify: no input aborts, nothing without the signature of its own key is accepted, a right proof is
// used once, and none of it is taken for a token.
#include "fuzz.hpp"
#include "jose/verifier.hpp"

using namespace countersign;
using namespace countersign::jose;

namespace {

constexpr std::string_view pair =
    R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::int64_t now = 1'800'000'000;
constexpr std::size_t room = 1'024;

struct Server {
    SystemRandom random;
    ReplayStore store{room, random};
    DpopVerifier verifier = *DpopVerifier::make({.algorithms = Algorithms{Alg::eddsa_ed25519, Alg::es256}}, store);
};

Result<DpopProof> verify(const Server& server, std::string_view proof) {
    return server.verifier.verify(proof, {.method = "GET", .url = "https://a.test/x", .access_token = std::nullopt},
                                  Instant::from_unix(Seconds{now}));
}

}    // namespace

CS_FUZZ(input) {
    static const SigningKey key = *SigningKey::bind(*Jwk::parse(pair), Alg::eddsa_ed25519);
    const Server server;
    const Instant at = Instant::from_unix(Seconds{now});
    static_cast<void>(verify(server, input));
    const auto [header, claims] = fuzz::halves(input);
    const std::string unsigned_text = base64url(bytes_of(header)) + "." + base64url(bytes_of(claims));
    fuzz::equal("unsigned", verify(server, unsigned_text + "." + std::string(86, 'A')).ok(), false);
    const std::string text = unsigned_text + "." + base64url(*key.sign(bytes_of(unsigned_text)));
    auto first = verify(server, text), second = verify(server, text);
    fuzz::equal("the same twice", first.ok(), second.ok());
    if (!first.ok()) return;
    fuzz::equal("one use", std::move(*first).spend(at).ok(), true);
    fuzz::equal("and no second", std::move(*second).spend(at).ok(), false);
}

// jose.hpp as a C++17 program sees it, without exceptions and RTTI.
#include <countersign/jose.hpp>
#include <cstdio>
#include <thread>
#include <type_traits>

namespace {

int failures = 0;
void check(bool right, const char* what, int line) {
    if (right) return;
    ++failures;
    std::fprintf(stderr, "jose_hpp_test.cpp:%d: %s\n", line, what);
}
#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __LINE__)

using namespace countersign;

static_assert(!std::is_default_constructible_v<VerifiedToken>, "only Verifier makes one");
static_assert(!std::is_copy_constructible_v<VerifiedToken> && !std::is_copy_constructible_v<SecretText>);
static_assert(!std::is_convertible_v<Outcome<VerifiedToken>, bool>, "ok() says it");

constexpr std::int64_t now = 1'800'000'000;
constexpr std::string_view policy =
    R"({"issuer":"https://id.example","audience":"api","typ":"at+jwt","algorithms":["EdDSA"]})";
constexpr std::string_view claims =
    R"({"iss":"https://id.example","aud":"api","sub":"user-a","iat":1800000000,"exp":1800000300,"level":7,"n":"\u0041"})";

struct World {
    Key key = *Key::generate("EdDSA");
    Signer signer = *Signer::make(key);
    SecretText jwks = *key.write(CS_PUBLIC_SET);
    SecretText token = *signer.sign(claims, "at+jwt", now);
    Verifier verifier = *Verifier::make(policy, jwks.view());
};

void accepts_and_refuses(const World& w) {
    const auto good = w.verifier.verify(w.token.view(), now);
    CHECK(good.ok() && good->subject() == "user-a" && good->algorithm() == "EdDSA" && good->key_id() == w.key.kid());
    CHECK(good->expires() == now + 300 && good->claims_json() == claims && good->bound_to().empty());
    CHECK(good->claim("level")->integer == 7 && good->claim("n")->text == "A" && !good->claim("email"));
    const auto late = w.verifier.verify(w.token.view(), now + 300);
    CHECK(!late.ok() && late.error().code() == CS_REFUSED && late.error().cause() == "token.expired");
    CHECK(late.error().http_status() == 401 && late.error().public_message() == "Unauthorized");
    CHECK(late.error().fingerprint().size() == 8);
    const auto none = Verifier::make("algorithms = [\"none\"]", w.jwks.view());
    CHECK(!none.ok() && none.error().cause() == "policy.invalid" && none.error().http_status() == 500);
}

void a_token_outlives_its_verifier_and_moves(const World& w) {
    std::optional<VerifiedToken> kept;
    {
        const Verifier passing = *Verifier::make(policy, w.jwks.view());
        kept.emplace(*passing.verify(w.token.view(), now));
    }
    const VerifiedToken moved = std::move(*kept);
    kept.reset();
    CHECK(moved.subject() == "user-a" && moved.claim("sub")->text == "user-a");
}

void keys(const World& w) {
    const SecretText pem = *w.key.write(CS_PRIVATE_PEM);
    const Key again = *Key::parse(pem.view(), "named");
    CHECK(again.kid() == "named" && again.is_private() && *again.thumbprint() == *w.key.thumbprint());
    CHECK(!Key::parse("nothing").ok() && Key::parse("nothing").error().code() == CS_INVALID);
    CHECK(!w.signer.sign("{}", "at+jwt", now).ok());
    CHECK(inspect(w.token.view(), now)->find("user-a") != std::string::npos);
}

void one_verifier_and_eight_threads(const World& w) {
    std::vector<std::thread> threads;
    std::vector<int> right(8);
    for (int& count : right) {
        threads.emplace_back([&w, &count] {
            for (int i = 0; i < 200; ++i) count += w.verifier.verify(w.token.view(), now).ok() ? 1 : 0;
        });
    }
    for (std::thread& one : threads) one.join();
    for (const int count : right) CHECK(count == 200);
}

void proofs(const World& w) {
    const DpopVerifier dpop = *DpopVerifier::make({{"ES256"}, 1024});
    CHECK(!DpopVerifier::make({{"HS256"}, 1024}).ok());
    const ProofView nothing{"", "GET", "https://api.example/"};
    CHECK(dpop.spend(nothing, now).error().cause() == "dpop.missing");
    const auto refused = w.verifier.verify(w.token.view(), dpop, nothing, now);
    CHECK(!refused.ok() && refused.error().cause() == "dpop.missing" && refused.error().http_status() == 401);
    CHECK(refused.error().public_code() == "INVALID_DPOP_PROOF");
}

}    // namespace

int main() {
    const World world;
    accepts_and_refuses(world);
    a_token_outlives_its_verifier_and_moves(world);
    keys(world);
    one_verifier_and_eight_threads(world);
    proofs(world);
    std::printf("%d failed\n", failures);
    return failures == 0 ? 0 : 1;
}

// What verifying a token costs, beside the signature alone by the same libraries: nanoseconds of this thread's CPU, the
// best of several short rounds. `bench_jose material` writes keys and tokens for every side; `bench_jose run FILE`
// reads one algorithm's and prints a figure a line.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <random>

#include "jose/jws.hpp"
#include "jose/token_cache.hpp"

namespace {
std::size_t allocations = 0;
}
void* operator new(std::size_t size) {
    ++allocations;
    void* made = std::malloc(size == 0 ? 1 : size);
    if (made == nullptr) std::abort();
    return made;
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }

using namespace countersign;
using namespace countersign::jose;

namespace {

constexpr std::string_view issuer = "https://id.example.com", audience = "https://api.example.com";
constexpr int rounds = 5;

double cpu_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}
Instant clock_now() { return SystemClock{}.now(); }

/// Called until a round lasts 20 ms; the best round counts.
template <class Work>
double ns_each(const Work& work) {
    constexpr double round_ns = 20e6;
    std::size_t count = 16;
    double best = 1e18;
    for (int round = 0; round < rounds;) {
        const double began = cpu_ns();
        for (std::size_t i = 0; i < count; ++i) work(i);
        const double took = cpu_ns() - began;
        if (took < round_ns / 2) {
            count *= 2;
            continue;
        }
        best = std::min(best, took / static_cast<double>(count));
        ++round;
    }
    return best;
}

/// Twelve claims, 365 bytes: those that an access token of a product has.
std::string claims(std::size_t user, std::int64_t now) {
    const std::string number = std::to_string(10'000'000 + user);
    return R"({"iss":"https://id.example.com","sub":"usr_01HZX3J5K9Q2W8E7R6)" + number +
           R"(","aud":"https://api.example.com","iat":)" + std::to_string(now) + R"(,"nbf":)" + std::to_string(now) +
           R"(,"exp":)" + std::to_string(now + 3600) +
           R"(,"jti":"9f8b2c1e-7d6a-4b5c-8e9f-0a1b2c3d4e5f","email":"someone@example.com","name":"Some One",)"
           R"("roles":["admin","editor","viewer"],"sid":"ses_01HZX3J5K9Q2W8E7R6T5Y4U3","scope":"openid profile email read"})";
}
std::string token_of(const SigningKey& key, std::string_view text) {
    return *sign_compact(key, bytes_of(text), {.typ = "JWT"});
}

struct Row {
    Alg alg;
    std::string_view name;
};
constexpr std::array rows{Row{Alg::hs256, "HS256"}, Row{Alg::rs256, "RS256"}, Row{Alg::es256, "ES256"},
                          Row{Alg::eddsa_ed25519, "EdDSA"}};

int write_material() {
    SystemRandom random;
    const std::int64_t now = clock_now().unix_seconds();
    std::string text;
    json::Writer out{text};
    out.begin_array();
    for (const Row& row : rows) {
        Jwk jwk = *Jwk::generate(row.alg, random);
        jwk.kid = "k1";
        const SigningKey key = *SigningKey::bind(jwk, row.alg);
        out.begin_object().key("alg").value(row.name).key("iss").value(issuer).key("aud").value(audience);
        out.key("private").raw(jwk.write_private()->reveal_text());
        if (const auto* pair = std::get_if<crypto::PrivateKey>(&jwk.material)) {
            out.key("public").raw(*jwk.write_public());
            out.key("pem").value(text_of(pair->public_key().write(crypto::Encoding::pem)));
        }
        out.key("token").value(token_of(key, claims(0, now))).end_object();
    }
    out.end_array();
    std::printf("%s\n", text.c_str());
    return 0;
}

void print(const char* name, double value) { std::printf("%s %.1f\n", name, value); }

struct Side {
    Jwk jwk;
    SigningKey key;
    std::string token;
    Verifier verifier;
};

Side side_of(const json::Value& row, Alg alg) {
    Jwk jwk = *Jwk::read(*row.find("private"));
    SigningKey key = *SigningKey::bind(jwk, alg);
    std::vector<Key> keys;
    keys.push_back(*Key::bind(jwk, alg));
    std::vector<TrustedIssuer> issuers;
    issuers.push_back({{.issuer = Expect::exactly(std::string{issuer}),
                        .audience = Expect::exactly(std::string{audience}),
                        .type = Expect::exactly("JWT"),
                        .algorithms = Algorithms{alg}},
                       KeySet::of(std::move(keys))});
    return {.jwk = std::move(jwk),
            .key = std::move(key),
            .token = *row.find("token")->as_string(),
            .verifier = *Verifier::make(std::move(issuers))};
}

/// The signature alone, over the same bytes, by the fastest call of OpenSSL or libsodium that there is.
class Primitive {
  public:
    explicit Primitive(const Side& side) : signed_part_{side.token.substr(0, side.token.rfind('.'))} {
        signature_ = *parse_base64url(std::string_view{side.token}.substr(side.token.rfind('.') + 1));
        if (const auto* secret = std::get_if<MacSecret>(&side.jwk.material)) {
            prepare_mac(secret->bytes);
            return;
        }
        const auto& pair = std::get<crypto::PrivateKey>(side.jwk.material);
        parts_ = pair.parts();
        if (parts_.curve == Curve::ed25519) return;
        const Bytes der = pair.public_key().write(crypto::Encoding::der);
        const auto* at = reinterpret_cast<const unsigned char*>(der.data());
        key_ = d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()));
        context_ = EVP_PKEY_CTX_new_from_pkey(nullptr, key_, nullptr);
        md_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        EVP_PKEY_verify_init(context_);
        if (parts_.kind == crypto::KeyKind::rsa) EVP_PKEY_CTX_set_rsa_padding(context_, RSA_PKCS1_PADDING);
        EVP_PKEY_CTX_set_signature_md(context_, md_);
        if (parts_.kind == crypto::KeyKind::ec) signature_ = der_of(signature_);
    }
    Primitive(const Primitive&) = delete;
    Primitive& operator=(const Primitive&) = delete;
    ~Primitive() {
        EVP_PKEY_CTX_free(context_);
        EVP_MD_free(md_);
        EVP_PKEY_free(key_);
    }

    bool verify() const {
        const auto* message = reinterpret_cast<const unsigned char*>(signed_part_.data());
        const auto* signature = reinterpret_cast<const unsigned char*>(signature_.data());
        if (parts_.curve == Curve::ed25519)
            return crypto_sign_verify_detached(signature, message, signed_part_.size(),
                                               reinterpret_cast<const unsigned char*>(parts_.x.data())) == 0;
        std::array<unsigned char, 32> digest{};
        SHA256_CTX state = inner_;
        if (key_ != nullptr) SHA256_Init(&state);
        SHA256_Update(&state, message, signed_part_.size());
        SHA256_Final(digest.data(), &state);
        if (key_ != nullptr)
            return EVP_PKEY_verify(context_, signature, signature_.size(), digest.data(), digest.size()) == 1;
        state = outer_;
        SHA256_Update(&state, digest.data(), digest.size());
        SHA256_Final(digest.data(), &state);
        return sodium_memcmp(digest.data(), signature, digest.size()) == 0;
    }

  private:
    void prepare_mac(const Secret& secret) {
        std::array<unsigned char, 64> inner{}, outer{};
        inner.fill(0x36);
        outer.fill(0x5C);
        for (std::size_t i = 0; i < secret.size(); ++i) {
            inner[i] ^= std::to_integer<unsigned char>(secret.reveal()[i]);
            outer[i] ^= std::to_integer<unsigned char>(secret.reveal()[i]);
        }
        SHA256_Init(&inner_);
        SHA256_Update(&inner_, inner.data(), inner.size());
        SHA256_Init(&outer_);
        SHA256_Update(&outer_, outer.data(), outer.size());
    }
    static Bytes der_of(const Bytes& raw) {
        ECDSA_SIG* made = ECDSA_SIG_new();
        const auto* at = reinterpret_cast<const unsigned char*>(raw.data());
        const int half = static_cast<int>(raw.size() / 2);
        ECDSA_SIG_set0(made, BN_bin2bn(at, half, nullptr), BN_bin2bn(at + half, half, nullptr));
        unsigned char* der = nullptr;
        const int size = i2d_ECDSA_SIG(made, &der);
        Bytes out(static_cast<std::size_t>(size));
        std::memcpy(out.data(), der, out.size());
        OPENSSL_free(der);
        ECDSA_SIG_free(made);
        return out;
    }
    std::string signed_part_;
    Bytes signature_;
    crypto::PublicParts parts_;
    EVP_PKEY* key_ = nullptr;
    EVP_PKEY_CTX* context_ = nullptr;
    EVP_MD* md_ = nullptr;
    SHA256_CTX inner_{}, outer_{};
};

/// What does not depend on the algorithm.
void measure_refusals(const Side& side) {
    const Instant now = clock_now();
    std::size_t good = 0;
    const auto refuse = [&](const char* name, const std::string& token) {
        print(name, ns_each([&](std::size_t) { good += side.verifier.verify(token, now).ok() ? 1 : 0; }));
    };
    refuse("garbage", std::string(600, 'x'));
    refuse("garbage_parts", "abc.def.ghi");
    const std::string header = base64url(bytes_of(R"({"alg":"HS256","typ":"JWT","kid":"a-key-that-nobody-has"})"));
    refuse("unknown_header", header + side.token.substr(side.token.find('.')));
    if (good != 0) std::abort();
}

void measure_cache(const Side& side) {
    constexpr std::size_t users = 8192;
    const Instant now = clock_now();
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < users; ++i) tokens.push_back(token_of(side.key, claims(i, now.unix_seconds())));
    SystemRandom random;
    const Revocations revocations;
    TokenCache cache{revocations, random, {.entries = 4 * users}};
    for (int i = 0; i < 4; ++i) {
        for (const std::string& token : tokens) {
            if (!cache.verify(side.verifier, token, now).ok()) std::abort();
        }
    }
    // Those that have a place: a lookup of another one is a verification, which has its own figure.
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < users; ++i) {
        const std::size_t before = allocations;
        const VerifiedToken* first = *cache.verify(side.verifier, tokens[i], now);
        if (first == *cache.verify(side.verifier, tokens[i], now) && allocations == before) kept.push_back(i);
    }
    std::shuffle(kept.begin(), kept.end(), std::mt19937{1});
    std::size_t good = 0;
    const auto look = [&](std::size_t i) { good += cache.verify(side.verifier, tokens[i], now).ok() ? 1 : 0; };
    print("cache_hot", ns_each([&](std::size_t) { look(kept.front()); }));
    print("cache_many", ns_each([&](std::size_t i) { look(kept[i % kept.size()]); }));
    print("cache_kept", static_cast<double>(kept.size()));
    if (good == 0) std::abort();
}

int run(const char* file, std::string_view name) {
    std::ifstream in{file, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    const auto material = json::parse(text);
    if (!material.ok() || sodium_init() < 0) return 2;
    const auto row = std::ranges::find(rows, name, &Row::name);
    const auto found = std::ranges::find_if(
        *material->as_array(), [&](const json::Value& one) { return *one.find("alg")->as_string() == name; });
    if (row == rows.end() || found == material->as_array()->end()) return 2;
    const Side side = side_of(*found, row->alg);
    const Primitive primitive{side};
    const Instant now = clock_now();
    std::string bad = side.token;
    bad[bad.size() - 10] = bad[bad.size() - 10] == 'A' ? 'B' : 'A';
    if (!side.verifier.verify(side.token, now).ok() || side.verifier.verify(bad, now).ok() || !primitive.verify()) {
        std::fprintf(stderr, "the sides do not agree on %s\n", file);
        return 1;
    }
    std::size_t good = 0;
    // In turns, so that what disturbs one disturbs the other.
    double whole = 1e18, alone = 1e18;
    for (int turn = 0; turn < 3; ++turn) {
        whole =
            std::min(whole, ns_each([&](std::size_t) { good += side.verifier.verify(side.token, now).ok() ? 1 : 0; }));
        alone = std::min(alone, ns_each([&](std::size_t) { good += primitive.verify() ? 1 : 0; }));
    }
    print("verify", whole);
    print("primitive", alone);
    const std::size_t before = allocations;
    for (int i = 0; i < 100; ++i) good += side.verifier.verify(side.token, now).ok() ? 1 : 0;
    print("allocations", static_cast<double>(allocations - before) / 100);
    print("sign", ns_each([&](std::size_t) { good += side.key.sign(bytes_of(side.token)).ok() ? 1 : 0; }));
    if (row->alg == Alg::hs256) {
        measure_refusals(side);
        measure_cache(side);
    }
    return good == 0 ? 1 : 0;
}

}    // namespace

int main(int count, char** words) {
    const std::string_view what = count > 1 ? words[1] : "";
    if (what == "material") return write_material();
    if (what == "run" && count == 4) return run(words[2], words[3]);
    std::fprintf(stderr, "bench_jose material | bench_jose run FILE ALG\n");
    return 2;
}

// A signer that writes any header and any claims, and the verifier that its good tokens satisfy.
#pragma once

#include "jose/verifier.hpp"

namespace countersign::jose {

inline constexpr std::int64_t test_now = 1'800'000'000;
inline Instant at(std::int64_t seconds) { return Instant::from_unix(Seconds{seconds}); }

class Rig {
  public:
    explicit Rig(Alg alg = Alg::es256, std::string kid = "k1")
        : alg_{alg},
          jwk_{make(alg, std::move(kid))},
          key_{*SigningKey::bind(jwk_, alg)} {}

    std::string header() const {
        return R"({"alg":")" + std::string{row_of(alg_).name} + R"(","typ":"at+jwt","kid":")" + jwk_.kid + R"("})";
    }
    static std::string claims() {
        return R"({"iss":"https://id.test","aud":"https://api.test","sub":"user-a","iat":1799999990,"exp":1800000600})";
    }
    std::string sign(std::string_view header, std::string_view claims) const {
        std::string token = base64url(bytes_of(header)) + "." + base64url(bytes_of(claims));
        return token + "." + base64url(*key_.sign(bytes_of(token)));
    }
    std::string good() const { return sign(header(), claims()); }

    VerifyPolicy policy() const {
        return {.issuer = Expect::exactly("https://id.test"),
                .audience = Expect::exactly("https://api.test"),
                .type = Expect::exactly("at+jwt"),
                .algorithms = Algorithms{alg_}};
    }
    KeySet keys() const {
        std::vector<Key> keys;
        keys.push_back(*Key::bind(jwk_, alg_));
        return KeySet::of(std::move(keys));
    }
    Result<Verifier> verifier(VerifyPolicy policy) const {
        std::vector<TrustedIssuer> issuers;
        issuers.push_back({std::move(policy), keys()});
        return Verifier::make(std::move(issuers));
    }
    Verifier verifier() const { return *verifier(policy()); }
    const Jwk& jwk() const { return jwk_; }
    const SigningKey& key() const { return key_; }

  private:
    static Jwk make(Alg alg, std::string kid) {
        SystemRandom random;
        Jwk made = *Jwk::generate(alg, random);
        made.kid = std::move(kid);
        return made;
    }
    Alg alg_;
    Jwk jwk_;
    SigningKey key_;
};

/// The text with its first `from` replaced.
inline std::string swapped(std::string text, std::string_view from, std::string_view to) {
    const std::size_t found = text.find(from);
    EXPECT_NE(found, std::string::npos) << from;
    return found == std::string::npos ? text : text.replace(found, from.size(), to);
}

}    // namespace countersign::jose

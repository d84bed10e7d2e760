// What record_pyjwt.py wrote with Debian's PyJWT is read here; the other way round is read_ours.py (tools/jose runs
// it).
#include "jose/verifier.hpp"
#include "vectors/jose/files.hpp"

namespace countersign::jose {
namespace {

const Algorithm& row_for(const json::Value& row) {
    for (const Algorithm& one : algorithms) {
        const bool fits = text(row, "crv").empty() || crypto::row_of(one.curve).name == text(row, "crv");
        if (one.name == text(row, "alg") && fits) return one;
    }
    std::abort();
}

Result<Jwk> key_of(const json::Value& row, std::string_view form) {
    if (row.find("k") != nullptr) return Jwk::parse(R"({"kty":"oct","k":")" + text(row, "k") + "\"}");
    return Jwk::parse_encoded(*parse_base64url(text(row, form)));
}

Result<Verifier> verifier(const json::Value& row, std::string_view form) {
    const Alg alg = row_for(row).id;
    CS_TRY(Jwk jwk, key_of(row, form));
    jwk.kid = text(row, "kid");
    CS_TRY(Key key, Key::bind(jwk, alg));
    std::vector<Key> keys;
    keys.push_back(std::move(key));
    std::vector<TrustedIssuer> issuers;
    issuers.push_back({VerifyPolicy{.issuer = Expect::exactly("https://id.example"),
                                    .audience = Expect::exactly("https://api.example"),
                                    .type = Expect::exactly("at+jwt"),
                                    .algorithms = Algorithms{alg}},
                       KeySet::of(std::move(keys))});
    return Verifier::make(std::move(issuers));
}

TEST(PyJwt, its_tokens_of_every_algorithm_verify_and_no_key_verifies_that_of_another) {
    const auto vectors = read_vectors("/tests/vectors/jose/pyjwt.json");
    ASSERT_TRUE(vectors.has_value());
    const json::Array& rows = *vectors->find("algorithms")->as_array();
    ASSERT_EQ(rows.size(), 15U);
    const Instant now = Instant::from_unix(Seconds{1'800'000'100});
    for (const json::Value& row : rows) {
        for (const std::string_view form : {"spki", "pkcs8"}) {
            const auto made = verifier(row, form);
            ASSERT_TRUE(made.ok()) << text(row, "kid") << made.error().detail();
            for (const json::Value& other : rows) {
                EXPECT_EQ(made->verify(text(other, "token"), now).ok(), text(row, "kid") == text(other, "kid"))
                    << text(row, "kid") << text(other, "kid");
            }
            const auto token = made->verify(text(row, "token"), now);
            ASSERT_TRUE(token.ok());
            EXPECT_EQ(token->subject(), "user-ü-1");
            EXPECT_EQ(json::write(*json::parse(token->claims_json())), json::write(*vectors->find("claims")));
        }
    }
}

}    // namespace
}    // namespace countersign::jose

// Both ways with npm jose: what record.mjs wrote is read here, and what is written here is read by read_ours.mjs
// (tools/jose runs it).
#include <cstdlib>

#include "jose/jws.hpp"
#include "jose/verifier.hpp"
#include "vectors/jose/files.hpp"

namespace countersign::jose {
namespace {

using json::write;

const Algorithm& row_for(const json::Value& row) {
    const auto curve = text(row, "crv");
    for (const Algorithm& one : algorithms) {
        const bool fits = curve.empty() || crypto::row_of(one.curve).name == curve;
        if (one.name == text(row, "alg") && fits) return one;
    }
    std::abort();
}

class NpmJose : public testing::Test {
  protected:
    void SetUp() override {
        auto read = read_vectors("/tests/vectors/jose/vectors.json");
        ASSERT_TRUE(read.has_value());
        vectors = *std::move(read);
        rows = *vectors.find("algorithms")->as_array();
        ASSERT_GE(rows.size(), 16U);
    }
    static Result<Verifier> verifier(const json::Value& row) {
        const Algorithm& algorithm = row_for(row);
        const bool secret = algorithm.kty == Kty::oct;
        std::string set = R"({"keys":[)" + write(*row.find(secret ? "privateJwk" : "publicJwk")) + "]}";
        // The recorded key has neither kid nor alg: the kid comes from its publisher, the algorithm from the policy.
        set.insert(set.find('{', 1) + 1, R"("kid":")" + text(row, "kid") + R"(",)");
        CS_TRY(KeySet keys, KeySet::parse(set, Algorithms{algorithm.id}));
        std::vector<TrustedIssuer> issuers;
        issuers.push_back({VerifyPolicy{.issuer = Expect::exactly("https://id.example"),
                                        .audience = Expect::exactly("https://api.example"),
                                        .type = Expect::exactly("at+jwt"),
                                        .algorithms = Algorithms{algorithm.id}},
                           std::move(keys)});
        return Verifier::make(std::move(issuers));
    }
    json::Value vectors;
    json::Array rows;
    const Instant now = Instant::from_unix(Seconds{1800000100});
};

TEST_F(NpmJose, its_tokens_of_every_algorithm_verify) {
    for (const json::Value& row : rows) {
        const auto made = verifier(row);
        ASSERT_TRUE(made.ok()) << text(row, "kid") << made.error().detail();
        const auto token = made->verify(text(row, "token"), now);
        ASSERT_TRUE(token.ok()) << text(row, "kid") << token.error().detail();
        EXPECT_EQ(token->subject(), "user-ü-1");
        EXPECT_EQ(token->id(), "token-1");
        EXPECT_EQ(token->algorithm().name, text(row, "alg"));
        EXPECT_EQ(write(*json::parse(token->claims_json())), write(*vectors.find("claims")));
        EXPECT_EQ(token->claim("scope")->string().text(), "read write");
    }
}

TEST_F(NpmJose, TOK_10_TOK_11_one_character_inserted_or_changed_anywhere_is_refused) {
    for (const json::Value& row : rows) {
        const auto made = verifier(row);
        const std::string token = text(row, "token");
        const std::size_t step = row_for(row).kty == Kty::oct ? 1 : 23;    // every position where it costs nothing
        for (std::size_t i = 0; i < token.size(); i += step) {
            std::string changed = token, longer = token;
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            longer.insert(i, 1, i % 3 == 0 ? '=' : i % 3 == 1 ? ' ' : 'A');
            EXPECT_FALSE(made->verify(changed, now).ok()) << text(row, "kid") << i;
            EXPECT_FALSE(made->verify(longer, now).ok()) << text(row, "kid") << i;
        }
        EXPECT_TRUE(made->verify(token, now).ok());
    }
}

TEST_F(NpmJose, TOK_03_no_key_verifies_the_token_of_another) {
    for (const json::Value& mine : rows) {
        const auto made = verifier(mine);
        for (const json::Value& row : rows) {
            EXPECT_EQ(made->verify(text(row, "token"), now).ok(), text(row, "kid") == text(mine, "kid"))
                << text(mine, "kid") << " " << text(row, "kid");
        }
    }
}

TEST_F(NpmJose, every_form_of_a_key_is_the_same_key) {
    for (const json::Value& row : rows) {
        const auto pair = Jwk::parse(write(*row.find("privateJwk")));
        ASSERT_TRUE(pair.ok()) << text(row, "kid") << pair.error().detail();
        EXPECT_EQ(pair->thumbprint(), text(row, "thumbprint"));
        if (pair->kty() == Kty::oct) continue;
        const auto half = Jwk::parse(write(*row.find("publicJwk")));
        ASSERT_TRUE(half.ok());
        EXPECT_EQ(half->thumbprint(), text(row, "thumbprint"));
        EXPECT_EQ(*half->write_public(), *pair->write_public());
        for (const std::string_view form : {"spkiDer", "pkcs8Der", "traditionalDer", "spki"}) {
            if (row.find(form) == nullptr) continue;
            const std::string written = text(row, form);
            const Bytes bytes =
                form == "spki" ? Bytes{bytes_of(written).begin(), bytes_of(written).end()} : *parse_base64url(written);
            const auto read = Jwk::parse_encoded(bytes);
            ASSERT_TRUE(read.ok()) << text(row, "kid") << form << read.error().detail();
            EXPECT_EQ(read->thumbprint(), text(row, "thumbprint")) << form;
        }
        const auto& key = std::get<crypto::PublicKey>(half->material);
        EXPECT_EQ(text_of(key.write(crypto::Encoding::pem)), text(row, "spki"));
        const auto& secret = std::get<crypto::PrivateKey>(pair->material);
        const auto written = secret.write(crypto::Encoding::der, crypto::PrivateForm::pkcs8);
        EXPECT_EQ(base64url(written->reveal()), text(row, "pkcs8Der")) << text(row, "kid");
    }
}

TEST_F(NpmJose, the_key_of_a_certificate_is_extracted) {
    for (const auto& [kid, certificate] : *vectors.find("certificates")->as_object()) {
        const auto read = Jwk::parse_encoded(bytes_of(*certificate.as_string()));
        ASSERT_TRUE(read.ok()) << read.error().detail();
        const auto row = std::ranges::find(rows, kid, [](const json::Value& one) { return text(one, "kid"); });
        EXPECT_EQ(read->thumbprint(), text(*row, "thumbprint"));
    }
}

TEST_F(NpmJose, TOK_16_detached_and_unencoded_payloads_have_a_call_of_their_own) {
    const auto row = std::ranges::find(rows, "key-ES256", [](const json::Value& one) { return text(one, "kid"); });
    std::string jwk = write(*row->find("publicJwk"));
    jwk.insert(1, R"("kid":"key-ES256",)");
    const auto keys = KeySet::parse(jwk, Algorithms{Alg::es256});
    ASSERT_TRUE(keys.ok());
    const json::Value& detached = *vectors.find("detached");
    const std::string payload = text(detached, "payload"), other = payload + "!";
    for (const std::string_view form : {"encoded", "unencoded"}) {
        const std::string token = text(detached, form);
        EXPECT_TRUE(verify_detached(*keys, token, bytes_of(payload)).ok()) << form;
        EXPECT_FALSE(verify_detached(*keys, token, bytes_of(other)).ok()) << form;
        EXPECT_FALSE(verify_compact(*keys, token).ok()) << form;
    }
    EXPECT_EQ(verify_compact(*keys, text(detached, "unencoded")).error().code(), Code::token_payload_unencoded);
}

TEST_F(NpmJose, tokens_of_ours_are_written_for_it_to_read) {
    const char* place = std::getenv("COUNTERSIGN_WRITE_TOKENS");
    std::string lines;
    const std::string payload = R"({"sub":"ü"})";
    for (const json::Value& row : rows) {
        const auto pair = Jwk::parse(write(*row.find("privateJwk")));
        for (const Algorithm& algorithm : algorithms) {
            const auto key = SigningKey::bind(*pair, algorithm.id);
            if (!key.ok()) continue;
            const auto token = sign_compact(*key, bytes_of(payload), {.typ = "at+jwt"});
            ASSERT_TRUE(token.ok());
            std::vector<Key> one;
            one.push_back(*Key::bind(*pair, algorithm.id));
            EXPECT_EQ(verify_compact(KeySet::of(std::move(one)), *token)->text(), payload);
            const bool secret = pair->kty() == Kty::oct;
            json::Writer out{lines};
            out.begin_object()
                .key("alg")
                .value(algorithm.name)
                .key("payload")
                .value(payload)
                .key("token")
                .value(*token);
            out.key("thumbprint").value(pair->thumbprint());
            out.key("key").raw(secret ? std::string{pair->write_private()->reveal_text()} : *pair->write_public());
            if (!secret)
                out.key("spki").value(
                    text_of(std::get<crypto::PrivateKey>(pair->material).public_key().write(crypto::Encoding::pem)));
            out.end_object();
            lines.push_back('\n');
        }
    }
    if (place != nullptr) std::ofstream{place} << lines;
}

}    // namespace
}    // namespace countersign::jose

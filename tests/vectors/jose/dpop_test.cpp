// DPoP proofs and JSON forms both ways with npm dpop and npm jose: what record_dpop.mjs and record_json.mjs wrote is
// read here, and what is written here is read by read_ours_more.mjs (tools/jose runs it).
#include <cstdlib>

#include "jose/jws_json.hpp"
#include "unit/jose/dpop_rig.hpp"
#include "vectors/jose/files.hpp"

namespace countersign::jose {
namespace {

const Algorithms proof_algorithms{Alg::es256, Alg::es384, Alg::es512,   Alg::rs256,
                                  Alg::ps256, Alg::ps512, Alg::ed25519, Alg::eddsa_ed25519};

TEST(NpmDpop, its_proofs_are_right_for_their_request_and_for_no_other) {
    const auto vectors = read_vectors("/tests/vectors/jose/dpop.json");
    ASSERT_TRUE(vectors.has_value());
    const std::string htu = text(*vectors, "htu");
    const json::Array& rows = *vectors->find("proofs")->as_array();
    ASSERT_GE(rows.size(), 16U);
    const ProofServer server{{.algorithms = proof_algorithms}};
    for (const json::Value& row : rows) {
        const std::string name = text(row, "name"), proof = text(row, "proof"), method = text(row, "htm");
        const std::int64_t now = *row.find("iat")->as_integer();
        std::optional<std::string> token;
        if (row.find("accessToken") != nullptr) token = text(row, "accessToken");
        auto right = server.verify(proof, token, now, htu, method);
        ASSERT_TRUE(right.ok()) << name << right.error().detail();
        EXPECT_EQ(std::move(*right).spend(at(now))->thumbprint(), text(row, "jkt")) << name;
        auto again = server.verify(proof, token, now + 59, htu + "?a=b", method);
        EXPECT_EQ(std::move(*again).spend(at(now + 59)).error().code(), Code::dpop_replayed) << name;
        EXPECT_EQ(server.verify(proof, token, now + 60, htu, method).error().code(), Code::dpop_expired) << name;
        EXPECT_EQ(server.verify(proof, token, now, htu + "/1", method).error().code(), Code::dpop_htu_mismatch) << name;
        EXPECT_EQ(server.verify(proof, token, now, htu, "PUT").error().code(), Code::dpop_htm_mismatch) << name;
        EXPECT_EQ(server.verify(proof, "another", now, htu, method).error().code(), Code::dpop_ath_mismatch) << name;
        for (std::size_t i = 0; i < proof.size(); i += 29) {
            std::string changed = proof;
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            EXPECT_FALSE(server.verify(changed, token, now, htu, method).ok()) << name << i;
        }
        const ProofServer asking{{.algorithms = proof_algorithms, .nonce = ProofNonce::required}};
        const std::vector<std::string> nonces{"n-1"};
        const auto asked = asking.verifier().verify(
            proof, {.method = method, .url = htu, .access_token = token, .nonces = nonces}, at(now));
        EXPECT_EQ(asked.ok(), row.find("nonce") != nullptr) << name;
    }
}

TEST(NpmJoseForms, its_JSON_forms_verify) {
    const auto vectors = read_vectors("/tests/vectors/jose/json_forms.json");
    ASSERT_TRUE(vectors.has_value());
    const Algorithms permitted{Alg::es256, Alg::eddsa_ed25519};
    const auto keys = KeySet::parse(R"({"keys":)" + json::write(*vectors->find("keys")) + "}", permitted);
    ASSERT_TRUE(keys.ok());
    const std::string payload = text(*vectors, "payload");
    for (const json::Value& one : *vectors->find("flattened")->as_array()) {
        const auto read = verify_flattened(*keys, json::write(one));
        ASSERT_TRUE(read.ok()) << read.error().detail();
        EXPECT_EQ(read->text(), payload);
    }
    const auto read = verify_general(*keys, json::write(*vectors->find("general")), SignatureRule::all);
    ASSERT_TRUE(read.ok()) << read.error().detail();
    EXPECT_EQ(read->keys().size(), 2U);
    EXPECT_EQ(read->text(), payload);
}

TEST(NpmJoseForms, proofs_and_documents_of_ours_are_written_for_it_to_read) {
    const char* place = std::getenv("COUNTERSIGN_WRITE_MORE");
    std::string lines;
    json::Writer out{lines};
    const auto end_line = [&] {
        out.end_object();
        lines.push_back('\n');
        out = json::Writer{lines};
    };
    for (const Alg alg : {Alg::es256, Alg::es384, Alg::es512, Alg::rs256, Alg::ps256, Alg::eddsa_ed25519}) {
        const Prover prover{alg};
        EXPECT_TRUE(ProofServer{{.algorithms = Algorithms{alg}}}.spend(prover.good()).ok());
        out.begin_object().key("kind").value("proof").key("proof").value(prover.good());
        out.key("jkt").value(prover.thumbprint()).key("now").value(test_now);
        end_line();
    }
    const Rig a{Alg::es256, "a"}, b{Alg::eddsa_ed25519, "b"};
    const std::string payload = "what was said: ü";
    const auto flat = sign_flattened(a.key(), bytes_of(payload), {.typ = "note"});
    const SigningKey* both[]{&a.key(), &b.key()};
    const auto general = sign_general(both, bytes_of(payload));
    ASSERT_TRUE(flat.ok() && general.ok());
    out.begin_object().key("kind").value("flattened").key("document").raw(*flat).key("payload").value(payload);
    out.key("keys").begin_array().raw(*a.jwk().write_public()).end_array();
    end_line();
    out.begin_object().key("kind").value("general").key("document").raw(*general).key("payload").value(payload);
    out.key("keys").begin_array().raw(*a.jwk().write_public()).raw(*b.jwk().write_public()).end_array();
    end_line();
    if (place != nullptr) std::ofstream{place} << lines;
}

}    // namespace
}    // namespace countersign::jose

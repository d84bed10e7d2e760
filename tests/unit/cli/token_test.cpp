#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.hpp"
#include "cli/token.hpp"
#include "support/loopback_server.hpp"
#include "unit/jose/rig.hpp"

namespace countersign::cli {
namespace {

using jose::Rig;
using jose::swapped;

class TokenCommand : public testing::Test {
  protected:
    void SetUp() override {
        folder = std::filesystem::temp_directory_path() / ("countersign-token-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder);
        write("keys.json", R"({"keys":[)" + *rig.jwk().write_public() + "]}");
        write("policy.json", policy);
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    void write(const std::string& name, const std::string& text) { std::ofstream{folder / name} << text; }
    std::string place(const std::string& name) const { return (folder / name).string(); }

    int verify(const std::string& lines, const std::string& policy_name = "policy.json", std::string jwks = "keys.json",
               std::optional<std::int64_t> now = std::nullopt) {
        std::istringstream in{lines};
        std::ostringstream answers, said;
        const int exit =
            verify_tokens({.jwks = jwks.contains("://") ? jwks : place(jwks), .policy = place(policy_name), .now = now},
                          in, answers, said);
        out = answers.str();
        complaints = said.str();
        return exit;
    }

    const Rig rig;
    const std::string policy =
        R"({"now":1800000000,"issuer":"https://id.test","audience":"https://api.test","typ":"at+jwt","algorithms":["ES256"],)"
        R"("required_claims":["iss","aud","sub","exp","iat"],"leeway":0,"max_token_bytes":16384,"max_depth":64})";
    std::filesystem::path folder;
    std::string out, complaints;
};

TEST_F(TokenCommand, one_line_of_JSON_a_token_and_the_exit_code_of_the_worst) {
    const std::string spaced = rig.sign(rig.header(), swapped(Rig::claims(), "{", "{\n \"x\" : \"a b\\n\xC2\x9B\","));
    EXPECT_EQ(verify(rig.good() + "\n" + spaced + "\n"), 0);
    EXPECT_EQ(out, R"({"ok":true,"claims":)" + Rig::claims() + "}\n" + R"({"ok":true,"claims":{"x":"a b\n\u009b",)" +
                       Rig::claims().substr(1) + "}\n");
    EXPECT_EQ(verify(rig.good() + "\nx\n" + rig.good()), 1);
    EXPECT_EQ(std::ranges::count(out, '\n'), 3);
    EXPECT_TRUE(out.contains(R"({"ok":false,"code":"token_opaque_access_token","detail":")")) << out;
    EXPECT_EQ(verify(""), 0);
    EXPECT_EQ(out, "");
    EXPECT_EQ(verify(rig.good(), "policy.json", "keys.json", 1'800'000'600), 1);    // --now wins
    EXPECT_TRUE(out.contains("token_expired")) << out;
}

std::string answer(std::string_view status, std::string_view type, const std::string& body) {
    return "HTTP/1.1 " + std::string{status} + "\r\nContent-Type: " + std::string{type} +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_F(TokenCommand, KEY_01_KEY_03_keys_at_an_address) {
    const std::string good = R"({"keys":[)" + *rig.jwk().write_public() + "]}";
    const std::string leaked = R"({"keys":[)" + std::string{rig.jwk().write_private()->reveal_text()} + "]}";
    struct Case {
        std::string_view name;
        std::string answer;
        int exit;
        std::string_view said;
    };
    const Case table[]{
        {"good", answer("200 OK", "application/json", good), 0, ""},
        {"500", answer("500 No", "application/json", good), 3, "expected: 200; found: 500"},
        {"redirect", "HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n", 3, "redirect"},
        {"text/html", answer("200 OK", "text/html", good), 3, "application/json"},
        {"private half", answer("200 OK", "application/json", leaked), 2, "jwks.alarm"},
        {"empty", answer("200 OK", "application/json", R"({"keys":[]})"), 2, "key.set_unusable"},
        {"cut off", answer("200 OK", "application/json", good).substr(0, 150), 3, "jwks.unreachable"},
    };
    for (const Case& one : table) {
        const LoopbackServer server{one.answer};
        EXPECT_EQ(verify(rig.good(), "policy.json", server.url("/keys")), one.exit) << one.name << complaints;
        EXPECT_TRUE(complaints.contains(one.said)) << one.name << complaints;
        EXPECT_EQ(complaints.empty(), one.exit == 0) << one.name << complaints;
        EXPECT_EQ(server.connections(), 1) << one.name;
        write("own.json", swapped(policy, "{", R"({"jwks":")" + server.url("/keys") + R"(",)"));
        EXPECT_EQ(verify(rig.good(), "own.json", ""), one.exit) << one.name << complaints;
    }
    EXPECT_EQ(verify(rig.good(), "policy.json", "http://id.test/keys"), 2);
    EXPECT_TRUE(complaints.contains("https")) << complaints;
}

TEST_F(TokenCommand, KEY_01_keys_by_discovery) {
    std::string issuer, named;
    const LoopbackServer server{[&](int socket, const std::string& head) {
        const bool metadata = head.starts_with("GET /a/.well-known/openid-configuration ");
        LoopbackServer::send(socket,
                             answer("200 OK", "application/json",
                                    metadata ? R"({"issuer":")" + named + R"(","jwks_uri":")" + issuer + R"(/keys"})"
                                             : R"({"keys":[)" + *rig.jwk().write_public() + "]}"));
    }};
    issuer = named = server.url("/a");
    write("found.json", swapped(swapped(policy, "https://id.test", issuer), "{", R"({"jwks":"discovery",)"));
    const std::string token = rig.sign(rig.header(), swapped(Rig::claims(), "https://id.test", issuer));
    EXPECT_EQ(verify(token, "found.json", ""), 0) << complaints;
    EXPECT_EQ(server.connections(), 2);
    named = "https://evil.test";
    EXPECT_EQ(verify(token, "found.json", ""), 3);
    EXPECT_TRUE(complaints.contains("jwks.issuer_mismatch")) << complaints;
    EXPECT_EQ(server.connections(), 3);
    write("several.json", swapped(swapped(policy, R"("https://id.test")", R"(["https://id.test","https://b.test"])"),
                                  "{", R"({"jwks":"discovery",)"));
    EXPECT_EQ(verify(token, "several.json", ""), 2);
}

TEST_F(TokenCommand, TOK_06_addresses_in_a_token_are_not_asked) {
    const LoopbackServer elsewhere{answer("200 OK", "application/json", R"({"keys":[]})")};
    const LoopbackServer server{
        answer("200 OK", "application/json", R"({"keys":[)" + *rig.jwk().write_public() + "]}")};
    std::string tokens;
    for (const std::string_view member : {"jku", "x5u"}) {
        for (const std::string_view kid : {"k1", "unknown"}) {
            const std::string with =
                swapped(rig.header(), "{", R"({")" + std::string{member} + R"(":")" + elsewhere.url() + R"(",)");
            tokens += rig.sign(swapped(with, "k1", kid), Rig::claims()) + "\n";
        }
    }
    EXPECT_EQ(verify(tokens, "policy.json", server.url("/keys")), 1);
    EXPECT_EQ(std::ranges::count(out, '\n'), 4);
    EXPECT_TRUE(out.contains("token_kid_unknown")) << out;
    EXPECT_EQ(elsewhere.connections(), 0);
    EXPECT_EQ(server.connections(), 1);    // the cool-down has not passed
}

TEST_F(TokenCommand, wrong_policies_and_keys_are_2_and_unread_files_3) {
    write("open.json", swapped(policy, "\"audience\":\"https://api.test\",", ""));
    write("unknown.json", swapped(policy, "leeway", "clockTolerance"));
    write("none.json", swapped(policy, "ES256", "none"));
    write("broken.toml", "issuer = ");
    write("private.json", std::string{rig.jwk().write_private()->reveal_text()});
    write("empty.json", R"({"keys":[]})");
    struct Case {
        std::string policy, jwks;
        int exit;
    };
    const Case table[]{{"policy.json", "keys.json", 0},
                       {"open.json", "keys.json", 2},
                       {"unknown.json", "keys.json", 2},
                       {"none.json", "keys.json", 2},
                       {"broken.toml", "keys.json", 2},
                       {"policy.json", "private.json", 2},
                       {"policy.json", "empty.json", 2},
                       {"policy.json", "policy.json", 2},
                       {"absent.json", "keys.json", 3},
                       {"policy.json", "absent.json", 3},
                       {"policy.json", "http://127.0.0.1:1/jwks", 3}};
    for (const auto& [name, jwks, exit] : table) {
        EXPECT_EQ(verify(rig.good(), name, jwks), exit) << name << " " << jwks << " " << complaints;
        EXPECT_EQ(complaints.empty(), exit == 0) << name;
        EXPECT_EQ(out.empty(), exit != 0) << name;
    }
}

TEST_F(TokenCommand, all_problems_of_a_policy_are_said_at_once) {
    write("bad.json", swapped(swapped(policy, "\"leeway\":0", "\"leeway\":90"), "\"audience\"", "\"audiance\""));
    EXPECT_EQ(verify(rig.good(), "bad.json"), 2);
    EXPECT_TRUE(complaints.contains("has 3 problem(s):\n  audiance: no such member\n      did you mean audience?\n"))
        << complaints;
    EXPECT_TRUE(complaints.contains("  audience: is missing")) << complaints;
    EXPECT_TRUE(complaints.contains("  leeway: is out of its range\n      write a whole number from 0 to 60\n"));
}

TEST_F(TokenCommand, TOK_27_a_policy_for_bound_tokens_takes_none_without_a_proof) {
    write("dpop.json", swapped(policy, "{", R"({"cnf":"dpop",)"));
    EXPECT_EQ(verify(rig.good(), "dpop.json"), 1);
    EXPECT_TRUE(out.contains("token_cnf_missing")) << out;
    const std::string bound = rig.sign(rig.header(), swapped(Rig::claims(), "{", R"({"cnf":{"jkt":"x"},)"));
    EXPECT_EQ(verify(bound, "dpop.json"), 1);
    EXPECT_TRUE(out.contains("token_cnf_unproved")) << out;
}

TEST_F(TokenCommand, TOML_and_issuers_with_keys_of_their_own) {
    const Rig other{jose::Alg::eddsa_ed25519, "k1"};
    write("other.json", *other.jwk().write_public());
    write("policy.toml", R"(now = 1800000000
[[issuers]]
issuer = "https://id.test"
audience = "https://api.test"
typ = "at+jwt"
algorithms = ["ES256"]
jwks = "keys.json"
[[issuers]]
issuer = "https://other.test"
audience = "https://api.test"
typ = "at+jwt"
algorithms = ["EdDSA"]
jwks = "other.json"
)");
    const std::string claims = swapped(Rig::claims(), "https://id.test", "https://other.test");
    EXPECT_EQ(verify(rig.good() + "\n" + other.sign(other.header(), claims), "policy.toml"), 0) << complaints << out;
    EXPECT_EQ(verify(rig.sign(rig.header(), claims), "policy.toml"), 1);
    EXPECT_TRUE(out.contains("token_iss_mismatch")) << out;
}

TEST_F(TokenCommand, keys_that_cannot_be_used_are_named) {
    write("two.json", R"({"keys":[)" + *rig.jwk().write_public() + R"(,{"kty":"X"}]})");
    EXPECT_EQ(verify(rig.good(), "policy.json", "two.json"), 0);
    EXPECT_TRUE(complaints.contains("key 1 is not used")) << complaints;
}

TEST_F(TokenCommand, inspect_says_what_a_careful_verifier_would_refuse) {
    struct Case {
        std::string token;
        int exit;
        std::string_view says;
    };
    const auto header = [&](std::string_view from, std::string_view to) {
        return rig.sign(swapped(rig.header(), from, to), Rig::claims());
    };
    const auto claims = [&](std::string_view from, std::string_view to) {
        return rig.sign(rig.header(), swapped(Rig::claims(), from, to));
    };
    const auto encrypted = [](std::string_view text) { return base64url(bytes_of(text)) + "..AA.AA.AA"; };
    const Case table[]{
        {rig.good(), 0, R"("refusals":[],"remarks":[])"},
        {header("ES256", "none"), 1, "token_alg_none"},
        {header("ES256", "XS256"), 1, "token_alg_unknown"},
        {header("\"typ\":\"at+jwt\",", ""), 1, "token_typ_mismatch"},
        {header("{", "{\"jku\":\"x\","), 0, "jku in the header"},
        {encrypted(R"({"alg":"dir","enc":"A128GCM","cty":"JWT"})"), 1, R"("header":{"alg":"dir")"},
        {encrypted(R"({"alg":"dir","enc":"A128GCM","cty":"JWT"})"), 1, "the token inside has to be signed"},
        {encrypted(R"({"alg":"dir","enc":"A128GCM"})"), 1, "cty does not say JWT"},
        {encrypted(R"({"alg":"RSA1_5","enc":"A128GCM"})"), 1, "jwe_alg_refused"},
        {encrypted(R"({"alg":"dir","enc":"A128"})"), 1, "jwe_enc_refused"},
        {encrypted(R"({"alg":"dir","enc":"A128GCM","zip":"DEF"})"), 1, "jwe_zip_refused"},
        {encrypted(R"({"alg":"dir"})"), 1, "jwe_header_malformed"},
        {"a=.a.a.a.a", 1, "jwe_malformed"},
        {claims("1800000600", "1700000000"), 1, "token_expired"},
        {claims("1800000600", "1900000000"), 1, "token_lifetime_too_long"},
        {claims("1800000600", "1800000600000"), 1, "token_exp_in_milliseconds"},
        {claims("1799999990", "1800000010"), 1, "token_clock_skew"},
        {claims("\"aud\":\"https://api.test\",", ""), 1, "token_aud_missing"},
        {claims("\"user-a\"", "1"), 1, "token_sub_not_string"},
        {claims("{", R"({"cnf":{},)"), 1, "token_cnf_unproved"},
        {claims("{", R"({"sub":"b",)"), 1, "token_claims_malformed"},
        {"a.b.c.d.e", 1, "token_opaque_access_token"},
        {"", 1, "token_missing"},
    };
    for (const auto& [token, exit, says] : table) {
        std::istringstream in{token + "\n"}, again{token + "\n"};
        std::ostringstream answer, people;
        EXPECT_EQ(inspect_tokens(Form::json, jose::test_now, in, answer), exit) << says << answer.str();
        EXPECT_TRUE(answer.str().contains(says)) << says << answer.str();
        EXPECT_TRUE(json::parse(answer.str()).ok()) << answer.str();
        EXPECT_EQ(inspect_tokens(Form::people, jose::test_now, again, people), exit);
        if (token.size() > 40)
            EXPECT_FALSE(people.str().contains(token.substr(0, 40)) || answer.str().contains(token.substr(0, 40)));
    }
    std::istringstream in{rig.good() + "\n"};
    std::ostringstream people;
    inspect_tokens(Form::people, jose::test_now, in, people);
    EXPECT_TRUE(people.str().contains("2027-01-15T08:10:00.000Z (in 10 minutes)")) << people.str();
    EXPECT_TRUE(people.str().contains("(10 seconds ago)")) << people.str();
}

TEST_F(TokenCommand, TOK_14_the_hostile_corpus_through_the_command) {
    std::ifstream profile_file{std::string{COUNTERSIGN_SOURCE_DIR} + "/../shared/vectors/jwt_hostile/profile.json"};
    if (!profile_file) GTEST_SKIP() << "not at hand";
    const auto profile = json::parse(std::string{std::istreambuf_iterator<char>{profile_file}, {}});
    write("profile.json", json::write(*profile->find("profile")));
    write("shared.json", json::write(*profile->find("keysets")->find("shared")));
    std::ifstream cases{std::string{COUNTERSIGN_SOURCE_DIR} + "/../shared/vectors/jwt_hostile/cases.jsonl"};
    int seen = 0;
    for (std::string line; std::getline(cases, line);) {
        const auto row = json::parse(line);
        const std::string& token = *row->find("token")->as_string();
        const bool other =
            row->find("keyset") != nullptr || row->find("leeway") != nullptr || row->find("max_lifetime") != nullptr;
        if (other || token.contains('\n')) continue;
        const bool valid = *row->find("expect")->as_string() == "valid";
        EXPECT_EQ(verify(token + "\n", "profile.json", "shared.json"), valid ? 0 : 1)
            << *row->find("id")->as_string() << out;
        ++seen;
    }
    EXPECT_GT(seen, 200);
}

}    // namespace
}    // namespace countersign::cli

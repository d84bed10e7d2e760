#include "jose/policy_file.hpp"
#include "unit/jose/rig.hpp"

namespace countersign::jose {
namespace {

const Rig& rig() {
    static const Rig one;
    return one;
}

TEST(Policy, TOK_01_TOK_17_open_or_contradictory_policies_make_no_verifier) {
    struct Case {
        std::string_view name;
        std::function<void(VerifyPolicy&)> change;
        bool good = false;
    };
    const Case table[]{
        {"as it is", [](auto&) {}, true},
        {"no issuer value", [](auto& p) { p.issuer = Expect::one_of({}); }},
        {"an empty issuer", [](auto& p) { p.issuer = Expect::exactly(""); }},
        {"issuer absent", [](auto& p) { p.issuer = Expect::absent(); }},
        {"issuer ignored for a reason", [](auto& p) { p.issuer = Expect::ignored("one key, one issuer"); }, true},
        {"issuer ignored for none", [](auto& p) { p.issuer = Expect::ignored(""); }},
        {"audience absent", [](auto& p) { p.audience = Expect::absent(); }},
        {"audience ignored for a reason", [](auto& p) { p.audience = Expect::ignored("introspection"); }, true},
        {"type absent", [](auto& p) { p.type = Expect::absent(); }, true},
        {"mixed algorithms", [](auto& p) { p.algorithms = Algorithms{Alg::es256, Alg::hs256}; }},
        {"algorithms without the key's", [](auto& p) { p.algorithms = Algorithms{Alg::es384}; }},
        {"no algorithm", [](auto& p) { p.algorithms = Algorithms(std::initializer_list<Alg>{}); }},
        {"most leeway", [](auto& p) { p.leeway = max_leeway; }, true},
        {"more leeway", [](auto& p) { p.leeway = max_leeway + Seconds{1}; }},
        {"negative leeway", [](auto& p) { p.leeway = Seconds{-1}; }},
        {"no life", [](auto& p) { p.max_lifetime = Seconds{0}; }},
        {"no size", [](auto& p) { p.max_token_size = 0; }},
        {"any size", [](auto& p) { p.max_token_size = most_max_token_size + 1; }},
        {"no depth", [](auto& p) { p.max_depth = 0; }},
        {"any depth", [](auto& p) { p.max_depth = 65; }},
        {"another claim as subject", [](auto& p) { p.subject = "email"; }},
        {"a pointer as subject", [](auto& p) { p.subject = "/user/id"; }, true},
        {"iat not required for a reason", [](auto& p) { p.not_required = {{.claim = "iat", .reason = "old issuer"}}; },
         true},
        {"iat not required for none", [](auto& p) { p.not_required = {{.claim = "iat", .reason = ""}}; }},
        {"iss not required", [](auto& p) { p.not_required = {{.claim = "iss", .reason = "x"}}; }},
    };
    for (const auto& [name, change, good] : table) {
        VerifyPolicy policy = rig().policy();
        change(policy);
        const auto made = rig().verifier(policy);
        ASSERT_EQ(made.ok(), good) << name;
        if (!good) EXPECT_EQ(made.error().code(), Code::policy_invalid) << name;
    }
    EXPECT_EQ(Verifier::make({}).error().code(), Code::policy_invalid);
}

TEST(Policy, what_is_left_out_with_a_reason_is_not_asked_for) {
    struct Case {
        std::string_view name, from, to;
        std::function<void(VerifyPolicy&)> change;
    };
    const Case table[]{
        {"issuer", "https://id.test", "https://x.test", [](auto& p) { p.issuer = Expect::ignored("r"); }},
        {"no issuer", "\"iss\":\"https://id.test\",", "", [](auto& p) { p.issuer = Expect::ignored("r"); }},
        {"audience", "https://api.test", "https://x.test", [](auto& p) { p.audience = Expect::ignored("r"); }},
        {"no audience", "\"aud\":\"https://api.test\",", "", [](auto& p) { p.audience = Expect::ignored("r"); }},
        {"one of two", "https://api.test", "b", [](auto& p) { p.audience = Expect::one_of({"a", "b"}); }},
        {"no iat", "\"iat\":1799999990,", "", [](auto& p) { p.not_required = {{.claim = "iat", .reason = "r"}}; }},
        {"no sub", "\"sub\":\"user-a\",", "", [](auto& p) { p.not_required = {{.claim = "sub", .reason = "r"}}; }},
        {"no exp", ",\"exp\":1800000600", "", [](auto& p) { p.not_required = {{.claim = "exp", .reason = "r"}}; }},
    };
    for (const auto& [name, from, to, change] : table) {
        VerifyPolicy policy = rig().policy();
        change(policy);
        const std::string token = rig().sign(rig().header(), swapped(Rig::claims(), from, to));
        EXPECT_FALSE(rig().verifier().verify(token, at(test_now)).ok()) << name;
        EXPECT_TRUE(rig().verifier(policy)->verify(token, at(test_now)).ok()) << name;
    }
    // Without iat a token that lives too long is measured from now on.
    VerifyPolicy policy = rig().policy();
    policy.not_required = {{.claim = "iat", .reason = "r"}};
    policy.max_lifetime = Seconds{599};
    const std::string token = rig().sign(rig().header(), swapped(Rig::claims(), "\"iat\":1799999990,", ""));
    EXPECT_EQ(rig().verifier(policy)->verify(token, at(test_now)).error().code(), Code::token_lifetime_too_long);
}

TEST(Policy, further_claims_and_another_subject) {
    VerifyPolicy policy = rig().policy();
    policy.also_required = {"scope"};
    policy.subject = "/user~1x/id";
    const auto verifier = rig().verifier(policy);
    struct Case {
        std::string_view members;
        std::optional<Code> refused;
    };
    const Case table[]{{R"("scope":"a","user/x":{"id":"u\u0031"},)", std::nullopt},
                       {R"("user/x":{"id":"u1"},)", Code::token_claim_missing},
                       {R"("scope":"a",)", Code::token_claim_missing},
                       {R"("scope":"a","user/x":"u1",)", Code::token_claim_missing},
                       {R"("scope":"a","user/x":{"id":1},)", Code::token_sub_not_string},
                       {R"("scope":"a","user/x":{"id":""},)", Code::token_claim_type}};
    for (const auto& [members, refused] : table) {
        const std::string token = rig().sign(rig().header(), swapped(Rig::claims(), "{", "{" + std::string{members}));
        const auto verified = verifier->verify(token, at(test_now));
        ASSERT_EQ(verified.ok(), !refused) << members;
        if (refused) {
            EXPECT_EQ(verified.error().label(), cause_of(*refused).label) << members;
        } else {
            EXPECT_EQ(verified->subject(), "u1");
        }
    }
}

TEST(Policy, TOK_08_keys_of_one_issuer_never_speak_for_another) {
    const Rig a{Alg::es256, "shared"}, b{Alg::es256, "shared"};
    const auto policy_for = [](const Rig& of, std::string issuer) {
        VerifyPolicy policy = of.policy();
        policy.issuer = Expect::exactly(std::move(issuer));
        return policy;
    };
    std::vector<TrustedIssuer> issuers;
    issuers.push_back({policy_for(a, "https://a.test"), a.keys()});
    issuers.push_back({policy_for(b, "https://b.test"), b.keys()});
    issuers.push_back({policy_for(b, "https://c.test"), b.keys()});    // the same key for two tenants
    const auto verifier = Verifier::make(std::move(issuers));
    ASSERT_TRUE(verifier.ok());
    struct Case {
        const Rig* signer;
        std::string_view issuer;
        std::optional<Code> refused;
    };
    const Case table[]{{&a, "https://a.test", std::nullopt},
                       {&b, "https://b.test", std::nullopt},
                       {&b, "https://c.test", std::nullopt},
                       {&a, "https://b.test", Code::token_iss_mismatch},
                       {&b, "https://a.test", Code::token_iss_mismatch},
                       {&a, "https://d.test", Code::token_iss_mismatch}};
    for (int again = 0; again < 2; ++again) {
        for (const auto& [signer, issuer, refused] : table) {
            const std::string token = signer->sign(signer->header(), swapped(Rig::claims(), "https://id.test", issuer));
            const auto verified = verifier->verify(token, at(test_now));
            ASSERT_EQ(verified.ok(), !refused) << issuer;
            if (refused) EXPECT_EQ(verified.error().code(), *refused) << issuer;
        }
    }
    std::vector<TrustedIssuer> twice;
    twice.push_back({a.policy(), a.keys()});
    twice.push_back({b.policy(), b.keys()});
    EXPECT_EQ(Verifier::make(std::move(twice)).error().code(), Code::policy_invalid);
}

TEST(PolicyFile, TOK_01_TOK_02_members_are_known_and_the_first_four_are_there) {
    const std::string good =
        R"({"issuer":"https://id.test","audience":["a","b"],"typ":"at+jwt","algorithms":["ES256","EdDSA"],"leeway":30,)"
        R"("required_claims":["iss","aud","exp","scope"],"max_token_bytes":4096,"max_depth":8,"now":5,"max_lifetime":60,)"
        R"("subject":"/user/id","cnf":"refuse"})";
    const auto file = parse_policy(*json::parse(good));
    ASSERT_TRUE(file.ok()) << file.error().detail();
    const VerifyPolicy& policy = file->issuers.front().policy;
    EXPECT_EQ(file->now->unix_seconds(), 5);
    EXPECT_EQ(policy.audience->texts(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(policy.leeway, Seconds{30});
    EXPECT_EQ(policy.max_lifetime, Seconds{60});
    EXPECT_TRUE(policy.algorithms->has(Alg::eddsa_ed25519) && policy.algorithms->has(Alg::eddsa_ed448));
    EXPECT_FALSE(policy.algorithms->has(Alg::ed25519));
    EXPECT_FALSE(policy.requires_claim("sub"));
    EXPECT_TRUE(policy.requires_claim("exp"));
    EXPECT_TRUE(policy.requires_claim("scope"));
    EXPECT_TRUE(parse_policy(*json::parse(swapped(good, "\"at+jwt\"", "\"absent\"")))
                    ->issuers.front()
                    .policy.type->is_absent());
    EXPECT_EQ(policy.cnf, Confirmation::refuse);
    EXPECT_EQ(parse_policy(*json::parse(swapped(good, "\"refuse\"", "\"dpop\"")))->issuers.front().policy.cnf,
              Confirmation::dpop);
    struct Case {
        std::string_view from, to;
    };
    const Case refused[]{
        {R"("issuer":"https://id.test",)", ""},
        {R"("audience":["a","b"],)", ""},
        {R"("typ":"at+jwt",)", ""},
        {R"("algorithms":["ES256","EdDSA"],)", ""},
        {"ES256", "none"},
        {"ES256", "es256"},
        {"ES256", "HS256"},
        {R"(["ES256","EdDSA"])", "[]"},
        {R"("leeway":30)", R"("leeway":61)"},
        {R"("leeway":30)", R"("leeway":-1)"},
        {R"("leeway":30)", R"("leeway":"30")"},
        {R"("leeway")", R"("clockTolerance")"},
        {R"("max_lifetime":60)", R"("max_lifetime":0)"},
        {R"("max_depth":8)", R"("max_depth":65)"},
        {R"("refuse")", R"("ignore")"},
        {R"("/user/id")", R"("email")"},
        {R"(["a","b"])", "[1]"},
        {R"(["a","b"])", R"("")"},
        {R"("now":5)", R"("now":5.5)"},
    };
    for (const auto& [from, to] : refused) {
        const auto bad = parse_policy(*json::parse(swapped(good, from, to)));
        ASSERT_FALSE(bad.ok()) << from << to;
        EXPECT_EQ(bad.error().code(), Code::policy_invalid);
    }
    EXPECT_FALSE(parse_policy(*json::parse("[]")).ok());
}

/// `path: what -> mend`, a line a problem.
std::string problems_of(std::string_view document) {
    std::vector<config::Problem> problems;
    const auto file = parse_policy(*json::parse(document), &problems);
    EXPECT_EQ(file.ok(), problems.empty()) << document;
    std::string out;
    for (const config::Problem& one : problems) out += one.path + ": " + one.what + " -> " + one.mend + "\n";
    return out;
}

TEST(PolicyFile, TOOL_06_says_all_that_is_wrong_at_once_and_what_to_write_instead) {
    EXPECT_EQ(problems_of(R"({"issuer":"a","audience":"x","typ":"absent","algorithms":["ES256"]})"), "");
    EXPECT_EQ(problems_of(R"({"audience":7,"typ":["at+jwt","absent"],"algorithms":["es256","none","X"],"leeway":61,)"
                          R"("max_depth":"8","max_lifetime":0,"clockTolerance":5,"cnf":"mtls","subject":"email",)"
                          R"("requird_claims":[],"jwks":1,"now":-1,"max_token_bytes":1048577,"zzz":1})"),
              "clockTolerance: no such member -> did you mean leeway?\n"
              "requird_claims: no such member -> did you mean required_claims?\n"
              "zzz: no such member -> remove it; there are issuer, audience, typ, algorithms, required_claims, leeway, "
              "max_token_bytes, max_depth, max_lifetime, subject, cnf, jwks, now, issuers\n"
              "issuer: is missing, and has no default -> write a text, or a list of texts\n"
              "audience: is no text: number -> write a text, or a list of texts\n"
              "typ: has absent beside other values -> write \"absent\" alone, or leave it out\n"
              "algorithms: has es256, which does not exist here -> did you mean ES256?\n"
              "algorithms: has none, which does not exist here -> there are HS256, HS384, HS512, RS256, RS384, RS512, "
              "PS256, PS384, PS512, ES256, ES384, ES512, ES256K, EdDSA, Ed25519, Ed448\n"
              "algorithms: has X, which does not exist here -> there are HS256, HS384, HS512, RS256, RS384, RS512, "
              "PS256, PS384, PS512, ES256, ES384, ES512, ES256K, EdDSA, Ed25519, Ed448\n"
              "leeway: is out of its range -> write a whole number from 0 to 60\n"
              "max_lifetime: is out of its range -> write a whole number from 1 to 1000000000000\n"
              "max_token_bytes: is out of its range -> write a whole number from 1 to 1048576\n"
              "max_depth: is no whole number -> write a whole number from 1 to 64\n"
              "subject: is neither sub nor a JSON pointer -> write \"sub\", or a pointer as \"/user/id\"\n"
              "cnf: says what to do with tokens that are bound to a key -> write \"refuse\" or \"dpop\"\n"
              "jwks: is no place of keys -> write the place of the keys as a text, or the set itself\n"
              "now: is out of its range -> write a whole number from 0 to 1000000000000\n");
    EXPECT_EQ(problems_of("[]"), "the policy: is no table -> write issuer, audience, typ and algorithms in it\n");
    EXPECT_EQ(problems_of(R"({"issuer":"a","audience":[],"typ":"absent","algorithms":["HS256","ES256"]})"),
              "audience: is an empty list -> write a text, or a list of texts\n"
              "algorithms: has HS* beside algorithms of public keys -> write one kind, or two tables of issuers\n");
    EXPECT_EQ(
        problems_of(
            R"({"leeway":1,"issuers":[1,{"issuer":"a","audience":"","typ":"absent","algorithms":["ES256"],"now":1}]})"),
        "leeway: belongs to no issuer -> move it into each table of issuers, or write issuer beside it\n"
        "issuers[0]: is no table -> write issuer, audience, typ, algorithms and jwks in it\n"
        "issuers[1].now: no such member -> remove it; there are issuer, audience, typ, algorithms, required_claims, "
        "leeway, max_token_bytes, max_depth, max_lifetime, subject, cnf, jwks\n"
        "issuers[1].audience: has an empty text -> write a text, or a list of texts\n"
        "issuers[1].jwks: is missing: each issuer has keys of its own -> write the place of the keys as a text, or the "
        "set itself\n");
    const std::string one = R"({"issuer":"a","audience":"x","typ":"absent","algorithms":["ES256"],"jwks":"a.json"})";
    EXPECT_EQ(problems_of(R"({"issuers":[)" + one + "," + one + "]}"),
              "issuers: name a twice -> write one table an issuer\n");
}

TEST(PolicyFile, a_list_of_issuers_each_with_its_keys) {
    const std::string one = R"({"issuer":"a","audience":"x","typ":"absent","algorithms":["ES256"],"jwks":"a.json"})";
    const auto listed = [&](const std::string& table) {
        return parse_policy(*json::parse(R"({"issuers":[)" + table + "]}"));
    };
    EXPECT_EQ(listed(one + "," + swapped(one, "\"a\"", "\"b\""))->issuers.size(), 2U);
    EXPECT_EQ(*listed(one)->issuers.front().jwks->as_string(), "a.json");
    EXPECT_FALSE(listed(swapped(one, R"(,"jwks":"a.json")", "")).ok());
    EXPECT_FALSE(listed(swapped(one, "}", R"(,"now":1})")).ok());
    EXPECT_FALSE(parse_policy(*json::parse(R"({"audience":"x","issuers":[)" + one + "]}")).ok());
    EXPECT_TRUE(parse_policy(*json::parse(R"({"now":1,"issuers":[)" + one + "]}")).ok());
}

}    // namespace
}    // namespace countersign::jose

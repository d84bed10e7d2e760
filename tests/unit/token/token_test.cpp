// What stands in our tokens, and when one is given out again.
#include "jose/verifier.hpp"
#include "unit/token/rig.hpp"

namespace countersign::token {
namespace {

TEST_F(Tokens, TOK_22_an_access_token_has_exactly_these_members) {
    const Parts parts = parts_of(issue());
    const std::string kid = column(0, "id");
    EXPECT_EQ(parts.header, R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + kid + R"("})");
    const std::string jti = member(parts.claims, "jti");
    EXPECT_EQ(jti.size(), id_length);
    EXPECT_EQ(parts.claims,
              R"({"iss":"https://id.example/api/auth","sub":"ann","aud":"https://api.example","iat":1795521600,)"
              R"("exp":1795521900,"jti":")" +
                  jti + R"(","sid":"session-1"})");
}

TEST_F(Tokens, a_session_token_has_exactly_the_members_of_Better_Auth) {
    use({}, TokenProfile::session_jwt);
    const Parts parts = parts_of(issue());
    EXPECT_EQ(parts.header, R"({"alg":"EdDSA","kid":")" + column(0, "id") + R"("})");
    EXPECT_EQ(parts.claims,
              R"({"iat":1795521600,"name":"Ann","email":"ann@x.co","emailVerified":true,"image":null,)"
              R"("createdAt":"2026-11-24T12:00:00.000Z","updatedAt":"2026-11-24T12:00:00.000Z","id":"ann",)"
              R"("sub":"ann","exp":1795521900,"iss":"https://id.example/api/auth","aud":"https://api.example"})");
}

TEST_F(Tokens, fields_claims_and_subject_of_a_session_token_follow_the_options) {
    use({}, TokenProfile::session_jwt);
    options_.payload_fields = {"email"};
    options_.constant_claims = {{"tenant", json::Value{std::string{"x"}}}};
    options_.subject = Subject::email;
    use_options();
    EXPECT_EQ(parts_of(issue()).claims,
              R"({"iat":1795521600,"email":"ann@x.co","tenant":"x","sub":"ann@x.co","exp":1795521900,)"
              R"("iss":"https://id.example/api/auth","aud":"https://api.example"})");
}

TEST_F(Tokens, TOK_21_the_audience_is_one_of_the_list) {
    EXPECT_EQ(member(parts_of(issue("https://other.example")).claims, "aud"), "https://other.example");
    for (const std::string_view audience :
         {"", "https://api.example/", "https://evil.example", "HTTPS://API.EXAMPLE"}) {
        const auto refused = ask(audience);
        ASSERT_FALSE(refused.ok()) << audience;
        EXPECT_EQ(refused.error().code(), Code::token_aud_mismatch);
    }
}

TEST_F(Tokens, one_token_for_session_and_audience_in_the_first_half_of_its_life) {
    const std::string first = issue();
    struct Case {
        std::string_view name;
        Milliseconds later;
        std::optional<std::string_view> audience;
        bool again;
    };
    const Case cases[]{
        {"at once", Milliseconds{0}, std::nullopt, true},
        {"the same audience, named", Milliseconds{0}, "https://api.example", true},
        {"another audience", Milliseconds{0}, "https://other.example", false},
        {"just before half of its life", 150 * Seconds{1} - Milliseconds{1}, std::nullopt, true},
        {"at half of its life", 150 * Seconds{1}, std::nullopt, false},
    };
    for (const Case& c : cases) {
        clock.set(noon + c.later);
        EXPECT_EQ(issue(c.audience) == first, c.again) << c.name;
    }
    const std::string second = issue();
    EXPECT_EQ(member(parts_of(second).claims, "iss"), options_.issuer);
    EXPECT_NE(member(parts_of(second).claims, "jti"), member(parts_of(first).claims, "jti"));
    clock.set(noon);    // a clock that is set back: a token from the future is not given out
    EXPECT_NE(issue(), second);
}

TEST_F(Tokens, ISO_01_nobody_gets_the_token_of_another) {
    const std::string of_ann = issue();
    who_.session.id = SessionId{"session-2"};
    const std::string of_her_other_session = issue();
    who_.session.user = who_.user.id = UserId{"bob"};
    const std::string of_bob = issue();
    EXPECT_EQ(member(parts_of(of_her_other_session).claims, "sid"), "session-2");
    EXPECT_EQ(member(parts_of(of_bob).claims, "sub"), "bob");
    EXPECT_NE(of_ann, of_her_other_session);
    EXPECT_NE(of_her_other_session, of_bob);
}

TEST_F(Tokens, a_token_that_would_say_something_else_now_is_made_anew) {
    struct Case {
        std::string_view name;
        std::function<void(identity::User&)> change;
    };
    const Case cases[]{
        {"name", [](identity::User& user) { user.name = "Anna"; }},
        {"email", [](identity::User& user) { user.email = "anna@x.co"; }},
        {"verified", [](identity::User& user) { user.email_state = identity::EmailState::unverified; }},
        {"image", [](identity::User& user) { user.image = "https://x.co/a.png"; }},
    };
    use({}, TokenProfile::session_jwt);
    for (const Case& c : cases) {
        const std::string before = issue();
        c.change(who_.user);
        const std::string after = issue();
        EXPECT_NE(after, before) << c.name;
        EXPECT_EQ(issue(), after) << c.name;
    }
}

TEST_F(Tokens, sessions_without_number_take_bounded_memory) {
    TokenReuse reuse{5 * minute};
    const auto wanted = [](std::size_t i) {
        return TokenReuse::For{SessionId{"s" + std::to_string(i)}, "a", KeyId{"k"}, "u"};
    };
    constexpr std::size_t many = 4 * TokenReuse::places;
    for (std::size_t i = 0; i < many; ++i) reuse.keep(wanted(i), noon, "token " + std::to_string(i));
    std::size_t kept = 0;
    for (std::size_t i = 0; i < many; ++i) {
        const auto found = reuse.find(wanted(i), noon);
        if (!found) continue;
        EXPECT_EQ(*found, "token " + std::to_string(i));
        ++kept;
    }
    EXPECT_LE(kept, TokenReuse::places);
    EXPECT_GT(kept, TokenReuse::places / 2);
}

TEST_F(Tokens, a_kept_token_is_not_given_out_once_its_key_has_expired) {
    use({.rotation_interval = minute, .grace_period = Seconds{0}});
    const std::string first = issue();
    clock.advance(minute);
    const std::string second = issue();
    EXPECT_NE(member(parts_of(second).header, "kid"), member(parts_of(first).header, "kid"));
}

/// A verifier with the published keys, for the tokens of one profile.
jose::Verifier verifier_for(TokenProfile profile, const std::string& key_set, const std::string& issuer) {
    const bool access = profile == TokenProfile::access;
    const jose::Algorithms all{jose::Alg::eddsa_ed25519, jose::Alg::es256, jose::Alg::es512, jose::Alg::rs256,
                               jose::Alg::ps256};
    jose::VerifyPolicy policy{.issuer = jose::Expect::exactly(issuer),
                              .audience = jose::Expect::exactly("https://api.example"),
                              .type = access ? jose::Expect::exactly("at+jwt") : jose::Expect::absent(),
                              .algorithms = all};
    if (access) policy.also_required = {"jti", "sid"};
    auto keys = jose::KeySet::parse(key_set, all);
    EXPECT_TRUE(keys.ok()) << keys.error().detail();
    std::vector<jose::TrustedIssuer> issuers;
    issuers.push_back({std::move(policy), *std::move(keys)});
    auto made = jose::Verifier::make(std::move(issuers));
    EXPECT_TRUE(made.ok()) << made.error().detail();
    return *std::move(made);
}

TEST_F(Tokens, TOK_22_TOK_23_each_profile_is_believed_under_its_own_policy_only) {
    constexpr std::array both{TokenProfile::session_jwt, TokenProfile::access};
    for (const jose::Alg alg :
         {jose::Alg::eddsa_ed25519, jose::Alg::es256, jose::Alg::es512, jose::Alg::rs256, jose::Alg::ps256}) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        for (const TokenProfile issued : both) {
            use({.algorithm = alg}, issued);
            const std::string token = issue();
            for (const TokenProfile expected : both) {
                const auto verifier = verifier_for(expected, key_set(), options_.issuer);
                const auto verified = verifier.verify(token, clock.now());
                const std::string name = std::string{jose::row_of(alg).name} + ": " + std::string{row_of(issued).name} +
                                         " under " + std::string{row_of(expected).name};
                if (issued == expected) {
                    ASSERT_TRUE(verified.ok()) << name << ": " << verified.error().detail();
                    EXPECT_EQ(verified->subject(), "ann") << name;
                } else {
                    ASSERT_FALSE(verified.ok()) << name;
                    EXPECT_EQ(verified.error().code(), Code::token_typ_mismatch) << name;
                }
            }
        }
    }
}

TEST_F(Tokens, what_takes_longer_than_a_loop_has_is_not_done_on_one) {
    struct Case {
        std::string_view name;
        jose::Alg alg;
        bool quick;
    };
    const Case cases[]{{"EdDSA", jose::Alg::eddsa_ed25519, true},
                       {"ES256", jose::Alg::es256, true},
                       {"ES512", jose::Alg::es512, false},
                       {"RS256", jose::Alg::rs256, false},
                       {"PS256", jose::Alg::ps256, false}};
    for (const Case& c : cases) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        use({.algorithm = c.alg});
        const auto small = [&] { return issuer_->issue(who_, std::nullopt, Effort::small)->has_value(); };
        EXPECT_FALSE(small()) << c.name << ": the first key is a write";
        const std::string first = issue();
        EXPECT_TRUE(small()) << c.name << ": the last token is at hand";
        clock.advance(4 * minute);
        EXPECT_EQ(small(), c.quick) << c.name;
        use({.algorithm = c.alg});    // as after a start
        EXPECT_FALSE(small()) << c.name << ": the key is to be opened";
    }
}

TEST_F(Tokens, TOK_13_an_identity_that_no_verifier_believes_is_not_issued) {
    struct Case {
        std::string_view name;
        std::string id;
        bool issued;
    };
    const Case cases[]{
        {"plain", "ann", true},
        {"1024 bytes", std::string(1024, 'x'), true},
        {"1025 bytes", std::string(1025, 'x'), false},
        {"nothing", "", false},
        {"NUL", std::string{"a\0b", 3}, false},
        {"no UTF-8", "a\xFF", false},
    };
    for (const TokenProfile profile : {TokenProfile::session_jwt, TokenProfile::access}) {
        use({}, profile);
        for (const Case& c : cases) {
            who_.user.id = UserId{c.id};
            const auto token = ask();
            EXPECT_EQ(token.ok(), c.issued) << c.name;
            if (!token.ok()) EXPECT_EQ(token.error().code(), Code::token_unissuable) << c.name;
        }
    }
}

}    // namespace
}    // namespace countersign::token

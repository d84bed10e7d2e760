// What a token may say, and what is refused before it is signed.
#include "token/claims.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "jose/compact.hpp"

namespace countersign::token {
namespace {

const Instant now = Instant::from_unix(Seconds{1'800'000'000});
constexpr Seconds life{300};

Registered registered() {
    return {.issuer = std::string{"https://id.test"},
            .subject = std::string{"ann"},
            .audience = std::string{"https://api.test"},
            .issued = now,
            .expires = now + life};
}
AccessClaims access_claims() {
    return {.registered = registered(), .id = std::string{"j1"}, .session = std::string{"s1"}};
}
SessionClaims session_claims() {
    json::Object fields;
    fields.emplace_back("name", std::string{"Ann"});
    return {.registered = registered(), .fields = std::move(fields)};
}

TEST(Claims, stand_in_the_order_of_their_profile) {
    const auto access = build(access_claims());
    ASSERT_TRUE(access.ok());
    EXPECT_EQ(access->claims(), R"({"iss":"https://id.test","sub":"ann","aud":"https://api.test","iat":1800000000,)"
                                R"("exp":1800000300,"jti":"j1","sid":"s1"})");
    EXPECT_EQ(access->profile().type, "at+jwt");
    const auto session = build(session_claims());
    ASSERT_TRUE(session.ok());
    EXPECT_EQ(session->claims(), R"({"iat":1800000000,"name":"Ann","sub":"ann","exp":1800000300,)"
                                 R"("iss":"https://id.test","aud":"https://api.test"})");
    EXPECT_EQ(session->profile().type, "");
}

TEST(Claims, TOK_13_TOK_17_TOK_19_one_change_is_refused) {
    const auto text = [](std::string value) { return Given<std::string>{std::move(value)}; };
    struct Case {
        std::string_view name;
        std::function<void(AccessClaims&)> change;
        bool built;
    };
    const Case cases[]{
        {"nothing", [](auto&) {}, true},
        {"a life of a second", [](auto& c) { c.registered.value.expires = now + Seconds{1}; }, true},
        {"exp is iat", [](auto& c) { c.registered.value.expires = now; }, false},
        {"exp before iat", [](auto& c) { c.registered.value.expires = now - Seconds{1}; }, false},
        {"the longest life", [](auto& c) { c.registered.value.expires = now + Seconds{86'400}; }, true},
        {"a second more", [](auto& c) { c.registered.value.expires = now + Seconds{86'401}; }, false},
        {"before 1970", [](auto& c) { c.registered.value.issued = Instant::from_unix(Seconds{-1}); }, false},
        {"no issuer", [&](auto& c) { c.registered.value.issuer = text(""); }, false},
        {"no audience", [&](auto& c) { c.registered.value.audience = text(""); }, false},
        {"audience with NUL", [&](auto& c) { c.registered.value.audience = text(std::string{"a\0", 2}); }, false},
        {"long subject", [&](auto& c) { c.registered.value.subject = text(std::string(1025, 'x')); }, false},
        {"subject of 1024 bytes", [&](auto& c) { c.registered.value.subject = text(std::string(1024, 'x')); }, true},
        {"subject that is no UTF-8", [&](auto& c) { c.registered.value.subject = text("\xC0\x80"); }, false},
        {"no jti", [&](auto& c) { c.id = text(""); }, false},
        {"sid with NUL", [&](auto& c) { c.session = text(std::string{"\0", 1}); }, false},
    };
    for (const Case& c : cases) {
        AccessClaims claims = access_claims();
        c.change(claims);
        const auto built = build(claims);
        EXPECT_EQ(built.ok(), c.built) << c.name;
        if (!built.ok()) EXPECT_EQ(built.error().code(), Code::token_unissuable) << c.name;
        SessionClaims session = session_claims();
        if (c.name.contains("jti") || c.name.contains("sid")) continue;
        session.registered = claims.registered;
        EXPECT_EQ(build(session).ok(), c.built) << c.name << ", session-jwt";
    }
}

TEST(Claims, reserved_ones_cannot_be_set_from_outside) {
    for (const std::string_view name : reserved_claims) {
        SessionClaims claims = session_claims();
        claims.fields.value.emplace_back(std::string{name}, std::string{"x"});
        const auto built = build(claims);
        ASSERT_FALSE(built.ok()) << name;
        EXPECT_EQ(built.error().code(), Code::token_unissuable) << name;
        claims.fields.value.back().first += "x";
        EXPECT_TRUE(build(claims).ok()) << name;
    }
}

TEST(Claims, of_two_fields_with_one_name_the_later_value_stands_at_the_first_place) {
    SessionClaims claims = session_claims();
    claims.fields.value.emplace_back("role", std::string{"reader"});
    claims.fields.value.emplace_back("name", std::string{"Bob"});
    EXPECT_EQ(build(claims)->claims(), R"({"iat":1800000000,"name":"Bob","role":"reader","sub":"ann",)"
                                       R"("exp":1800000300,"iss":"https://id.test","aud":"https://api.test"})");
}

TEST(Claims, TOK_14_a_token_that_is_too_long_for_our_verifier_is_not_made) {
    SessionClaims claims = session_claims();
    claims.fields.value.front().second = std::string(jose::max_token_size / 2, 'x');
    EXPECT_TRUE(build(claims).ok());
    claims.fields.value.front().second = std::string(jose::max_token_size * 3 / 4, 'x');
    const auto built = build(claims);
    ASSERT_FALSE(built.ok());
    EXPECT_EQ(built.error().code(), Code::token_unissuable);
}

}    // namespace
}    // namespace countersign::token

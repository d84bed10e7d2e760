// CKY and SES over the whole application: which cookies open a session, in both profiles.
#include "base/url.hpp"
#include "crypto/signed_value.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

class Cookies : public testing::TestWithParam<std::string> {
  protected:
    RunningApplication app{{.profile = GetParam()}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");

    std::string session_of(const std::string& cookies) { return client.send(get_session(cookies)).body; }
    std::string value() const { return alice.cookie.substr(alice.cookie.find('=') + 1); }
    static std::string named(std::string_view name, const std::string& value) {
        return std::string{name} + "=" + value;
    }
    static std::string signed_as(std::string_view token, std::string_view secret, std::string_view context) {
        const crypto::HmacKey key{std::span{reinterpret_cast<const std::byte*>(secret.data()), secret.size()}};
        return percent_encode_component(crypto::sign_value(key, token, context));
    }
};

INSTANTIATE_TEST_SUITE_P(Profiles, Cookies, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

TEST_P(Cookies, CKY_02_CKY_03_SES_03_only_the_untouched_cookie_of_the_exact_name_opens_the_session) {
    const std::string context = GetParam() == "native" ? std::string{session_cookie} : "";
    std::string tampered = value();
    tampered[3] = tampered[3] == 'a' ? 'b' : 'a';
    std::string last = value();    // ends in %3D: the letter before it carries bits of the signature
    last[last.size() - 5] = last[last.size() - 5] == 'A' ? 'B' : 'A';
    const std::string foreign = std::string(32, 'x');
    const struct {
        std::string name, cookies;
    } table[]{
        {"no cookie value", named(session_cookie, "")},
        {"the token without signature", named(session_cookie, alice.token)},
        {"a changed token", named(session_cookie, tampered)},
        {"a changed signature", named(session_cookie, last)},
        {"cut by one", named(session_cookie, value().substr(0, value().size() - 1))},
        {"cut in the middle of an escape", named(session_cookie, value().substr(0, value().size() - 2))},
        {"another secret",
         named(session_cookie, signed_as(alice.token, "another-secret-0123456789-abcdefgh", context))},
        {"a token that was never issued", named(session_cookie, signed_as(foreign, test_secret, context))},
        {"sent twice, equal", alice.cookie + "; " + alice.cookie},
        {"sent twice, first foreign", named(session_cookie, foreign) + "; " + alice.cookie},
        {"sent twice, last foreign", alice.cookie + "; " + named(session_cookie, foreign)},
        {"sent twice, empty", named(session_cookie, "") + "; " + alice.cookie},
        {"another case of the name", "Better-Auth.session_token=" + value()},
        {"a secure name without https", "__Secure-" + alice.cookie},
        {"a host name", "__Host-" + alice.cookie},
        {"a longer name", "x" + alice.cookie},
        {"no name", "=" + alice.cookie},
        {"the remember cookie instead", named("better-auth.dont_remember", value())},
        {"the cache cookie instead", named("better-auth.session_data", value())},
        {"a numbered part", named("better-auth.session_token.0", value())},
        {"with a NUL escape", named(session_cookie, value() + "%00")},
        {"with text behind", named(session_cookie, value() + "x")},
        {"many thousand characters", named(session_cookie, std::string(8000, 'a') + value())},
    };
    const std::string before = app.everything();
    for (const auto& row : table) {
        EXPECT_EQ(session_of(row.cookies), "null") << row.name;
        EXPECT_EQ(client.send({.target = "/api/auth/token", .headers = {{"cookie", row.cookies}}}).status,
                  app.settings.jwt == app::Switch::on ? 401 : 404)
            << row.name;
    }
    EXPECT_EQ(app.everything(), before);
    const std::string shuffled = "a=1; b=\"2\"; " + alice.cookie + "; c; =d; better-auth.session_token2=e";
    for (const std::string& good : {alice.cookie, shuffled, "   " + alice.cookie + "   "}) {
        EXPECT_THAT(session_of(good), testing::HasSubstr("alice@example.test")) << good;
    }
}

TEST_P(Cookies, CKY_02_two_header_lines_count_as_two_cookies) {
    const Answer answer = client.send(
        {.target = "/api/auth/get-session", .headers = {{"cookie", alice.cookie}, {"cookie", alice.cookie}}});
    EXPECT_TRUE(answer.status == 400 || answer.body == "null") << answer.status << answer.body;
}

TEST_P(Cookies, CKY_04_a_value_signed_for_another_cookie_is_no_session_in_native) {
    const std::string moved = signed_as(alice.token, test_secret, "better-auth.dont_remember");
    EXPECT_EQ(session_of(named(session_cookie, moved)), "null");
    // Better Auth's own format does not name the cookie: there the plain MAC is the right one, and only there.
    const std::string plain = session_of(named(session_cookie, signed_as(alice.token, test_secret, "")));
    EXPECT_EQ(plain == "null", GetParam() == "native") << plain;
}

TEST_P(Cookies, SES_05_a_signed_out_session_is_gone_for_every_copy_of_its_cookie) {
    Client other{app.port()};
    EXPECT_EQ(client.send(sign_out(alice.cookie)).status, 200);
    for (Client* each : {&client, &other}) {
        const Answer answer = each->send(get_session(alice.cookie));
        EXPECT_EQ(answer.body, "null");
        EXPECT_THAT(answer.all("set-cookie"), testing::Each(testing::HasSubstr("=; Max-Age=0")));
        EXPECT_EQ(answer.all("set-cookie").size(), 3U);
    }
    EXPECT_THAT(app.everything(), testing::Not(testing::HasSubstr(alice.token)));
}

TEST_P(Cookies, SES_04_an_expired_session_is_none) {
    app.clock.advance(app.settings.session_life - Seconds{1});
    EXPECT_THAT(session_of(alice.cookie), testing::HasSubstr("alice"));    // and prolonged, since it was due
    app.clock.advance(app.settings.session_life);
    EXPECT_EQ(session_of(alice.cookie), "null");
}

TEST_P(Cookies, SES_06_a_deleted_user_has_no_session) {
    app.neighbour().run(app.database().without_references() + "DELETE FROM user");
    EXPECT_EQ(session_of(alice.cookie), "null");
}

TEST_P(Cookies, SES_02_every_sign_in_makes_a_new_token_and_in_native_ends_what_the_browser_had) {
    const std::string body = R"({"email":")" + alice.email + R"(","password":")" + alice.password + R"("})";
    const Answer elsewhere = client.send(post_json("/api/auth/sign-in/email", body));
    const std::string other = elsewhere.cookie(session_cookie);
    EXPECT_NE(other, alice.cookie);
    EXPECT_THAT(session_of(alice.cookie), testing::HasSubstr("alice"));    // of another browser
    const Headers here{{"cookie", alice.cookie}, {"origin", std::string{own_origin}}};
    const std::string wrong = R"({"email":")" + alice.email + R"(","password":"not hers at all"})";
    EXPECT_EQ(client.send(post_json("/api/auth/sign-in/email", wrong, here)).status, 401);
    EXPECT_THAT(session_of(alice.cookie), testing::HasSubstr("alice"));    // nothing was proved
    const Answer again = client.send(post_json("/api/auth/sign-in/email", body, here));
    EXPECT_EQ(again.status, 200);
    EXPECT_THAT(session_of(again.cookie(session_cookie)), testing::HasSubstr("alice"));
    EXPECT_EQ(session_of(alice.cookie) == "null", GetParam() == "native");
    EXPECT_THAT(session_of(other), testing::HasSubstr("alice"));
    // A cookie that was made up ends nobody's session.
    const Headers forged{{"cookie", named(session_cookie, member(elsewhere.body, "token"))},
                         {"origin", std::string{own_origin}}};
    EXPECT_EQ(client.send(post_json("/api/auth/sign-in/email", body, forged)).status, 200);
    EXPECT_THAT(session_of(other), testing::HasSubstr("alice"));
}

TEST_P(Cookies, CKY_05_INP_02_nothing_that_is_reflected_makes_a_header) {
    const std::string base = R"("email":")" + alice.email + R"(","password":")" + alice.password + R"(")";
    const char* const targets[]{R"(/a\r\nset-cookie: x=y)",
                                R"(/a\nset-cookie: x=y)",
                                R"(/a\u0000b)",
                                R"(/a\u2028x)",
                                R"(/a\u0085set-cookie: x=y)",
                                R"(/a%0d%0aset-cookie:x=y)",
                                R"(/\u010d\u010aset-cookie:x=y)",
                                R"(/caf\u00e9)"};
    for (const char* target : targets) {
        const Answer answer =
            client.send(post_json("/api/auth/sign-in/email", "{" + base + R"(,"callbackURL":")" + target + "\"}"));
        for (const auto& [name, text] : answer.headers) {
            EXPECT_THAT(name, testing::MatchesRegex("[a-z-]+")) << target;
            EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; })) << target << name;
        }
        EXPECT_THAT(answer.all("set-cookie"), testing::Each(testing::StartsWith("better-auth."))) << target;
    }
    for (const char* query : {"error=a%0d%0ax-evil:1", "error=A&error_description=%0d%0ax-evil:%201", "error=%00"}) {
        const Answer answer = client.send({.target = std::string{"/api/auth/error?"} + query});
        EXPECT_EQ(answer.header("x-evil"), "absent") << query;
    }
}

}    // namespace
}    // namespace countersign

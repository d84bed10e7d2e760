// Accounts that somebody else made or took, and how their owner gets them back by mail.
#include "base/encoding.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

constexpr std::string_view options =
    "mail.transport = \"capture\"\nemailAndPassword.sendResetPassword = true\n"
    "emailVerification.sendVerificationEmail = true\nuser.changeEmail.enabled = true\n"
    "user.changeEmail.sendChangeEmailConfirmation = false\n";

class TakenAccount : public testing::Test {
  protected:
    json::Array inbox() {
        const Answer answer = client.send({.target = "/dev/inbox.json"});
        auto read = json::parse(answer.body);
        return read.ok() && read->as_array() != nullptr ? *read->as_array() : json::Array{};
    }
    /// A part of the newest message to somebody.
    std::string mailed(std::string_view to, std::string_view part) {
        for (const json::Value& message : inbox()) {
            if (RunningApplication::text_of(message, "to") == to) return RunningApplication::text_of(message, part);
        }
        return "no message";
    }
    Answer post(std::string_view path, std::string body, const std::string& cookie = {}) {
        Headers headers{{"origin", std::string{own_origin}}};
        if (!cookie.empty()) headers.emplace_back("cookie", cookie);
        return client.send(post_json("/api/auth" + std::string{path}, std::move(body), headers));
    }
    Answer sign_in(const std::string& email, std::string_view password) {
        return post("/sign-in/email", R"({"email":")" + email + R"(","password":")" + std::string{password} + "\"}");
    }
    bool is_signed_in(const std::string& cookie) { return client.send(get_session(cookie)).body != "null"; }
    /// The address of whoever holds the session changes, as the new one proves it.
    void change_email(const std::string& cookie, const std::string& to) {
        ASSERT_EQ(post("/change-email", R"({"newEmail":")" + to + "\"}", cookie).status, 200);
        const std::string token = mailed(to, "token");
        const Answer followed = client.send({.target = "/api/auth/verify-email?token=" + token});
        ASSERT_EQ(followed.status, 200) << followed.body;
        app.clock.advance(Milliseconds{1});
    }
    Answer take_back(const std::string& token) { return post("/revert-email", R"({"token":")" + token + "\"}"); }
    static std::string code(const Answer& answer) { return member(answer.body, "code"); }

    RunningApplication app{{.settings = std::string{options}}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");
    const std::string taker = "mallory@example.test", farther = "mallory@elsewhere.test";
};

TEST_F(TakenAccount, REC_06_the_old_address_takes_the_account_back) {
    change_email(alice.cookie, taker);
    EXPECT_EQ(mailed(alice.email, "kind"), "email-changed");
    const std::string token = mailed(alice.email, "token"), url = mailed(alice.email, "url");
    EXPECT_EQ(url, std::string{own_origin} + "/api/auth/revert-email?token=" + token);
    EXPECT_EQ(sign_in(taker, alice.password).status, 200) << "until then it is the new one's";
    const std::string claims = token.substr(token.find('.') + 1);
    EXPECT_FALSE(text_of(*parse_base64url(claims.substr(0, claims.find('.')))).contains(taker));

    const std::string before = app.everything();
    const Answer page = client.send({.target = url.substr(own_origin.size())});
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(page.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(page.header("cache-control"), "no-store");
    EXPECT_THAT(page.body, testing::HasSubstr(alice.email));
    EXPECT_THAT(page.body, testing::HasSubstr("action=\"/api/auth/revert-email\""));
    EXPECT_THAT(page.body, testing::HasSubstr(token));
    EXPECT_EQ(app.everything(), before) << "whoever only looks, a mail scanner, changes nothing";

    post("/request-password-reset", R"({"email":")" + taker + "\"}");
    const std::string taker_reset = mailed(taker, "token");
    app.clock.advance(Milliseconds{1});
    EXPECT_EQ(take_back(token).body, R"({"status":true})");
    EXPECT_FALSE(is_signed_in(alice.cookie)) << "every session has ended";
    EXPECT_EQ(sign_in(taker, alice.password).status, 401);
    EXPECT_EQ(sign_in(alice.email, alice.password).status, 401) << "the password may be known";
    EXPECT_EQ(code(post("/reset-password", R"({"token":")" + taker_reset + R"(","newPassword":"mine for ever"})")),
              "INVALID_TOKEN");
    post("/request-password-reset", R"({"email":")" + alice.email + "\"}");
    EXPECT_EQ(post("/reset-password",
                   R"({"token":")" + mailed(alice.email, "token") + R"(","newPassword":"a horse of my own"})")
                  .status,
              200);
    const Answer in = sign_in(alice.email, "a horse of my own");
    EXPECT_EQ(in.status, 200);
    EXPECT_THAT(in.body, testing::HasSubstr(R"("emailVerified":true)"));
    EXPECT_EQ(code(take_back(token)), "INVALID_TOKEN") << "it works once";
}

TEST_F(TakenAccount, REC_06_a_form_of_the_page_is_answered_by_a_page) {
    change_email(alice.cookie, taker);
    const std::string body = "token=" + mailed(alice.email, "token");
    const auto send = [&](const std::string& origin) {
        return client.send({.method = "POST",
                            .target = "/api/auth/revert-email",
                            .headers = {{"content-type", "application/x-www-form-urlencoded"},
                                        {"origin", origin},
                                        {"sec-fetch-site", origin == own_origin ? "same-origin" : "cross-site"}},
                            .body = body});
    };
    EXPECT_EQ(send("https://evil.test").status, 403);
    const Answer done = send(std::string{own_origin});
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(done.header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(sign_in(taker, alice.password).status, 401);
}

TEST_F(TakenAccount, REC_06_changes_of_password_and_address_leave_the_link_until_seven_days_are_over) {
    change_email(alice.cookie, taker);
    const std::string token = mailed(alice.email, "token");
    EXPECT_EQ(post("/change-password",
                   R"({"currentPassword":")" + alice.password + R"(","newPassword":"theirs alone"})", alice.cookie)
                  .status,
              200);
    change_email(alice.cookie, farther);
    app.clock.advance(Seconds{7 * 86'400 - 10});
    EXPECT_EQ(take_back(token).status, 200);
    EXPECT_EQ(sign_in(farther, "theirs alone").status, 401);
}

TEST_F(TakenAccount, REC_06_a_link_ends_after_seven_days) {
    change_email(alice.cookie, taker);
    const std::string token = mailed(alice.email, "token");
    app.clock.advance(Seconds{7 * 86'400});
    EXPECT_EQ(code(take_back(token)), "TOKEN_EXPIRED");
    EXPECT_EQ(client.send({.target = "/api/auth/revert-email?token=" + token}).status, 401);
}

TEST_F(TakenAccount, REC_06_whoever_moves_the_account_on_cannot_end_the_first_owners_link) {
    change_email(alice.cookie, taker);
    const std::string first = mailed(alice.email, "token");
    change_email(alice.cookie, farther);
    const std::string second = mailed(taker, "token");
    ASSERT_NE(first, second);
    EXPECT_EQ(take_back(second).status, 200) << "back to the taker's first address";
    app.clock.advance(Milliseconds{1});
    EXPECT_EQ(take_back(first).status, 200);
    EXPECT_EQ(app.neighbour().one("SELECT email FROM \"user\""), alice.email);
}

TEST_F(TakenAccount, REC_06_the_first_owners_link_ends_those_of_the_taker) {
    change_email(alice.cookie, taker);
    const std::string first = mailed(alice.email, "token");
    change_email(alice.cookie, farther);
    const std::string second = mailed(taker, "token");
    EXPECT_EQ(take_back(first).status, 200);
    EXPECT_EQ(code(take_back(second)), "INVALID_TOKEN");
    EXPECT_EQ(app.neighbour().one("SELECT email FROM \"user\""), alice.email);
}

TEST_F(TakenAccount, REC_06_nobody_keeps_the_owner_out_by_signing_up_with_the_old_address) {
    change_email(alice.cookie, taker);
    const std::string token = mailed(alice.email, "token");
    Client other{app.port()};
    const Answer squatter = other.send(post_json(
        "/api/auth/sign-up/email", R"({"name":"alice","email":")" + alice.email + R"(","password":"squat and wait"})"));
    ASSERT_EQ(squatter.status, 200);
    EXPECT_EQ(take_back(token).status, 200);
    EXPECT_FALSE(is_signed_in(squatter.cookie(session_cookie)));
    EXPECT_EQ(sign_in(alice.email, "squat and wait").status, 401);
    Neighbour database = app.neighbour();
    EXPECT_EQ(database.one("SELECT count(*) FROM \"user\" WHERE email = '" + alice.email + "'"), "1");
    EXPECT_EQ(database.one("SELECT count(*) FROM \"user\" WHERE email LIKE '%@address-taken-back.invalid'"), "1");
}

TEST_F(TakenAccount, REC_06_whoever_has_proved_the_old_address_since_keeps_it) {
    change_email(alice.cookie, taker);
    const std::string token = mailed(alice.email, "token");
    Client other{app.port()};
    other.send(post_json("/api/auth/sign-up/email",
                         R"({"name":"alice","email":")" + alice.email + R"(","password":"a new life here"})"));
    post("/send-verification-email", R"({"email":")" + alice.email + "\"}");
    client.send({.target = "/api/auth/verify-email?token=" + mailed(alice.email, "token")});
    EXPECT_EQ(code(take_back(token)), "INVALID_TOKEN");
    EXPECT_EQ(sign_in(alice.email, "a new life here").status, 200);
}

TEST_F(TakenAccount, REC_04_links_of_one_kind_do_nothing_of_another) {
    change_email(alice.cookie, taker);
    const std::string revert = mailed(alice.email, "token");
    post("/send-verification-email", R"({"email":")" + taker + "\"}");
    const std::string before = app.everything();
    EXPECT_EQ(client.send({.target = "/api/auth/verify-email?token=" + revert}).status, 401);
    const std::string verify = mailed(taker, "token");
    EXPECT_EQ(take_back(verify).status, 401);
    EXPECT_EQ(client.send({.target = "/api/auth/revert-email?token=" + verify}).status, 401);
    for (const std::string& token : {std::string{"x"}, revert.substr(1), revert.substr(0, revert.size() - 2)})
        EXPECT_EQ(take_back(token).status, 401);
    EXPECT_EQ(app.everything(), before);
}

TEST(TakenAccounts, REC_06_Better_Auths_profile_has_neither_link_nor_endpoint) {
    RunningApplication app{{.profile = "better-auth", .settings = std::string{options}}};
    Client client{app.port()};
    EXPECT_EQ(client.send({.target = "/api/auth/revert-email?token=x"}).status, 404);
    EXPECT_EQ(client.send(post_json("/api/auth/revert-email", R"({"token":"x"})")).status, 404);
}

/// The attacker was here first, with the victim's address, and left what could be used later.
TEST_F(TakenAccount, REC_08_what_somebody_left_in_an_unproved_account_ends_with_the_owners_proof) {
    const std::string victim = alice.email, &attacker_password = alice.password;
    const Answer second = sign_in(victim, attacker_password);
    post("/change-email", R"({"newEmail":")" + taker + "\"}", alice.cookie);
    const std::string pending_change = mailed(taker, "token");
    post("/request-password-reset", R"({"email":")" + victim + "\"}");
    EXPECT_EQ(
        post("/reset-password", R"({"token":")" + mailed(victim, "token") + R"(","newPassword":"the owner's own"})")
            .status,
        200);
    EXPECT_EQ(sign_in(victim, attacker_password).status, 401);
    EXPECT_FALSE(is_signed_in(alice.cookie));
    EXPECT_FALSE(is_signed_in(second.cookie(session_cookie)));
    EXPECT_EQ(code(client.send({.target = "/api/auth/verify-email?token=" + pending_change})), "INVALID_TOKEN");
    const Answer in = sign_in(victim, "the owner's own");
    EXPECT_EQ(in.status, 200);
    EXPECT_THAT(in.body, testing::HasSubstr(R"("emailVerified":true)")) << "the phase without proof is over";
    EXPECT_EQ(app.neighbour().one("SELECT email FROM \"user\""), victim);
}

}    // namespace
}    // namespace countersign

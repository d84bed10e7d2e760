// What goes by mail, over the whole application: resets, proofs of addresses, deletion, and who can read the inbox.
#include <latch>
#include <thread>

#include "base/url.hpp"
#include "support/application.hpp"
#include "support/places.hpp"

namespace countersign {
namespace {

using namespace testing_support;

class Mailed : public testing::TestWithParam<Kept> {
  protected:
    static std::string settings() {
        return "mail.transport = \"capture\"\nemailAndPassword.sendResetPassword = true\n"
               "emailVerification.sendVerificationEmail = true\nuser.changeEmail.enabled = true\n"
               "user.deleteUser.enabled = true\n";
    }
    RunningApplication app{{.profile = GetParam().profile, .settings = settings() + GetParam().settings}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");
    Person bob = sign_up(client, "bob");

    bool native() const { return GetParam().native(); }
    json::Array inbox() {
        const Answer answer = client.send({.target = "/dev/inbox.json"});
        EXPECT_EQ(answer.status, 200);
        auto read = json::parse(answer.body);
        return read.ok() && read->as_array() != nullptr ? *read->as_array() : json::Array{};
    }
    /// A part of the newest message.
    std::string newest(std::string_view part) {
        const json::Array messages = inbox();
        return messages.empty() ? "no message" : RunningApplication::text_of(messages.front(), part);
    }
    /// The newest message's link, as a target of this server.
    std::string link() {
        const std::string url = newest("url");
        EXPECT_TRUE(url.starts_with(own_origin)) << url;
        return url.substr(std::min(own_origin.size(), url.size()));
    }
    Answer post(std::string_view path, std::string body, const Person* as = nullptr) {
        Headers headers;
        if (as != nullptr) headers = {{"cookie", as->cookie}, {"origin", std::string{own_origin}}};
        return client.send(post_json("/api/auth" + std::string{path}, std::move(body), headers));
    }
    Answer get(std::string target, const Person* as = nullptr) {
        Headers headers;
        if (as != nullptr) headers.emplace_back("cookie", as->cookie);
        return client.send({.target = std::move(target), .headers = headers});
    }
    Answer request_reset(const std::string& email) {
        return post("/request-password-reset", R"({"email":")" + email + R"(","redirectTo":"/new"})");
    }
    Answer reset(const std::string& token, const std::string& password) {
        return post("/reset-password", R"({"token":")" + token + R"(","newPassword":")" + password + R"("})");
    }
    int sign_in(const std::string& email, const std::string& password) {
        return post("/sign-in/email", R"({"email":")" + email + R"(","password":")" + password + R"("})").status;
    }
    bool is_signed_in(const Person& who) { return client.send(get_session(who.cookie)).body != "null"; }
    static std::string code(const Answer& answer) { return member(answer.body, "code"); }
};
INSTANTIATE_TEST_SUITE_P(Kept, Mailed, testing::ValuesIn(kept_everywhere()),
                         [](const auto& info) { return info.param.name(); });

TEST_P(Mailed, REC_05_a_reset_sets_the_password_and_ends_the_sessions) {
    ASSERT_EQ(request_reset("ALICE@example.test").status, 200);
    const std::string token = newest("token");
    EXPECT_EQ(newest("to"), alice.email);
    EXPECT_EQ(link(), "/api/auth/reset-password/" + token + "?callbackURL=%2Fnew");
    EXPECT_EQ(get(link()).header("location"), std::string{own_origin} + "/new?token=" + token);
    EXPECT_EQ(code(reset(token, "short")), "PASSWORD_TOO_SHORT");    // and the token stays (REC-02)
    EXPECT_EQ(reset(token, "another horse").body, R"({"status":true})");
    EXPECT_EQ(code(reset(token, "a third horse")), "INVALID_TOKEN");
    EXPECT_EQ(get("/api/auth/reset-password/" + token + "?callbackURL=%2Fnew").header("location"),
              std::string{own_origin} + "/new?error=INVALID_TOKEN");
    EXPECT_EQ(sign_in(alice.email, "another horse"), 200);
    EXPECT_EQ(sign_in(alice.email, alice.password), 401);
    EXPECT_EQ(is_signed_in(alice), !native());
    EXPECT_TRUE(is_signed_in(bob));
    EXPECT_EQ(newest("kind"), native() ? "password-changed" : "reset-password");
}

TEST_P(Mailed, REC_02_a_token_has_ten_tries_at_a_password_that_is_taken) {
    request_reset(alice.email);
    const std::string token = newest("token");
    for (int i = 0; i < 10; ++i) EXPECT_EQ(code(reset(token, "short")), "PASSWORD_TOO_SHORT") << i;
    const Answer after = reset(token, "another horse");
    EXPECT_EQ(code(after), native() ? "INVALID_TOKEN" : "absent") << after.body;
    EXPECT_EQ(sign_in(alice.email, native() ? alice.password : "another horse"), 200);
    request_reset(alice.email);
    const std::string second = newest("token");
    for (int i = 0; i < 9; ++i) EXPECT_EQ(code(reset(second, "short")), "PASSWORD_TOO_SHORT") << i;
    EXPECT_EQ(reset(second, "a third horse").status, 200) << "a new token has its own";
}

TEST_P(Mailed, REC_02_tries_with_tokens_that_nobody_has_change_nothing) {
    request_reset(alice.email);
    const std::string token = newest("token");
    for (int i = 0; i < 30; ++i) EXPECT_EQ(code(reset(token + "x", "short")), "PASSWORD_TOO_SHORT") << i;
    EXPECT_EQ(reset(token, "another horse").status, 200);
}

TEST_P(Mailed, REC_03_a_changed_password_ends_the_reset_links_in_native) {
    request_reset(alice.email);
    const std::string token = newest("token");
    ASSERT_EQ(
        post("/change-password", R"({"currentPassword":"correct horse alice","newPassword":"changed horse"})", &alice)
            .status,
        200);
    EXPECT_EQ(reset(token, "another horse").status, native() ? 400 : 200);
    EXPECT_EQ(sign_in(alice.email, native() ? "changed horse" : "another horse"), 200);
}

TEST_P(Mailed, INP_12_of_resets_at_the_same_moment_one_wins) {
    request_reset(alice.email);
    const std::string token = newest("token");
    constexpr int redeemers = 50;
    std::latch together{redeemers};
    std::atomic<int> done{0}, refused{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < redeemers; ++i) {
        threads.emplace_back([&, i] {
            Client own{app.port()};
            together.arrive_and_wait();
            const Answer answer = own.send(
                post_json("/api/auth/reset-password",
                          R"({"token":")" + token + R"(","newPassword":"a new horse )" + std::to_string(i) + "\"}"));
            if (answer.status == 200) ++done;
            if (answer.status == 400 && code(answer) == "INVALID_TOKEN") ++refused;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(done, 1);
    EXPECT_EQ(refused, redeemers - 1);
}

TEST_P(Mailed, tokens_that_open_nothing_change_nothing) {
    request_reset(alice.email);
    const std::string good = newest("token");
    post("/delete-user", R"({"password":"wrong"})", &alice);
    const std::string before = app.everything();
    struct Case {
        std::string_view name, token;
    };
    const std::string huge(20'000, 'a');
    const Case cases[]{{"unknown", "nope"},    {"cut", std::string_view{good}.substr(1)},
                       {"NUL", "\\u0000"},     {"emoji", "🔑"},
                       {"SQL", "' OR '1'='1"}, {"oversized", huge},
                       {"empty", ""},          {"of another purpose", "delete-account-x"}};
    for (const Case& c : cases) {
        const Answer answer = reset(std::string{c.token}, "another horse");
        EXPECT_EQ(answer.status, 400) << c.name;
        EXPECT_EQ(code(answer), "INVALID_TOKEN") << c.name;
        const Answer removal = post("/delete-user", R"({"token":")" + std::string{c.token} + R"(x"})", &alice);
        EXPECT_EQ(removal.status, 404) << c.name;
    }
    for (const char* path : {"%00", "%F0%9F%94%91", "..%2F", "'", "x;y"}) {
        const Answer answer = get("/api/auth/reset-password/" + std::string{path} + "?callbackURL=/n");
        EXPECT_EQ(answer.header("location"), std::string{own_origin} + "/n?error=INVALID_TOKEN") << path;
    }
    EXPECT_EQ(app.everything(), before);
    EXPECT_EQ(reset(good, "another horse").status, 200);
}

TEST_P(Mailed, ENU_04_an_unknown_address_answers_alike_and_leaves_nothing) {
    const std::string before = app.everything();
    const Answer unknown = request_reset("nobody@example.test");
    const Answer unknown_link = post("/send-verification-email", R"({"email":"nobody@example.test"})");
    EXPECT_EQ(app.everything(), before);
    const Answer known = request_reset(alice.email);
    const Answer known_link = post("/send-verification-email", R"({"email":"alice@example.test"})");
    EXPECT_EQ(inbox().size(), 2U);
    const auto names = [](const Answer& answer) {
        std::vector<std::string> all;
        for (const auto& [name, value] : answer.headers) all.push_back(name);
        return all;
    };
    for (const auto& [a, b] : {std::pair{&unknown, &known}, std::pair{&unknown_link, &known_link}}) {
        EXPECT_EQ(a->status, 200);
        EXPECT_EQ(a->status, b->status);
        EXPECT_EQ(a->body, b->body);
        EXPECT_EQ(names(*a), names(*b));
    }
}

TEST_P(Mailed, REC_03_REC_04_a_link_proves_its_address_and_in_native_works_once) {
    post("/send-verification-email", R"({"email":"alice@example.test"})");
    const std::string first = link();
    app.clock.advance(Seconds{2});
    post("/send-verification-email", R"({"email":"alice@example.test"})");
    const std::string second = link();
    if (native()) EXPECT_EQ(code(get(first.substr(0, first.find('&')))), "INVALID_TOKEN");    // a newer one was mailed
    EXPECT_EQ(get(second.substr(0, second.find('&'))).body, R"({"status":true,"user":null})");
    EXPECT_TRUE(client.send(get_session(alice.cookie)).body.contains(R"("emailVerified":true)"));
    EXPECT_EQ(get(second.substr(0, second.find('&'))).status, native() ? 401 : 200);
    EXPECT_EQ(code(post("/send-verification-email", R"({"email":"alice@example.test"})", &alice)),
              "EMAIL_ALREADY_VERIFIED");
    EXPECT_EQ(code(post("/send-verification-email", R"({"email":"alice@example.test"})", &bob)), "EMAIL_MISMATCH");
}

TEST_P(Mailed, REC_06_an_address_changes_when_the_new_one_is_proved) {
    ASSERT_EQ(post("/change-email", R"({"newEmail":"New@example.test"})", &alice).body, R"({"status":true})");
    EXPECT_EQ(newest("to"), "new@example.test");
    const std::string target = link().substr(0, link().find('&'));
    EXPECT_EQ(sign_in(alice.email, alice.password), 200);    // the old one stays until then
    EXPECT_EQ(code(get(target, &bob)), "INVALID_USER");
    request_reset(alice.email);
    const std::string reset_token = newest("token");
    const Answer followed = get(target);
    EXPECT_EQ(followed.status, 200) << followed.body;
    EXPECT_TRUE(followed.body.contains(R"("email":"new@example.test")"));
    EXPECT_EQ(sign_in("new@example.test", alice.password), 200);
    EXPECT_EQ(sign_in(alice.email, alice.password), 401);
    EXPECT_EQ(code(get(target)), "INVALID_TOKEN");
    if (!native()) return;
    EXPECT_EQ(newest("kind"), "email-changed");
    EXPECT_EQ(newest("to"), alice.email);
    EXPECT_EQ(code(reset(reset_token, "another horse")), "INVALID_TOKEN");    // REC-03
}

TEST_P(Mailed, ENU_04_whoever_is_asked_at_the_old_address_first_sees_no_difference_in_native) {
    if (!native()) return;    // Better Auth asks only where the new one is free, and its profile does as it does
    post("/send-verification-email", R"({"email":"alice@example.test"})");
    get(link().substr(0, link().find('&')));
    struct Seen {
        std::string answer, to, kind, subject;
        int followed = 0;
        std::string followed_body;
        std::size_t mails_of_request = 0;
        bool operator==(const Seen&) const = default;
    };
    const auto ask = [&](const std::string& address) {
        const std::size_t before = inbox().size();
        Seen seen;
        seen.answer = post("/change-email", R"({"newEmail":")" + address + "\"}", &alice).body;
        seen.mails_of_request = inbox().size() - before;
        seen.to = newest("to");
        seen.kind = newest("kind");
        seen.subject = newest("subject");
        const Answer followed = get(link().substr(0, link().find('&')));
        seen.followed = followed.status;
        seen.followed_body = followed.body;
        return seen;
    };
    const Seen taken = ask(bob.email);
    EXPECT_EQ(newest("to"), alice.email) << "nobody else hears of it";
    const Seen free = ask("free@example.test");
    EXPECT_EQ(newest("to"), "free@example.test");
    EXPECT_TRUE(taken == free) << taken.answer << taken.to << taken.followed_body;
    EXPECT_EQ(taken.to, alice.email);
    EXPECT_EQ(taken.kind, "change-email-confirmation");
}

TEST_P(Mailed, ENU_04_a_taken_address_cannot_be_told_from_a_free_one) {
    const std::size_t messages = inbox().size();
    const std::string before = app.everything();
    EXPECT_EQ(post("/change-email", R"({"newEmail":"bob@example.test"})", &alice).body, R"({"status":true})");
    EXPECT_EQ(app.everything(), before);
    EXPECT_EQ(inbox().size(), messages);
    EXPECT_EQ(member(post("/change-email", R"({"newEmail":"ALICE@example.test"})", &alice).body, "message"),
              "Email is the same");
}

TEST_P(Mailed, a_link_whose_address_was_taken_meanwhile_changes_nothing) {
    post("/change-email", R"({"newEmail":"new@example.test"})", &alice);
    const std::string target = link().substr(0, link().find('&'));
    sign_up(client, "new");
    EXPECT_EQ(code(get(target)), "INVALID_TOKEN");
    EXPECT_EQ(sign_in(alice.email, alice.password), 200);
}

TEST_P(Mailed, a_user_deletes_themselves_with_password_or_young_session) {
    EXPECT_EQ(code(post("/delete-user", R"({"password":"wrong"})", &alice)), "INVALID_PASSWORD");
    EXPECT_TRUE(is_signed_in(alice));
    app.clock.advance(Seconds{86'400});
    EXPECT_EQ(code(post("/delete-user", "{}", &alice)), "SESSION_EXPIRED");
    EXPECT_EQ(post("/delete-user", R"({"password":"correct horse alice"})", &alice).status, 200);
    EXPECT_FALSE(is_signed_in(alice));
    EXPECT_EQ(sign_in(alice.email, alice.password), 401);
    EXPECT_TRUE(is_signed_in(bob));
    EXPECT_EQ(post("/delete-user", "{}", &alice).status, 401);
}

TEST_P(Mailed, ENU_10_no_token_reaches_the_log_or_the_trace) {
    request_reset(alice.email);
    const std::string token = newest("token");
    const Answer shown = get("/api/auth/reset-password/" + token + "?callbackURL=https://evil.example/" + token);
    EXPECT_EQ(shown.status, 403);
    EXPECT_EQ(RunningApplication::text_of(app.refusal(shown.reference()), "endpoint"), "/reset-password/:token");
    EXPECT_FALSE(app.log.text().contains(token));
    const Answer metrics = get("/api/auth/reset-password/" + token + "?callbackURL=/n");
    EXPECT_EQ(metrics.status, 302);
    EXPECT_FALSE(app.log.text().contains(token));
}

TEST_P(Mailed, RDR_01_redirects_of_the_query_are_checked_as_those_of_the_body) {
    struct Case {
        std::string_view name, callback;
        int status;
    };
    const Case cases[]{{"path", "/x", 302},
                       {"own origin", "http://localhost:3900/x", 302},
                       {"other origin", "https://evil.example", 403},
                       {"no scheme", "//evil.example", 403},
                       {"backslash", "/\\evil.example", 403},
                       {"javascript", "javascript:alert(1)", 403}};
    for (const Case& c : cases) {
        const std::string query = "callbackURL=" + percent_encode_component(c.callback);
        EXPECT_EQ(get("/api/auth/verify-email?token=x&" + query).status, c.status) << c.name;
        EXPECT_EQ(get("/api/auth/reset-password/x?" + query).status, c.status) << c.name;
        const Answer out = post("/sign-out?" + query, "{}");
        EXPECT_EQ(out.status, c.status == 302 ? 200 : 403) << c.name;
    }
}

TEST_P(Mailed, the_inbox_is_for_this_machine_only) {
    struct Case {
        std::string_view name;
        Headers headers;
        int status;
    };
    const Case cases[]{{"plain", {}, 200},
                       {"own page", {{"sec-fetch-site", "same-origin"}, {"origin", "http://localhost"}}, 200},
                       {"typed", {{"sec-fetch-site", "none"}}, 200},
                       {"cross-site", {{"sec-fetch-site", "cross-site"}}, 404},
                       {"same-site", {{"sec-fetch-site", "same-site"}}, 404},
                       {"foreign origin", {{"origin", "https://evil.example"}}, 404},
                       {"null origin", {{"origin", "null"}}, 404},
                       {"proxy", {{"x-forwarded-for", "127.0.0.1"}}, 404},
                       {"forwarded", {{"forwarded", "for=127.0.0.1"}}, 404},
                       {"via", {{"via", "1.1 proxy"}}, 404}};
    for (const char* target : {"/dev/inbox.json", "/dev/inbox"}) {
        for (const Case& c : cases)
            EXPECT_EQ(client.send({.target = target, .headers = c.headers}).status, c.status)
                << target << " " << c.name;
    }
    post("/request-password-reset", R"({"email":"alice@example.test","redirectTo":"/<script>"})");
    EXPECT_FALSE(client.send({.target = "/dev/inbox"}).body.contains("<script>"));
    EXPECT_TRUE(client.send({.target = "/dev/inbox"}).body.contains("alice@example.test"));
}

class DeleteByMail : public testing::TestWithParam<Kept> {};
INSTANTIATE_TEST_SUITE_P(Kept, DeleteByMail, testing::ValuesIn(kept_everywhere()),
                         [](const auto& info) { return info.param.name(); });

TEST_P(DeleteByMail, a_token_is_its_users_and_another_users_visit_spends_it) {
    RunningApplication app{
        {.profile = GetParam().profile,
         .settings = GetParam().settings +
                     "user.deleteUser.enabled = true\nuser.deleteUser.sendDeleteAccountVerification = true\n"}};
    Client client{app.port()};
    const Person alice = sign_up(client, "alice"), bob = sign_up(client, "bob");
    const auto ask = [&] {
        const Answer asked = client.send(
            post_json("/api/auth/delete-user", "{}", {{"cookie", alice.cookie}, {"origin", std::string{own_origin}}}));
        EXPECT_EQ(member(asked.body, "message"), "Verification email sent");
        const auto read = json::parse(client.send({.target = "/dev/inbox.json"}).body);
        return RunningApplication::text_of(read->as_array()->front(), "token");
    };
    const auto follow = [&](const std::string& token, const std::string& cookie) {
        Headers headers;
        if (!cookie.empty()) headers.emplace_back("cookie", cookie);
        return client.send({.target = "/api/auth/delete-user/callback?token=" + token, .headers = headers});
    };
    const std::string first = ask();
    EXPECT_EQ(member(follow(first, "").body, "code"), "FAILED_TO_GET_USER_INFO");
    EXPECT_EQ(member(follow(first, bob.cookie).body, "code"), "INVALID_TOKEN");
    EXPECT_EQ(member(follow(first, alice.cookie).body, "code"), "INVALID_TOKEN");    // bob has seen it
    const std::string second = ask();
    EXPECT_EQ(member(follow(second, alice.cookie).body, "message"), "User deleted");
    EXPECT_EQ(client.send(get_session(alice.cookie)).body, "null");
    EXPECT_NE(client.send(get_session(bob.cookie)).body, "null");
}

TEST(RequiredVerification, ENU_03_a_taken_address_signs_up_like_a_new_one_and_its_owner_hears_of_it) {
    RunningApplication app{{.settings = "emailAndPassword.requireEmailVerification = true\n"
                                        "emailVerification.sendOnSignIn = true\n"}};
    Client client{app.port()};
    const auto sign_up_as = [&](const std::string& email) {
        return client.send(post_json("/api/auth/sign-up/email",
                                     R"({"name":"N","email":")" + email + R"(","password":"correct horse"})"));
    };
    const auto kinds = [&] {
        std::string all;
        const auto read = json::parse(client.send({.target = "/dev/inbox.json"}).body);
        for (const json::Value& message : *read->as_array()) all += RunningApplication::text_of(message, "kind") + " ";
        return all;
    };
    const Answer made = sign_up_as("ann@x.co"), taken = sign_up_as("ann@x.co");
    EXPECT_EQ(made.status, 200);
    EXPECT_EQ(taken.status, 200);
    EXPECT_TRUE(made.body.starts_with(R"({"token":null,)"));
    EXPECT_TRUE(taken.body.starts_with(R"({"token":null,)"));
    EXPECT_EQ(kinds(), "sign-up-notice verify-email ");
    const auto sign_in = [&](std::string_view password) {
        return client.send(post_json("/api/auth/sign-in/email",
                                     R"({"email":"ann@x.co","password":")" + std::string{password} + "\"}"));
    };
    EXPECT_EQ(sign_in("wrong horse").status, 401);
    EXPECT_EQ(kinds(), "sign-up-notice verify-email ");
    EXPECT_EQ(member(sign_in("correct horse").body, "code"), "EMAIL_NOT_VERIFIED");
    EXPECT_EQ(kinds(), "verify-email sign-up-notice verify-email ");
}

TEST_P(Mailed, SES_13_a_link_of_somebody_else_signs_nobody_over_in_native) {
    const RunningApplication signing_in{
        {.profile = GetParam().profile,
         .settings = settings() + GetParam().settings + "emailVerification.autoSignInAfterVerification = true\n"}};
    Client browser{signing_in.port()};
    const Person victim = sign_up(browser, "victim"), attacker = sign_up(browser, "attacker");
    const auto follow_link_of = [&](const Person& owner, const Headers& headers) {
        EXPECT_EQ(
            browser.send(post_json("/api/auth/send-verification-email", R"({"email":")" + owner.email + "\"}")).status,
            200);
        const auto mail = json::parse(browser.send({.target = "/dev/inbox.json"}).body);
        const std::string token = RunningApplication::text_of(mail->as_array()->front(), "token");
        const Answer answer = browser.send({.target = "/api/auth/verify-email?token=" + token, .headers = headers});
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.cookie(session_cookie);
    };
    const std::string over = follow_link_of(attacker, {{"cookie", victim.cookie}});
    EXPECT_EQ(over.empty(), native()) << over;
    EXPECT_THAT(browser.send(get_session(victim.cookie)).body, testing::HasSubstr(victim.email));
    const std::string fresh = follow_link_of(victim, {});    // a browser without a session
    EXPECT_THAT(browser.send(get_session(fresh)).body, testing::HasSubstr(victim.email));
}

}    // namespace
}    // namespace countersign

// Sessions outside of the database, over the whole application: what each endpoint does to them, what a raw token of
// another kind reaches, and who can look into the store.
#include "support/application.hpp"
#include "support/places.hpp"
#include "unit/app/running.hpp"

namespace countersign {
namespace {

using namespace testing_support;

class SecondaryStorage : public testing::TestWithParam<Kept> {
  protected:
    static std::string settings() {
        return GetParam().settings + "user.deleteUser.enabled = true\nuser.changeEmail.enabled = true\n" +
               "session.additionalFields.theme = { type = \"string\", required = false }\n" +
               "session.updateAge = 60\n" + std::string{without_failure_limit};
    }
    RunningApplication app{{.profile = GetParam().profile, .settings = settings()}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");

    Answer send(const std::string& cookie, const std::string& path, const std::string& body = {}) {
        Ask ask{.method = body.empty() ? "GET" : "POST", .target = "/api/auth" + path};
        ask.headers = {{"origin", std::string{own_origin}}, {"cookie", cookie}};
        if (!body.empty()) ask.headers.emplace_back("content-type", "application/json");
        ask.body = body;
        return client.send(ask);
    }
    std::string sign_in(const std::string& password = "correct horse alice") {
        const Answer answer = client.send(
            post_json("/api/auth/sign-in/email", R"({"email":"alice@example.test","password":")" + password + R"("})"));
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.cookie(session_cookie);
    }
    std::string view(const std::string& cookie) { return client.send(get_session(cookie)).body; }
    bool is_alive(const std::string& cookie) { return view(cookie) != "null"; }
    std::size_t listed(const std::string& cookie) {
        const auto list = json::parse(send(cookie, "/list-sessions").body);
        return list.ok() && list->as_array() != nullptr ? list->as_array()->size() : 0;
    }
    std::string rows() { return app.neighbour().one("SELECT count(*) FROM session"); }
};

INSTANTIATE_TEST_SUITE_P(Kept, SecondaryStorage, testing::ValuesIn(kept_everywhere()),
                         [](const auto& info) { return info.param.name(); });

TEST_P(SecondaryStorage, sessions_are_listed_changed_and_ended_alike) {
    const std::string second = sign_in(), third = sign_in();
    EXPECT_EQ(rows(), GetParam().has_rows ? "3" : "0");
    EXPECT_EQ(listed(alice.cookie), 3U);
    EXPECT_EQ(send(alice.cookie, "/update-session", R"({"theme":"dark"})").status, 200);
    EXPECT_TRUE(view(alice.cookie).contains(R"("theme":"dark")"));
    EXPECT_EQ(send(alice.cookie, "/update-user", R"({"name":"Alice L."})").status, 200);
    for (const std::string& cookie : {alice.cookie, second, third}) EXPECT_TRUE(view(cookie).contains("Alice L."));
    EXPECT_EQ(client.send(sign_out(second)).status, 200);
    EXPECT_FALSE(is_alive(second));
    EXPECT_EQ(listed(alice.cookie), 2U);
    EXPECT_EQ(send(alice.cookie, "/revoke-other-sessions", "{}").status, 200);
    EXPECT_TRUE(is_alive(alice.cookie) && !is_alive(third));
    const std::string fourth = sign_in();
    EXPECT_EQ(send(fourth, "/revoke-sessions", "{}").status, 200);
    EXPECT_TRUE(!is_alive(alice.cookie) && !is_alive(fourth));
    EXPECT_EQ(rows(), "0");
    EXPECT_TRUE(is_alive(sign_in())) << "and a new one begins";
}

TEST_P(SecondaryStorage, one_of_the_list_is_ended_by_what_the_list_calls_it_and_by_its_owner_only) {
    const std::string second = sign_in();
    const Person bob = sign_up(client, "bob");
    const auto list = json::parse(send(alice.cookie, "/list-sessions").body);
    ASSERT_TRUE(list.ok() && list->as_array()->size() == 2);
    std::string other;
    for (const json::Value& one : *list->as_array()) {
        if (one.text("token") != alice.token) other = one.text("token");
    }
    const std::string body = R"({"token":")" + other + R"("})";
    EXPECT_EQ(send(bob.cookie, "/revoke-session", body).status, 200) << "whether there is one is not told";
    EXPECT_TRUE(is_alive(second));
    EXPECT_EQ(send(alice.cookie, "/revoke-session", body).status, 200);
    EXPECT_TRUE(!is_alive(second) && is_alive(alice.cookie) && is_alive(bob.cookie));
}

TEST_P(SecondaryStorage, SES_04_a_session_is_prolonged_when_it_is_read_and_ends_when_it_is_not) {
    app.clock.advance(Seconds{6 * 86'400});
    EXPECT_TRUE(is_alive(alice.cookie));
    app.clock.advance(Seconds{6 * 86'400});
    EXPECT_TRUE(is_alive(alice.cookie));
    app.clock.advance(Seconds{8 * 86'400});
    EXPECT_FALSE(is_alive(alice.cookie));
    EXPECT_EQ(rows(), "0");
}

TEST_P(SecondaryStorage, SES_08_the_sessions_of_a_deleted_user_open_nothing) {
    const std::string second = sign_in();
    EXPECT_EQ(send(alice.cookie, "/delete-user", R"({"password":"correct horse alice"})").status, 200);
    for (const std::string& cookie : {alice.cookie, second}) {
        EXPECT_FALSE(is_alive(cookie));
        EXPECT_EQ(send(cookie, "/token").status, 401);
        EXPECT_EQ(send(cookie, "/list-sessions").status, 401);
        EXPECT_EQ(send(cookie, "/update-user", R"({"name":"x"})").status, 401);
    }
    EXPECT_EQ(rows(), "0");
}

TEST_P(SecondaryStorage, SES_07_a_new_password_ends_the_other_sessions_and_gives_a_new_one) {
    const std::string second = sign_in();
    const Answer changed = send(
        alice.cookie, "/change-password",
        R"({"currentPassword":"correct horse alice","newPassword":"another horse battery","revokeOtherSessions":true})");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_TRUE(!is_alive(alice.cookie) && !is_alive(second));
    EXPECT_TRUE(is_alive(changed.cookie(session_cookie)));
    EXPECT_EQ(listed(changed.cookie(session_cookie)), 1U);
}

/// With the bearer plugin of Better Auth any text is a token.
TEST(SecondaryStorageByBearer, SES_03_a_token_that_names_another_entry_opens_nothing_and_ends_nothing) {
    RunningApplication app{{.profile = "better-auth",
                            .settings = "secondaryStorage.type = \"memory\"\nplugins.bearer.requireSignature = false\n"
                                        "rateLimit.enabled = true\n" +
                                        std::string{without_failure_limit}}};
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    const std::string id = app.neighbour().one("SELECT id FROM \"user\"");
    const auto as = [&](const std::string& token, std::string method, std::string target) {
        Ask ask{.method = std::move(method), .target = "/api/auth" + std::move(target)};
        ask.headers = {{"authorization", "Bearer " + token}};
        return client.send(ask);
    };
    ASSERT_TRUE(as(alice.token, "GET", "/get-session").body.contains(alice.email)) << "raw tokens count here";
    const std::string wrong = R"({"email":"alice@example.test","password":"wrong horse"})";
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.send(post_json("/api/auth/sign-in/email", wrong)).status, 401);
    for (const std::string& token :
         {"active-sessions-" + id, "revoked-sessions-before-" + id, std::string{"127.0.0.1|/sign-in/email"}}) {
        EXPECT_EQ(as(token, "GET", "/get-session").body, "null") << token;
        EXPECT_EQ(as(token, "POST", "/sign-out").status, 200) << token;
    }
    EXPECT_EQ(client.send(post_json("/api/auth/sign-in/email", wrong)).status, 429) << "the count is still there";
    const Answer listed = client.send({.target = "/api/auth/list-sessions", .headers = {{"cookie", alice.cookie}}});
    EXPECT_TRUE(listed.body.contains(alice.token)) << "and so is the list";
}

TEST(SecondaryStorageAtRest, SES_10_native_tokens_stand_nowhere) {
    RunningApplication app{{.settings = "secondaryStorage.type = \"memory\"\nallow = [\"replay\"]\n"}};
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    EXPECT_EQ(app.neighbour().one("SELECT count(*) FROM session"), "0");
    EXPECT_FALSE(app.everything().contains(alice.token));
}

TEST(SecondaryStorageView, is_there_for_a_replay_only_and_on_the_management_listener) {
    struct Case {
        std::string_view name, settings;
        int status;
    };
    const Case cases[]{
        {"in development", "secondaryStorage.type = 'memory'\n", 404},
        {"without a store", "allow = ['replay']\n", 404},
        {"for a replay", "secondaryStorage.type = 'memory'\nallow = ['replay']\n", 200},
    };
    for (const Case& row : cases) {
        const app::Running server{row.settings};
        Client management{server->management_port()}, main{server->port()};
        const Ask look{.target = "/dev/secondary-storage.json"};
        const Ask clear{.method = "POST", .target = "/dev/secondary-storage/clear"};
        EXPECT_EQ(management.send(look).status, row.status) << row.name;
        EXPECT_EQ(management.send(clear).status, row.status) << row.name;
        EXPECT_EQ(main.send(look).status, 404) << row.name;
        EXPECT_EQ(main.send(clear).status, 404) << row.name;
        if (row.status != 200) continue;
        EXPECT_EQ(management.send(look).body, "[]");
        for (const auto& header : Headers{{"sec-fetch-site", "cross-site"}, {"origin", "https://evil.example"}}) {
            Ask foreign = look, foreign_clear = clear;
            foreign.headers.push_back(header);
            foreign_clear.headers.push_back(header);
            EXPECT_EQ(management.send(foreign).status, 404) << header.first;
            EXPECT_EQ(management.send(foreign_clear).status, 404) << header.first;
        }
    }
}

}    // namespace
}    // namespace countersign

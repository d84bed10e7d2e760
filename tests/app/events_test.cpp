// Security events over whole requests: each endpoint leaves the right one, of the right user, and no secret (ERR-03).
#include <algorithm>
#include <map>
#include <sstream>

#include "events/verify.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

class EventsOf : public testing::TestWithParam<std::string> {
  protected:
    static std::string settings(std::string_view more = {}) {
        return "mail.transport = \"capture\"\nemailAndPassword.sendResetPassword = true\n"
               "emailVerification.sendVerificationEmail = true\nuser.changeEmail.enabled = true\n"
               "user.deleteUser.enabled = true\n" +
               std::string{more};
    }
    RunningApplication app{{.profile = GetParam(), .settings = settings()}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");

    Answer post(std::string_view path, std::string body, const std::string& cookie = {}) {
        Headers headers{{"user-agent", "canary-agent 1"}};
        if (!cookie.empty()) {
            headers.emplace_back("cookie", cookie);
            headers.emplace_back("origin", own_origin);
        }
        return client.send(post_json("/api/auth" + std::string{path}, std::move(body), headers));
    }
    Answer sign_in(const std::string& email, const std::string& password) {
        return post("/sign-in/email", R"({"email":")" + email + R"(","password":")" + password + R"("})");
    }
    std::string newest(std::string_view part) {
        const auto read = json::parse(client.send({.target = "/dev/inbox.json"}).body);
        const json::Array* all = read.ok() ? read->as_array() : nullptr;
        return all == nullptr || all->empty() ? "no message" : RunningApplication::text_of(all->front(), part);
    }
    std::string link() { return newest("url").substr(own_origin.size()); }
    std::string id_of(const Person& who) {
        return app.neighbour().one("SELECT id FROM user WHERE email='" + who.email + "'");
    }
    /// The server is stopped: everything noted is a row.
    std::vector<std::string> rows(const std::string& columns, const std::string& where = "true") {
        app.application.reset();
        return app.neighbour().run("SELECT " + columns + " FROM auditEvent WHERE " + where + " ORDER BY id");
    }
    bool native() const { return GetParam() == "native"; }
};
INSTANTIATE_TEST_SUITE_P(Profiles, EventsOf, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

using Seen = std::map<std::string, int>;

TEST_P(EventsOf, ERR_03_each_endpoint_leaves_its_event_with_its_user) {
    Person bob = sign_up(client, "bob");
    const std::string a = id_of(alice), b = id_of(bob);
    EXPECT_EQ(sign_in(alice.email, "wrong horse").status, 401);
    EXPECT_EQ(sign_in("nobody@example.test", "wrong horse").status, 401);
    const std::string second = sign_in(alice.email, alice.password).cookie(session_cookie);
    EXPECT_EQ(client.send(sign_out(second)).status, 200);
    EXPECT_EQ(post("/verify-password", R"({"password":"wrong horse"})", alice.cookie).status, 400);
    EXPECT_EQ(post("/change-password",
                   R"({"currentPassword":")" + alice.password + R"(","newPassword":"changed horse"})", alice.cookie)
                  .status,
              200);
    EXPECT_EQ(post("/send-verification-email", R"({"email":")" + alice.email + R"("})").status, 200);
    EXPECT_EQ(client.send({.target = link()}).status, 302);
    EXPECT_EQ(post("/request-password-reset", R"({"email":")" + alice.email + R"("})").status, 200);
    const std::string token = newest("token");
    EXPECT_EQ(post("/request-password-reset", R"({"email":"nobody@example.test"})").status, 200);
    const std::string reset = R"({"token":")" + token + R"(","newPassword":"reset horse"})";
    EXPECT_EQ(post("/reset-password", reset).status, 200);
    EXPECT_EQ(post("/reset-password", reset).status, 400);
    EXPECT_EQ(post("/revoke-session", R"({"token":"x"})", bob.cookie).status, 200);
    EXPECT_EQ(post("/revoke-other-sessions", "{}", bob.cookie).status, 200);    // neither has ended any
    const std::string one = member(sign_in(bob.email, bob.password).body, "token");
    EXPECT_EQ(post("/revoke-session", R"({"token":")" + one + R"("})", bob.cookie).status, 200);
    EXPECT_EQ(sign_in(bob.email, bob.password).status, 200);
    EXPECT_EQ(post("/revoke-other-sessions", "{}", bob.cookie).status, 200);
    EXPECT_EQ(post("/revoke-sessions", "{}", bob.cookie).status, 200);
    const std::string again = sign_in(bob.email, bob.password).cookie(session_cookie);
    EXPECT_EQ(client.send(get_session(again + "x")).body, "null");
    EXPECT_EQ(post("/delete-user", R"({"password":")" + bob.password + R"("})", again).status, 200);

    const std::vector<std::string> cells =
        rows("kind || ' ' || userId", "kind NOT LIKE 'events.%' AND kind NOT LIKE 'key.%'");
    Seen seen;
    for (const std::string& cell : cells) ++seen[cell];
    Seen expected{{"user.created " + a, 1},     {"user.created " + b, 1},
                  {"sign_in.failed " + a, 2},   {"sign_in.failed ", 1},
                  {"sign_in.ok " + a, 1},       {"sign_in.ok " + b, 3},
                  {"sign_out " + a, 1},         {"password.changed " + a, 1},
                  {"email.verified " + a, 1},   {"password.reset_asked " + a, 1},
                  {"password.reset_asked ", 1}, {"password.reset_done " + a, 1},
                  {"token.refused ", 2},        {"session.revoked " + b, 1},
                  {"sessions.revoked " + b, 2}, {"user.deleted " + b, 1}};
    if (native()) expected["sessions.revoked " + a] = 1;    // by the reset
    EXPECT_EQ(seen, expected);
}

TEST_P(EventsOf, ERR_04_no_secret_and_no_address_is_in_an_event_or_its_line) {
    sign_in(alice.email, "canary-wrong-password");
    const Answer in = sign_in(alice.email, alice.password);
    post("/request-password-reset", R"({"email":")" + alice.email + R"("})");
    const std::string token = newest("token");
    client.send({.target = "/api/auth/reset-password/canary-token?callbackURL=%2Fx"});
    client.send(get_session(alice.cookie + "canary"));
    post("/reset-password", R"({"token":")" + token + R"(","newPassword":"canary-new-password"})");
    app.application.reset();
    Neighbour database = app.neighbour();
    std::string events;
    for (const std::string& cell : database.run("SELECT * FROM auditEvent")) events += cell + "\n";
    std::istringstream log{app.log.text()};
    for (std::string line; std::getline(log, line);)
        if (line.contains("\"security.")) events += line + "\n";
    EXPECT_TRUE(events.contains("canary-agent 1"));
    const std::string cookie_value = in.cookie(session_cookie).substr(session_cookie.size() + 1);
    const std::string made = member(in.body, "token");
    ASSERT_GT(std::min({cookie_value.size(), made.size(), token.size()}), 20U);
    for (const std::string& canary :
         {std::string{"canary-wrong"}, std::string{"canary-token"}, std::string{"canary-new"}, alice.password, token,
          cookie_value.substr(0, 20), made, alice.email, std::string{"127.0.0.1"}})
        EXPECT_FALSE(events.contains(canary)) << canary;
    EXPECT_EQ(database.one("SELECT count(*) FROM auditEvent WHERE network<>'' AND network<>'127.0.0.0/24'"), "0");
}

TEST_P(EventsOf, ERR_03_an_event_joins_the_log_by_the_reference_of_the_answer) {
    const std::string reference = sign_in(alice.email, "wrong horse").reference();
    EXPECT_EQ(rows("kind || ' ' || detail", "reference='" + reference + "'"),
              std::vector<std::string>{"sign_in.failed login.password at /sign-in/email"});
    EXPECT_TRUE(app.log.text().contains("\"request.refused\",\"reference\":\"" + reference));
}

TEST_P(EventsOf, ERR_05_the_table_of_a_whole_run_verifies_with_the_checkpoints_of_its_log) {
    sign_in(alice.email, "wrong horse");
    app.application.reset();
    std::vector<events::ReadCheckpoint> checkpoints;
    const std::string log = app.log.text();
    for (std::size_t at = 0; at < log.size();) {
        const std::size_t end = std::min(log.find('\n', at), log.size());
        if (const auto read = events::parse_checkpoint(log.substr(at, end - at))) checkpoints.push_back(*read);
        at = end + 1;
    }
    EXPECT_GE(checkpoints.size(), 1U);
    const auto keys = events::event_keys(crypto::Keyring{Secret::from_text(test_secret)});
    const auto storage = app.database().open();
    ASSERT_TRUE(storage.ok());
    const auto report = events::verify((*storage)->reader(), keys, checkpoints);
    ASSERT_TRUE(report.ok());
    EXPECT_GE(report->rows, 3);
    EXPECT_TRUE(report->findings.empty());
}

TEST_P(EventsOf, KEY_06_the_key_that_the_server_makes_is_an_event) {
    if (app.settings.jwt == app::Switch::off) GTEST_SKIP() << "no tokens in this profile";
    EXPECT_EQ(client.send({.target = "/api/auth/token", .headers = {{"cookie", alice.cookie}}}).status, 200);
    const std::string kid = app.neighbour().one("SELECT id FROM jwks");
    EXPECT_EQ(rows("detail", "kind LIKE 'key.%'"), std::vector<std::string>{"kid=" + kid + " alg=EdDSA"});
}

TEST_P(EventsOf, ENU_13_a_flood_of_refusals_is_a_bounded_number_of_rows_and_told) {
    for (int i = 0; i < 100; ++i) client.send(get_session(alice.cookie + "x"));
    EXPECT_EQ(client.send(sign_out(alice.cookie)).status, 200);
    app.application.reset();
    Neighbour database = app.neighbour();
    const auto count = [&](const std::string& kind) {
        return std::stoi(database.one("SELECT count(*) FROM auditEvent WHERE kind='" + kind + "'"));
    };
    EXPECT_EQ(count("token.refused"), 30) << "the clock stands still";
    EXPECT_EQ(count("sign_out"), 1);
    EXPECT_GE(count("events.lost"), 1);
    EXPECT_LE(count("events.lost"), 2) << "one at once, one at the end";
}

TEST(EventsOfTheServer, switched_off_write_no_table_and_the_server_works) {
    RunningApplication app{{.settings = "events.enabled = false\n"}};
    Client client{app.port()};
    sign_up(client, "alice");
    EXPECT_EQ(std::ranges::count(app.neighbour().run(app.database().tables_query()), "auditEvent"), 0);
}

TEST(EventsOfTheServer, TOOL_06_a_relaxed_configuration_is_an_event_of_every_start) {
    RunningApplication app{{.settings = "allow = [\"replay\"]\n"}};
    app.application.reset();
    EXPECT_EQ(app.neighbour().run("SELECT detail FROM auditEvent WHERE kind='configuration.relaxed'"),
              std::vector<std::string>{"allow replay"});
}

}    // namespace
}    // namespace countersign

// What whole requests say about a user's own data, in both profiles and wherever sessions are kept.
#include "support/application.hpp"
#include "support/places.hpp"

namespace countersign {
namespace {

using namespace testing_support;

class OwnDataRequests : public testing::TestWithParam<Kept> {
  protected:
    RunningApplication app{{.profile = GetParam().profile, .settings = GetParam().settings}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");

    Answer send(std::string method, const std::string& path, std::string body = {}) {
        Ask ask{.method = std::move(method), .target = "/api/auth" + path};
        ask.headers = {{"origin", std::string{own_origin}}, {"cookie", alice.cookie}};
        if (!body.empty()) ask.headers.emplace_back("content-type", "application/json");
        ask.body = std::move(body);
        return client.send(ask);
    }
    std::string change() const {
        return R"({"currentPassword":")" + alice.password + R"(","newPassword":"another horse battery"})";
    }
};

INSTANTIATE_TEST_SUITE_P(Kept, OwnDataRequests, testing::ValuesIn(kept_everywhere()),
                         [](const auto& info) { return info.param.name(); });

TEST_P(OwnDataRequests, PWD_13_an_old_session_lists_nothing_and_changes_no_password_in_native) {
    EXPECT_EQ(send("GET", "/list-sessions").status, 200);
    app.clock.advance(Seconds{86'400});
    const Answer listed = send("GET", "/list-sessions");
    EXPECT_EQ(listed.status, 403);
    EXPECT_EQ(listed.body, R"({"message":"Session is not fresh","code":"SESSION_NOT_FRESH"})");
    EXPECT_EQ(app.cause(listed.reference()), "session.not_fresh");
    EXPECT_EQ(send("GET", "/list-accounts").status, 200) << "any age";
    const std::string before = app.everything();
    const Answer changed = send("POST", "/change-password", change());
    EXPECT_EQ(changed.status, GetParam().native() ? 403 : 200) << changed.body;
    EXPECT_EQ(app.everything() == before, GetParam().native());
}

TEST_P(OwnDataRequests, SES_07_a_changed_password_ends_the_other_sessions_if_asked_to) {
    const Answer other = client.send(post_json(
        "/api/auth/sign-in/email", R"({"email":")" + alice.email + R"(","password":")" + alice.password + "\"}"));
    const std::string cookie = other.cookie(session_cookie);
    ASSERT_FALSE(cookie.empty());
    ASSERT_NE(client.send(get_session(cookie)).body, "null");
    std::string body = change();
    body.insert(body.size() - 1, R"(,"revokeOtherSessions":true)");
    const Answer changed = send("POST", "/change-password", body);
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(client.send(get_session(cookie)).body, "null");
    EXPECT_EQ(client.send(get_session(alice.cookie)).body, "null") << "the caller has a new one";
    const std::string fresh = changed.cookie(session_cookie);
    EXPECT_NE(client.send(get_session(fresh)).body, "null");
}

TEST_P(OwnDataRequests, SES_03_the_row_of_an_expired_session_goes_when_it_is_asked_for) {
    Neighbour database = app.neighbour();
    ASSERT_EQ(database.one("SELECT count(*) FROM session"), GetParam().has_rows ? "1" : "0");
    app.clock.advance(Seconds{8 * 86'400});
    EXPECT_EQ(client.send(get_session(alice.cookie)).body, "null");
    EXPECT_EQ(database.one("SELECT count(*) FROM session"), "0");
}

}    // namespace
}    // namespace countersign

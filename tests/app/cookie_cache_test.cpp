// SES-05 over the whole application: what a cached session can do, and what it cannot.
#include "plugins/jwt/jwt.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

constexpr std::string_view data_cookie = "better-auth.session_data";

class CookieCache : public testing::TestWithParam<std::string> {
  protected:
    RunningApplication app{{.profile = GetParam(), .settings = "session.cookieCache.enabled = true"}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");
    std::string cached = alice.cookie + "; " + client.send(get_session(alice.cookie)).cookie(data_cookie);

    bool believes() const { return GetParam() == "better-auth"; }
    void end_in_database() { app.neighbour().run("DELETE FROM session"); }
};

INSTANTIATE_TEST_SUITE_P(Profiles, CookieCache, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

/// `Caller::session` and `session_if_any` may be answered from the cookie: nothing that writes may be among them.
TEST_P(CookieCache, SES_05_only_rows_that_read_take_a_cached_session) {
    std::string readers;
    for (const http::Endpoint* row : app.router().rows()) {
        if (*row->caller != http::Caller::session && *row->caller != http::Caller::session_if_any) continue;
        readers += std::string{row->method == http::Method::get ? "GET " : "other "} + std::string{*row->path} + "\n";
    }
    EXPECT_EQ(readers, "GET /get-session\nother /get-session\nGET /list-accounts\n");
}

TEST_P(CookieCache, SES_05_an_ended_session_is_read_from_the_cookie_in_one_profile_and_written_with_in_none) {
    end_in_database();
    EXPECT_EQ(client.send(get_session(cached)).body != "null", believes());
    EXPECT_EQ(client.send({.target = "/api/auth/list-accounts", .headers = {{"cookie", cached}}}).status,
              believes() ? 200 : 401);
    const std::string before = app.everything();
    for (const http::Endpoint* row : app.router().rows()) {
        if (!http::needs_session(*row->caller) || *row->caller == http::Caller::session) continue;
        Ask ask = post_json("/api/auth" + std::string{*row->path}, "{}",
                            {{"cookie", cached}, {"origin", std::string{own_origin}}});
        if (row->method == http::Method::get) ask = {.target = ask.target, .headers = {{"cookie", cached}}};
        const Answer answer = client.send(ask);
        EXPECT_GE(answer.status, 400) << *row->path;
        EXPECT_LT(answer.status, 500) << *row->path;
    }
    EXPECT_EQ(app.everything(), before);
}

TEST_P(CookieCache, SES_05_no_token_is_made_of_a_cached_session) {
    const Answer alive = client.send(get_session(cached));
    EXPECT_NE(alive.header("set-auth-jwt"), "absent");
    end_in_database();
    const Answer gone = client.send(get_session(cached));
    EXPECT_EQ(gone.header("set-auth-jwt"), "absent");
    EXPECT_EQ(gone.body != "null", believes());
    EXPECT_EQ(client.send({.target = "/api/auth/token", .headers = {{"cookie", cached}}}).status, 401);
}

TEST_P(CookieCache, SES_05_a_sign_out_takes_the_copy_away_and_a_password_change_of_another_browser_ends_it_in_time) {
    const Answer answer = client.send(sign_out(cached));
    EXPECT_EQ(answer.all("set-cookie").size(), 4U);
    EXPECT_THAT(answer.all("set-cookie"), testing::Each(testing::HasSubstr("=; Max-Age=0")));
    app.clock.advance(Seconds{299});
    EXPECT_EQ(client.send(get_session(cached)).body != "null", believes());
    app.clock.advance(Seconds{1});
    EXPECT_EQ(client.send(get_session(cached)).body, "null");
}

TEST_P(CookieCache, CKY_05_a_user_with_a_long_picture_is_cached_in_pieces) {
    const std::string picture = "https://x.co/" + std::string(6000, 'p');
    const Answer changed = client.send(post_json("/api/auth/update-user", R"({"image":")" + picture + "\"}",
                                                 {{"cookie", cached}, {"origin", std::string{own_origin}}}));
    ASSERT_EQ(changed.status, 200) << changed.body;
    std::string sent = alice.cookie;
    std::size_t pieces = 0;
    for (const std::string& line : changed.all("set-cookie")) {
        EXPECT_LE(line.size(), 4096U);
        if (!line.starts_with("better-auth.session_data.")) continue;
        ++pieces;
        sent += "; " + line.substr(0, line.find(';'));
    }
    EXPECT_GE(pieces, 2U);
    end_in_database();
    EXPECT_EQ(client.send(get_session(sent)).body.contains(picture), believes());
    const Answer out = client.send(sign_out(sent));
    EXPECT_EQ(out.all("set-cookie").size(), 3U + pieces);
}

TEST_P(CookieCache, CKY_06_where_the_cache_is_off_an_old_copy_is_taken_away_and_never_read) {
    const RunningApplication plain{{.profile = GetParam()}};
    Client other{plain.port()};
    const Person bob = sign_up(other, "bob");
    const std::string copy = cached.substr(cached.find("; ") + 2);
    const Answer answer = other.send(get_session(bob.cookie + "; " + copy));
    EXPECT_THAT(answer.body, testing::HasSubstr("bob@example.test"));
    EXPECT_EQ(answer.all("set-cookie"),
              std::vector<std::string>{"better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"});
}

}    // namespace
}    // namespace countersign

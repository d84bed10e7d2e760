// Request limits as somebody meets them who has configured nothing.
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

/// Says what is the default anyhow, since tests run without limits.
const Wanted by_default{.settings = "rateLimit.max = 100\n"};
const Ask page_load{.target = "/api/auth/get-session"};

TEST(RequestLimits, ENU_06_in_development_native_has_them_too) {
    RunningApplication app{by_default};
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    const Ask guess = post_json("/api/auth/sign-in/email", R"({"email":"alice@example.test","password":"a guess"})");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.send(guess).status, 401);
    const Answer refused = client.send(guess);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.header("retry-after"), "10");
    EXPECT_EQ(app.cause(refused.reference()), "rate.limited");
    app.clock.advance(Seconds{10});
    EXPECT_EQ(client.send(guess).status, 401);
}

TEST(RequestLimits, somebody_who_tries_the_page_out_does_not_meet_them) {
    const RunningApplication app{by_default};
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    for (int round = 0; round < 3; ++round) {
        const Answer in = client.send(post_json(
            "/api/auth/sign-in/email", R"({"email":")" + alice.email + R"(","password":")" + alice.password + R"("})"));
        ASSERT_EQ(in.status, 200);
        for (int load = 0; load < 20; ++load) {
            Ask ask = page_load;
            ask.headers = {{"cookie", in.cookie(session_cookie)}};
            ASSERT_THAT(client.send(ask).body, testing::HasSubstr(alice.email));
        }
        Ask token{.target = "/api/auth/token", .headers = {{"cookie", in.cookie(session_cookie)}}};
        EXPECT_EQ(client.send(token).status, 200);
        EXPECT_EQ(client.send(sign_out(in.cookie(session_cookie))).status, 200);
    }
    for (int load = 0; load < 200; ++load) ASSERT_EQ(client.send({.target = "/"}).status, 200) << "pages are no API";
}

}    // namespace
}    // namespace countersign

// A clock that jumps, over the whole application: nothing lives longer by it, nobody is shut out for longer by it.
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

constexpr Milliseconds an_hour{3'600'000}, a_day{24 * an_hour}, a_year{365 * a_day};

class Jumps : public testing::TestWithParam<std::string> {
  protected:
    RunningApplication app{{.profile = GetParam(),
                            .settings = "mail.transport = \"capture\"\nemailAndPassword.sendResetPassword = true\n"}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");

    bool is_signed_in(const Person& who) { return client.send(get_session(who.cookie)).body != "null"; }
    Answer sign_in(std::string_view password) {
        return client.send(post_json("/api/auth/sign-in/email", R"({"email":")" + alice.email + R"(","password":")" +
                                                                    std::string{password} + R"("})"));
    }
    std::string reset_token() {
        client.send(post_json("/api/auth/request-password-reset", R"({"email":")" + alice.email + R"("})"));
        auto read = json::parse(client.send({.target = "/dev/inbox.json"}).body);
        return read.ok() && read->as_array() != nullptr && !read->as_array()->empty()
                   ? RunningApplication::text_of(read->as_array()->front(), "token")
                   : "no mail";
    }
    Answer reset(const std::string& token) {
        return client.send(post_json("/api/auth/reset-password",
                                     R"({"token":")" + token + R"(","newPassword":"another horse battery"})"));
    }
    /// Seconds of the header that says when to come back, or absent.
    static std::optional<std::int64_t> comes_back(const Answer& answer) {
        for (const std::string_view name : {"retry-after", "x-retry-after"}) {
            const std::string value = answer.header(name);
            if (!value.empty()) return std::stoll(value);
        }
        return std::nullopt;
    }
};

INSTANTIATE_TEST_SUITE_P(Profiles, Jumps, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

TEST_P(Jumps, SES_04_a_session_ends_at_its_time_and_does_not_come_back) {
    app.clock.advance(-a_year);    // it has not begun
    EXPECT_TRUE(is_signed_in(alice));
    app.clock.advance(a_year + 8 * a_day);
    EXPECT_FALSE(is_signed_in(alice));
    const std::string after = app.everything();
    app.clock.advance(-8 * a_day);
    EXPECT_FALSE(is_signed_in(alice)) << "found expired, it is gone";
    EXPECT_EQ(app.everything(), after);
}

TEST_P(Jumps, a_session_that_is_read_while_the_clock_is_back_gets_no_shorter) {
    app.clock.advance(-a_year);
    ASSERT_TRUE(is_signed_in(alice));
    app.clock.advance(a_year + 6 * a_day);
    EXPECT_TRUE(is_signed_in(alice));
}

TEST_P(Jumps, a_session_that_begins_while_the_clock_is_ahead_lives_no_longer_than_the_settings_say) {
    app.clock.advance(a_year);
    const Answer answer = sign_in(alice.password);
    ASSERT_EQ(answer.status, 200);
    const Person ahead{.cookie = answer.cookie(session_cookie)};
    app.clock.advance(-a_year);
    // Whoever set the clock right has sessions that end in a year; but none beyond what was written down.
    EXPECT_TRUE(is_signed_in(ahead));
    app.clock.advance(a_year + 8 * a_day);
    EXPECT_FALSE(is_signed_in(ahead));
}

TEST_P(Jumps, REC_01_a_reset_link_ends_at_its_time) {
    const std::string token = reset_token();
    app.clock.advance(2 * an_hour);
    EXPECT_EQ(member(reset(token).body, "code"), "INVALID_TOKEN");
    EXPECT_EQ(sign_in(alice.password).status, 200);
}

TEST_P(Jumps, REC_01_a_reset_link_works_once_whatever_the_clock_does) {
    const std::string token = reset_token();
    app.clock.advance(-a_day);
    EXPECT_EQ(reset(token).status, 200);
    app.clock.advance(a_day);
    EXPECT_EQ(member(reset(token).body, "code"), "INVALID_TOKEN");
}

TEST_P(Jumps, nobody_is_refused_for_longer_because_the_clock_went_back) {
    struct Limit {
        std::string name, settings;
        std::int64_t longest;    // seconds that it refuses for after eight attempts
    };
    const Limit limits[]{{"requests", "rateLimit.enabled = true\n" + std::string{without_failure_limit}, 10},
                         {"wrong passwords", "rateLimit.enabled = false\n", 15 * 60}};
    for (const Limit& limit : limits) {
        RunningApplication limited{{.profile = GetParam(), .settings = limit.settings}};
        Client own{limited.port()};
        const auto wrong = [&] {
            return own.send(post_json("/api/auth/sign-in/email", R"({"email":"eve@x.co","password":"not the one"})"));
        };
        Answer last;
        for (int i = 0; i < 8; ++i) last = wrong();
        ASSERT_EQ(last.status, 429) << limit.name;
        limited.clock.advance(-a_day);
        last = wrong();
        EXPECT_EQ(last.status, 429) << limit.name;
        EXPECT_GE(comes_back(last).value_or(-1), 1) << limit.name;
        EXPECT_LE(comes_back(last).value_or(-1), limit.longest) << limit.name;
        limited.clock.advance(Seconds{limit.longest});
        EXPECT_EQ(wrong().status, 401) << limit.name;
    }
}

TEST_P(Jumps, a_token_is_never_older_than_the_clock_says) {
    const auto issued = [&] {
        const Answer answer = client.send({.target = "/api/auth/token", .headers = {{"cookie", alice.cookie}}});
        EXPECT_EQ(answer.status, 200) << answer.body;
        return member(answer.body, "token");
    };
    const std::string first = issued();
    EXPECT_EQ(issued(), first);    // reused in the first half of its life
    app.clock.advance(-a_day);
    const std::string second = issued();
    EXPECT_NE(second, first);
    app.clock.advance(a_day);
    EXPECT_NE(issued(), second);
}

}    // namespace
}    // namespace countersign

// Two servers on one PostgreSQL: whoever is refused by one is refused by the other.
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

class TwoNodes : public testing::TestWithParam<std::string> {
  protected:
    static Answer sign_in(Client& client, const std::string& email, const std::string& password,
                          const std::string& cookie = {}) {
        Headers headers{{"origin", std::string{own_origin}}};
        if (!cookie.empty()) headers.emplace_back("cookie", cookie);
        return client.send(post_json("/api/auth/sign-in/email",
                                     R"({"email":")" + email + R"(","password":")" + password + R"("})", headers));
    }

    AnyDatabase database_{Kind::postgres};
    RunningApplication first_{{.profile = GetParam(), .database = &database_}};
    RunningApplication second_{{.profile = GetParam(), .database = &database_}};
    Client one_{first_.port()}, other_{second_.port()};
};
INSTANTIATE_TEST_SUITE_P(Profiles, TwoNodes, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

TEST_P(TwoNodes, ENU_06_have_five_wrong_passwords_of_a_network_together) {
    for (int i = 0; i < 5; ++i) {
        Client& client = i % 2 == 0 ? one_ : other_;
        EXPECT_EQ(sign_in(client, "nobody" + std::to_string(i) + "@example.test", "a wrong password").status, 401);
    }
    for (Client* client : {&one_, &other_}) {
        const Answer refused = sign_in(*client, "somebody@example.test", "a wrong password");
        EXPECT_EQ(refused.status, 429);
        EXPECT_EQ(refused.header("retry-after"), "60");
    }
    EXPECT_EQ(second_.cause(sign_in(other_, "x@example.test", "a wrong password").reference()), "login.limited");
}

TEST_P(TwoNodes, ENU_08_know_a_device_whichever_of_them_made_it_known) {
    const Person alice = sign_up(one_, "alice");
    const Answer in = sign_in(one_, alice.email, alice.password);
    ASSERT_EQ(in.status, 200) << in.body;
    const std::string device = in.cookie("better-auth.known_device");
    ASSERT_FALSE(device.empty());
    for (int i = 0; i < 5; ++i) sign_in(i % 2 == 0 ? one_ : other_, alice.email, "a wrong password");
    EXPECT_EQ(sign_in(one_, alice.email, alice.password).status, 429) << "a stranger";
    EXPECT_EQ(sign_in(other_, alice.email, alice.password, device).status, 200) << "its owner";
    for (int i = 0; i < 5; ++i) {
        Client& client = i % 2 == 0 ? one_ : other_;
        EXPECT_EQ(sign_in(client, alice.email, "a wrong password", device).status, 401);
    }
    for (Client* client : {&one_, &other_})
        EXPECT_EQ(sign_in(*client, alice.email, alice.password, device).status, 429) << "its own five";
}

TEST_P(TwoNodes, a_question_for_the_session_asks_no_count) {
    const Person alice = sign_up(one_, "alice");
    database_.run("DROP TABLE countersignFailure");
    EXPECT_THAT(other_.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
    EXPECT_EQ(sign_in(other_, alice.email, alice.password).status, 503) << "and nobody is let in uncounted";
}

}    // namespace
}    // namespace countersign

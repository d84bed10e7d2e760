// A session in `Authorization: Bearer`: who is asked, what is accepted, and what an answer hands out.
#include "base/url.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

std::string signed_value(const Person& person) {
    return *percent_decode(std::string_view{person.cookie}.substr(person.cookie.find('=') + 1));
}

Ask with_bearer(const std::string& value, std::string method = "GET", std::string target = "/api/auth/get-session") {
    return {.method = std::move(method), .target = std::move(target), .headers = {{"authorization", value}}};
}

class BearerTest : public testing::TestWithParam<std::string> {
  protected:
    RunningApplication app{{.settings = "plugins.bearer.requireSignature = " + GetParam()}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");
    Person bob = sign_up(client, "bob");

    std::string who(const Ask& ask) {
        const Answer answer = client.send(ask);
        if (answer.body == "null") return "nobody";
        return answer.body.contains(alice.email) ? "alice" : answer.body.contains(bob.email) ? "bob" : answer.body;
    }
};

INSTANTIATE_TEST_SUITE_P(RequireSignature, BearerTest, testing::Values("true", "false"));

TEST_P(BearerTest, CKY_04_what_counts_as_a_session) {
    const std::string good = signed_value(alice), raw_answer = GetParam() == "true" ? "nobody" : "alice";
    std::string changed = good;
    changed[3] = changed[3] == 'a' ? 'b' : 'a';
    const std::pair<std::string, std::string> table[]{
        {"Bearer " + good, "alice"},
        {"bearer " + good, "alice"},
        {"BEARER " + percent_encode_component(good), "alice"},
        {"Bearer " + alice.token, raw_answer},
        {"Bearer " + changed, "nobody"},
        {"Bearer " + good + "A", "nobody"},
        {"Bearer  " + good, "nobody"},
        {"Bearer" + good, "nobody"},
        {"Basic " + good, "nobody"},
        {"Bearer ", "nobody"},
        {"Bearer .", "nobody"},
        {"Bearer %", "nobody"},
        {"Bearer ' OR 1=1 --", "nobody"},
    };
    for (const auto& [header, expected] : table) EXPECT_EQ(who(with_bearer(header)), expected) << header;
    Ask twice = with_bearer("Bearer " + good);
    twice.headers.push_back(twice.headers.front());
    EXPECT_EQ(who(twice), "nobody");
}

TEST_P(BearerTest, a_good_one_replaces_the_cookie_and_a_bad_one_is_passed_over) {
    Ask ask = with_bearer("Bearer " + signed_value(alice));
    ask.headers.emplace_back("cookie", bob.cookie);
    EXPECT_EQ(who(ask), "alice");
    ask.headers.front().second = "Bearer " + signed_value(alice) + "A";
    EXPECT_EQ(who(ask), "bob");
}

TEST_P(BearerTest, CSR_01_a_cookie_beside_it_still_makes_an_origin_necessary) {
    Ask ask = with_bearer("Bearer " + signed_value(alice), "POST", "/api/auth/update-user");
    ask.headers.emplace_back("content-type", "application/json");
    ask.body = R"({"name":"A"})";
    EXPECT_EQ(client.send(ask).status, 200) << "no browser sends this header by itself";
    ask.headers.emplace_back("cookie", bob.cookie);
    EXPECT_EQ(client.send(ask).status, 403);
}

TEST_P(BearerTest, SES_05_signing_out_with_it_ends_the_session_everywhere) {
    const std::string header = "Bearer " + signed_value(alice);
    EXPECT_EQ(client.send(with_bearer(header, "POST", "/api/auth/sign-out")).status, 200);
    EXPECT_EQ(who(with_bearer(header)), "nobody");
    EXPECT_EQ(client.send(get_session(alice.cookie)).body, "null");
}

TEST_P(BearerTest, what_sets_the_cookie_hands_it_out) {
    const Answer answer = client.send(post_json(
        "/api/auth/sign-in/email", R"({"email":")" + alice.email + R"(","password":")" + alice.password + "\"}"));
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(who(with_bearer("Bearer " + answer.header("set-auth-token"))), "alice");
    EXPECT_EQ(answer.header("access-control-expose-headers"), "set-auth-token");
}

/// A look at the session carries a token of the jwt plugin, the same one while it is young.
TEST_P(BearerTest, TOK_22_a_look_at_the_session_carries_a_token) {
    const Answer first = client.send(get_session(alice.cookie)), second = client.send(get_session(alice.cookie));
    EXPECT_NE(first.header("set-auth-jwt"), "absent");
    EXPECT_EQ(first.header("set-auth-jwt"), second.header("set-auth-jwt"));
    EXPECT_NE(first.header("set-auth-jwt"), client.send(get_session(bob.cookie)).header("set-auth-jwt"));
    EXPECT_EQ(client.send(get_session("x=y")).header("set-auth-jwt"), "absent");
}

}    // namespace
}    // namespace countersign

// KEY-10: the application secret is changed, step by step, on one database: who was signed in stays so until the old
// secret is dropped, and nothing that was sealed is lost while it is listed.
#include "app/signing_keys.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

constexpr std::string_view next_secret = "Zt4wRb8Yq1NxVc6MhKp3JdLs9GfAe7Tu";

class SecretRotation : public testing::TestWithParam<std::string> {
  protected:
    /// The server of this configuration, on the database of the test.
    std::unique_ptr<RunningApplication> start(const std::string& secrets) {
        return std::make_unique<RunningApplication>(
            Wanted{.profile = GetParam(),
                   .settings = "emailVerification.sendVerificationEmail = true\n"
                               "session.cookieCache.enabled = true\nsession.cookieCache.strategy = \"jwe\"\n",
                   .database = &database,
                   .secrets = secrets});
    }
    static std::string kid_of(Client& client, const std::string& cookie) {
        const std::string token =
            member(client.send({.target = "/api/auth/token", .headers = {{"cookie", cookie}}}).body, "token");
        return token.substr(0, token.find('.'));    // the header: kid and algorithm
    }
    /// As `countersign keys rotate --at-once` beside the server.
    static void rotate_key(RunningApplication& running, const std::string& secrets) {
        auto tree = config::Tree::load(app::setting_rows(), {},
                                       {.file_name = "test.toml", .file_text = "secrets = \"" + secrets + "\"\n"});
        SystemRandom random;
        auto store = app::KeyStore::open(running.settings, app::read_given_secrets(tree, running.settings),
                                         running.clock, random, running.log);
        ASSERT_TRUE(store.ok());
        EXPECT_TRUE((*store)->keys().rotate(token::Takeover::at_once).ok());
    }
    AnyDatabase database{kind_of_tests()};
};

INSTANTIATE_TEST_SUITE_P(Profiles, SecretRotation, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

TEST_P(SecretRotation, KEY_10_nobody_is_signed_out_until_the_old_secret_is_dropped) {
    const std::string old = std::string{test_secret}, both = "2:" + std::string{next_secret} + ",1:" + old;
    Person alice;
    std::string header, cached, link;
    {
        const auto first = start("1:" + old);
        Client client{first->port()};
        alice = sign_up(client, "alice");
        header = kid_of(client, alice.cookie);
        ASSERT_FALSE(header.empty());
        const Answer read = client.send(get_session(alice.cookie));
        cached = alice.cookie + "; " + read.cookie("better-auth.session_data");
        EXPECT_EQ(
            client.send(post_json("/api/auth/send-verification-email", R"({"email":")" + alice.email + "\"}")).status,
            200);
        const auto mail = json::parse(client.send({.target = "/dev/inbox.json"}).body);
        ASSERT_TRUE(mail.ok() && mail->as_array() != nullptr && !mail->as_array()->empty());
        link = RunningApplication::text_of(mail->as_array()->front(), "token");
    }
    std::string renewed;
    {
        const auto second = start(both);
        Client client{second->port()};
        EXPECT_THAT(client.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
        EXPECT_THAT(client.send(get_session(cached)).body, testing::HasSubstr(alice.email));
        EXPECT_EQ(kid_of(client, alice.cookie), header);    // the signing key that the old secret sealed
        EXPECT_EQ(client.send({.target = "/api/auth/verify-email?token=" + link}).status, 200);
        const std::string body = R"({"email":")" + alice.email + R"(","password":")" + alice.password + R"("})";
        renewed = client.send(post_json("/api/auth/sign-in/email", body)).cookie(session_cookie);
        EXPECT_FALSE(renewed.empty());
        rotate_key(*second, both);
        EXPECT_NE(kid_of(client, alice.cookie), header);
    }
    {
        const auto third = start("2:" + std::string{next_secret});
        Client client{third->port()};
        EXPECT_EQ(client.send(get_session(alice.cookie)).body, "null");
        EXPECT_THAT(client.send(get_session(renewed)).body, testing::HasSubstr(alice.email));
        const std::string now = kid_of(client, renewed);
        EXPECT_FALSE(now.empty());
        EXPECT_NE(now, header);
    }
}

}    // namespace
}    // namespace countersign

// Ids that the database counts, over the whole application: what they show, and what they must not.
#include "base/encoding.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

const std::string serial = "advanced.database.generateId = \"serial\"\n";

class Serial : public testing::Test {
  protected:
    explicit Serial(const std::string& settings = {})
        : app{Wanted{.profile = "better-auth", .settings = serial + settings}},
          client{app.port()} {}

    Answer sign_up_answer(const std::string& email) {
        return client.send(post_json("/api/auth/sign-up/email",
                                     R"({"name":"N","email":")" + email + R"(","password":"correct horse battery"})"));
    }
    static std::string user_id(const Answer& answer) {
        const auto body = json::parse(answer.body);
        const json::Value* user = body.ok() ? body->find("user") : nullptr;
        return user == nullptr ? "no user" : RunningApplication::text_of(*user, "id");
    }
    static json::Value claims_of(const std::string& token, std::size_t part) {
        std::string rest = token;
        for (; part > 0; --part) rest = rest.substr(rest.find('.') + 1);
        const auto bytes = parse_base64url(rest.substr(0, rest.find('.')));
        auto read = json::parse(bytes ? std::string_view{reinterpret_cast<const char*>(bytes->data()), bytes->size()}
                                      : std::string_view{});
        return read.ok() ? *read : json::Value{};
    }

    RunningApplication app;
    Client client;
};

class ConcealedSerial : public Serial {
  protected:
    ConcealedSerial()
        : Serial{"emailAndPassword.requireEmailVerification = true\nemailVerification.sendVerificationEmail = true\n"} {
    }
};

TEST_F(Serial, ids_are_numbers_in_the_database_and_texts_everywhere_else) {
    const Person ann = sign_up(client, "ann"), bob = sign_up(client, "bob");
    const Answer session = client.send(get_session(bob.cookie));
    EXPECT_TRUE(session.body.contains(R"("userId":"2")")) << session.body;
    EXPECT_EQ(user_id(session), "2");
    EXPECT_EQ(app.neighbour().one("SELECT max(id) + 40 FROM user"), "42");
    EXPECT_EQ(app.neighbour().run("SELECT accountId, userId + 40 FROM account ORDER BY id"),
              (std::vector<std::string>{"1", "41", "2", "42"}));
    const std::string token =
        member(client.send({.target = "/api/auth/token", .headers = {{"cookie", bob.cookie}}}).body, "token");
    EXPECT_EQ(RunningApplication::text_of(claims_of(token, 0), "kid"), "1");
    EXPECT_EQ(RunningApplication::text_of(claims_of(token, 1), "sub"), "2");
    EXPECT_TRUE(client.send({.target = "/api/auth/jwks"}).body.contains(R"("kid":"1")"));
}

TEST_F(Serial, SES_08_whoever_comes_after_a_deleted_user_is_somebody_else) {
    const Person ann = sign_up(client, "ann");
    const std::string gone = user_id(client.send(get_session(ann.cookie)));
    app.neighbour().run("DELETE FROM user");
    const Person bob = sign_up(client, "bob");
    EXPECT_NE(user_id(client.send(get_session(bob.cookie))), gone);
    EXPECT_EQ(client.send(get_session(ann.cookie)).body, "null");
}

TEST_F(Serial, ids_that_are_none_are_those_of_nobody) {
    const Person ann = sign_up(client, "ann");
    const std::string before = app.everything();
    for (const std::string id : {"7", "7x", "07", "1.0", "-1", "999999999999999999999", ""}) {
        const Headers headers{{"cookie", ann.cookie}, {"origin", std::string{own_origin}}};
        const std::string bodies[]{R"({"providerId":"credential","accountId":")" + id + "\"}",
                                   R"({"providerId":"x","accountId":")" + id + "\"}", R"({"token":")" + id + "\"}"};
        for (const std::string_view path : {"/unlink-account", "/revoke-session"}) {
            for (const std::string& body : bodies) {
                const Answer answer = client.send(post_json("/api/auth" + std::string{path}, body, headers));
                EXPECT_LT(answer.status, 500) << path << body << answer.body;
            }
        }
    }
    EXPECT_EQ(app.everything(), before);
}

/// Whoever signs up before and after counts the rows between: as many for a taken address as for a free one.
TEST_F(ConcealedSerial, ENU_03_numbers_do_not_tell_whether_an_address_is_taken) {
    EXPECT_EQ(user_id(sign_up_answer("victim@example.test")), "1");
    EXPECT_EQ(user_id(sign_up_answer("before@example.test")), "2");
    const Answer taken = sign_up_answer("victim@example.test");
    EXPECT_EQ(taken.status, 200);
    EXPECT_EQ(user_id(taken), "3");
    EXPECT_EQ(user_id(sign_up_answer("between@example.test")), "4");
    const Answer free = sign_up_answer("free@example.test");
    EXPECT_EQ(user_id(free), "5");
    EXPECT_EQ(user_id(sign_up_answer("after@example.test")), "6");
    EXPECT_EQ(taken.body.size(), free.body.size() + std::string_view{"victim"}.size() - 4);
    // And their accounts, which they may list.
    EXPECT_EQ(app.neighbour().run("SELECT id FROM account ORDER BY id"),
              (std::vector<std::string>{"1", "2", "4", "5", "6"}));
    EXPECT_EQ(app.neighbour().one("SELECT count(*) FROM user WHERE id = 3"), "0");
}

TEST(SerialSettings, native_has_no_numbers) {
    for (const auto& [profile, problems] : {std::pair{"native", 1U}, std::pair{"better-auth", 0U}}) {
        config::Sources sources{.file_name = "test.toml"};
        sources.file_text = serial + "profile = \"" + profile + "\"\nmode = \"development\"\n";
        config::Tree tree = config::Tree::load(app::setting_rows(), {}, sources);
        const app::Settings settings = app::read_settings(tree);
        EXPECT_EQ(settings.row_ids, IdForm::serial);
        EXPECT_EQ(std::ranges::count(tree.problems(), "advanced.database.generateId", &config::Problem::path), problems)
            << profile;
    }
}

}    // namespace
}    // namespace countersign

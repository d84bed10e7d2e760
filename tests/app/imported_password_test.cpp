// Users whose password hashes came from another system, over the whole application.
#include "crypto/password.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;
using crypto::PasswordScheme;

const std::string bcrypt = "$2b$04$nJ3MDXe6MJJxvD.mJNin3uLJQsTquHyOZ8oWxXLBq7jk3eEDIllYO";
constexpr std::string_view password = "correct horse battery";    // of it
const std::string endless = "$2b$31$" + bcrypt.substr(7);

Answer sign_in(Client& client, const std::string& email, std::string_view secret) {
    return client.send(post_json("/api/auth/sign-in/email",
                                 R"({"email":")" + email + R"(","password":")" + std::string{secret} + R"("})",
                                 {{"origin", std::string{own_origin}}}));
}
Answer with_session(Client& client, const std::string& path, const std::string& cookie, const std::string& body) {
    return client.send(post_json("/api/auth" + path, body, {{"origin", std::string{own_origin}}, {"cookie", cookie}}));
}

/// A user and a credential, as a script that fills the database writes them.
void import_user(Neighbour& database, const std::string& id, const std::string& stored) {
    const std::string at = "'2026-11-24T12:00:00.000Z'";
    database.run(R"(insert into "user" ("id","name","email","emailVerified","createdAt","updatedAt") values (')" + id +
                 "','Ann','" + id + "@example.test',true," + at + "," + at + ")");
    database.run(
        R"(insert into "account" ("id","accountId","providerId","userId","password","createdAt","updatedAt") values ('a-)" +
        id + "','" + id + "','credential','" + id + "','" + stored + "'," + at + "," + at + ")");
}
std::string stored_of(const RunningApplication& app, const std::string& id) {
    return app.neighbour().one(R"(select "password" from "account" where "userId" = ')" + id + "'");
}

TEST(ImportedPassword, PWD_09_the_first_sign_in_opens_and_replaces_the_hash) {
    for (const auto& [profile, ours] : {std::pair{"native", PasswordScheme::argon2id},
                                        std::pair{"better-auth", PasswordScheme::better_auth_scrypt}}) {
        RunningApplication app{{.profile = profile}};
        Neighbour database = app.neighbour();
        import_user(database, "ann", bcrypt);
        Client client{app.port()};
        EXPECT_EQ(sign_in(client, "ann@example.test", "correct horse batterz").status, 401) << profile;
        EXPECT_EQ(stored_of(app, "ann"), bcrypt) << profile;
        const Answer first = sign_in(client, "ann@example.test", password);
        EXPECT_EQ(first.status, 200) << profile << first.body;
        EXPECT_FALSE(first.cookie(session_cookie).empty()) << profile;
        const std::string replaced = stored_of(app, "ann");
        EXPECT_EQ(crypto::scheme_of(replaced), ours) << profile;
        EXPECT_EQ(sign_in(client, "ann@example.test", password).status, 200) << profile;
        EXPECT_EQ(stored_of(app, "ann"), replaced) << profile;
        EXPECT_EQ(sign_in(client, "ann@example.test", "correct horse batterz").status, 401) << profile;
    }
}

TEST(ImportedPassword, PWD_09_PWD_13_it_is_verified_and_changed_as_any_other) {
    RunningApplication app;
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    Neighbour database = app.neighbour();
    const auto import_hash = [&] { database.run(R"(update "account" set "password" = ')" + bcrypt + "'"); };
    const auto scheme = [&] { return crypto::scheme_of(app.neighbour().one(R"(select "password" from "account")")); };
    import_hash();
    EXPECT_EQ(with_session(client, "/verify-password", alice.cookie, R"({"password":"correct horse batterz"})").status,
              400);
    EXPECT_EQ(scheme(), PasswordScheme::foreign);
    EXPECT_EQ(with_session(client, "/verify-password", alice.cookie, R"({"password":"correct horse battery"})").status,
              200);
    EXPECT_EQ(scheme(), PasswordScheme::argon2id);
    import_hash();
    const std::string changes = R"("newPassword":"another long password"})";
    EXPECT_EQ(with_session(client, "/change-password", alice.cookie,
                           R"({"currentPassword":"correct horse batterz",)" + changes)
                  .status,
              400);
    EXPECT_EQ(with_session(client, "/change-password", alice.cookie,
                           R"({"currentPassword":"correct horse battery",)" + changes)
                  .status,
              200);
    EXPECT_EQ(scheme(), PasswordScheme::argon2id);
    EXPECT_EQ(sign_in(client, alice.email, "another long password").status, 200);
    EXPECT_EQ(sign_in(client, alice.email, password).status, 401);
}

TEST(ImportedPassword, PWD_10_ENU_02_an_absurd_cost_looks_and_costs_as_a_stranger) {
    RunningApplication app;
    Neighbour database = app.neighbour();
    import_user(database, "bomb", endless);
    import_user(database, "locked", "!");
    import_user(database, "ann", bcrypt);
    Client client{app.port()};
    const auto cost_of = [&](const std::string& email, Answer& answer) {
        const std::uint64_t before = crypto::hashes_done();
        answer = sign_in(client, email, "wrong wrong wrong");
        return crypto::hashes_done() - before;
    };
    Answer stranger;
    EXPECT_EQ(cost_of("stranger@example.test", stranger), 1U);
    for (const auto& [id, label] : {std::pair{"bomb", "password.hash_cost"}, std::pair{"locked", "login.password"},
                                    std::pair{"ann", "login.password"}}) {
        Answer answer;
        EXPECT_EQ(cost_of(std::string{id} + "@example.test", answer), 1U) << id;
        EXPECT_EQ(answer.status, stranger.status) << id;
        EXPECT_EQ(answer.body, stranger.body) << id;
        EXPECT_EQ(app.cause(answer.reference()), label) << id;
    }
    EXPECT_EQ(stored_of(app, "bomb"), endless);
}

TEST(ImportedPassword, PWD_17_a_stored_hash_is_neither_answered_nor_logged) {
    RunningApplication app;
    Neighbour database = app.neighbour();
    import_user(database, "bomb", endless);
    Client client{app.port()};
    const Answer answer = sign_in(client, "bomb@example.test", password);
    EXPECT_EQ(answer.status, 401);
    const std::string secret = bcrypt.substr(29);    // behind the salt
    EXPECT_EQ(answer.body.find(secret), std::string::npos);
    EXPECT_EQ(app.log.text().find(secret), std::string::npos);
    EXPECT_EQ(app.log.text().find(password), std::string::npos);
    std::ifstream trace{app.trace_path()};
    const std::string traced{std::istreambuf_iterator<char>{trace}, {}};
    EXPECT_NE(traced.find("password.hash_cost"), std::string::npos);
    EXPECT_EQ(traced.find(secret), std::string::npos);
}

TEST(NewPassword, PWD_06_a_refused_one_says_why_in_native_and_is_taken_on_the_wire_of_Better_Auth) {
    const struct {
        std::string_view password, code;
    } table[]{{"password1", "PASSWORD_COMPROMISED"},
              {"lovelace1", "PASSWORD_PERSONAL"},
              {"12345678", "PASSWORD_TOO_SIMPLE"},
              {"short", "PASSWORD_TOO_SHORT"}};
    for (const std::string profile : {"native", "better-auth"}) {
        RunningApplication app{{.profile = profile}};
        Client client{app.port()};
        int next = 0;
        for (const auto& row : table) {
            const std::string email = "ada" + std::to_string(next++) + "@example.test";
            const auto ask = [&](std::string_view chosen) {
                return client.send(post_json("/api/auth/sign-up/email", R"({"name":"Ada Lovelace","email":")" + email +
                                                                            R"(","password":")" + std::string{chosen} +
                                                                            R"("})"));
            };
            const Answer answer = ask(row.password);
            const bool refused = profile == "native" || row.code == "PASSWORD_TOO_SHORT";
            EXPECT_EQ(answer.status, refused ? 400 : 200) << profile << ": " << row.password;
            if (!refused) continue;
            EXPECT_EQ(member(answer.body, "code"), row.code) << profile << ": " << row.password;
            EXPECT_EQ(ask("correct horse battery").status, 200) << "and nothing was stored";
        }
    }
}

TEST(NewPassword, PWD_06_PWD_13_a_change_is_refused_for_the_same_reasons) {
    RunningApplication app;
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    const auto change = [&](std::string_view next) {
        return with_session(
            client, "/change-password", alice.cookie,
            R"({"currentPassword":")" + alice.password + R"(","newPassword":")" + std::string{next} + R"("})");
    };
    EXPECT_EQ(member(change("alice1990").body, "code"), "PASSWORD_PERSONAL");
    EXPECT_EQ(member(change("password1").body, "code"), "PASSWORD_COMPROMISED");
    EXPECT_EQ(sign_in(client, alice.email, alice.password).status, 200);
    EXPECT_EQ(change("another long password").status, 200);
}

}    // namespace
}    // namespace countersign

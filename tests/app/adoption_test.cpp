// The whole application over databases that somebody else made, and over its own.
#include "crypto/password.hpp"
#include "storage/sql.hpp"
#include "storage/tables.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;
using crypto::PasswordScheme;

constexpr const storage::Table* core[]{&storage::user_table, &storage::session_table, &storage::account_table,
                                       &storage::verification_table};

/// The tables of Better Auth, with further columns of `account`.
void make_tables(Neighbour& database, const std::string& of_account = "") {
    for (const storage::Table* table : core) {
        std::vector<std::string> texts = schema_of(kind_of_tests(), *table);
        if (table == &storage::account_table) texts.front().insert(texts.front().size() - 1, of_account);
        for (const std::string& text : texts) database.run(text);
    }
}
void make_as_better_auth(Neighbour& database) { make_tables(database); }
void make_as_its_1_7_0(Neighbour& database) {
    make_tables(database, ", \"issuer\" text not null");
    database.run("create unique index \"account_issuer_accountId_uidx\" on \"account\" (\"issuer\", \"accountId\")");
}

Answer sign_in(Client& client, const Person& who) {
    return client.send(post_json("/api/auth/sign-in/email",
                                 R"({"email":")" + who.email + R"(","password":")" + who.password + R"("})",
                                 {{"origin", std::string{own_origin}}}));
}

TEST(Adoption, PWD_07_Argon2id_is_only_for_databases_that_Better_Auth_need_not_read) {
    const struct {
        std::string name, profile;
        std::function<void(Neighbour&)> before;
        PasswordScheme expected;
    } table[]{
        {"native, our own database", "native", {}, PasswordScheme::argon2id},
        {"native, a database of Better Auth", "native", make_as_better_auth, PasswordScheme::better_auth_scrypt},
        {"native, a database of 1.7.0", "native", make_as_its_1_7_0, PasswordScheme::better_auth_scrypt},
        {"better-auth, our own database", "better-auth", {}, PasswordScheme::better_auth_scrypt},
        {"better-auth, a database of Better Auth", "better-auth", make_as_better_auth,
         PasswordScheme::better_auth_scrypt},
        {"better-auth, a database of 1.7.0", "better-auth", make_as_its_1_7_0, PasswordScheme::better_auth_scrypt},
    };
    for (const auto& row : table) {
        RunningApplication app{{.profile = row.profile, .before = row.before}};
        Client client{app.port()};
        const Person alice = sign_up(client, "alice");
        const auto stored = [&] { return app.neighbour().one("select \"password\" from account"); };
        EXPECT_EQ(crypto::scheme_of(stored()), row.expected) << row.name;
        EXPECT_EQ(sign_in(client, alice).status, 200) << row.name;
        EXPECT_EQ(crypto::scheme_of(stored()), row.expected) << row.name << ", after a sign-in";
    }
}

TEST(Adoption, ENU_03_without_sign_in_after_sign_up_a_taken_address_looks_new) {
    for (const std::string profile : {"native", "better-auth"}) {
        RunningApplication app{{.profile = profile, .settings = "emailAndPassword.autoSignIn = false"}};
        Client client{app.port()};
        const auto ask = [&](const std::string& email) {
            return client.send(post_json("/api/auth/sign-up/email",
                                         R"({"name":"Ann","email":")" + email + R"(","password":"correct horse"})"));
        };
        const Answer fresh = ask("ann@example.test");
        const std::string before = app.everything();
        const std::uint64_t hashes = crypto::hashes_done();
        const Answer taken = ask("Ann@example.test");
        EXPECT_EQ(crypto::hashes_done() - hashes, 1U) << profile;
        EXPECT_EQ(app.everything(), before) << profile;
        EXPECT_EQ(taken.status, 200) << profile;
        EXPECT_EQ(taken.cookie(session_cookie), fresh.cookie(session_cookie));
        // The same text but for the id.
        const auto with_id = [](std::string body) {
            const std::size_t at = body.find(R"("id":")");
            return body.replace(at + 6, 32, "ID");
        };
        EXPECT_EQ(with_id(taken.body), with_id(fresh.body)) << profile;
        EXPECT_NE(taken.body, fresh.body) << profile;
    }
}

TEST(Adoption, ERR_01_a_signing_key_that_cannot_be_read_says_why_to_us_only) {
    const struct {
        std::string name, stored, label;
    } table[]{
        {"sealed with another secret", "\"" + std::string(200, 'a') + "\"", "secret.unusable"},
        {"no JSON", "-----BEGIN PRIVATE KEY-----", "storage.corrupt"},
    };
    for (const auto& row : table) {
        RunningApplication app{{.before = [&](Neighbour& database) {
            make_as_better_auth(database);
            for (const std::string& text : schema_of(kind_of_tests(), storage::jwks_table)) database.run(text);
            database.run("insert into \"jwks\" values ('kid-of-the-test', '{\"kty\":\"OKP\"}', '" + row.stored +
                         "', '2026-11-24T12:00:00.000Z', NULL, 'EdDSA', 'Ed25519')");
        }}};
        Client client{app.port()};
        const Person alice = sign_up(client, "alice");
        const Answer answer = client.send({.target = "/api/auth/token", .headers = {{"cookie", alice.cookie}}});
        EXPECT_EQ(answer.status, 500) << row.name;
        for (const std::string_view inside : {"kid-of-the-test", "secret", "seal", "BEGIN", "JSON"}) {
            EXPECT_EQ(answer.body.find(inside), std::string::npos) << row.name << ": " << answer.body;
        }
        EXPECT_EQ(app.cause(answer.reference()), row.label) << row.name;
    }
}

TEST(Tokens, one_is_answered_again_until_half_of_its_life_and_never_after_sign_out) {
    RunningApplication app{{.profile = "native"}};
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    const auto token = [&](const Person& who) {
        return member(client.send({.target = "/api/auth/token", .headers = {{"cookie", who.cookie}}}).body, "token");
    };
    const std::string first = token(alice);
    EXPECT_GT(first.size(), 100U);
    EXPECT_EQ(token(alice), first);
    EXPECT_NE(token(sign_up(client, "bob")), first);
    app.clock.advance(Seconds{151});    // of five minutes
    const std::string second = token(alice);
    EXPECT_NE(second, first);
    EXPECT_EQ(client.send(sign_out(alice.cookie)).status, 200);
    EXPECT_EQ(client.send({.target = "/api/auth/token", .headers = {{"cookie", alice.cookie}}}).status, 401);
}

}    // namespace
}    // namespace countersign

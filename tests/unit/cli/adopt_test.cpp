// `countersign adopt` over a database of Better Auth, and over the same one with one thing changed.
#include <fstream>
#include <sstream>

#include "app/adoption.hpp"
#include "cli/adopt.hpp"
#include "crypto/password.hpp"
#include "storage/tables.hpp"
#include "support/any_database.hpp"
#include "support/environment.hpp"
#include "token/stored_key.hpp"

namespace countersign::cli {
namespace {

using namespace testing_support;

constexpr std::string_view secret = "kK3v9QxT7mZrB1nW5yLcH8dJ2sGfP6aE";
constexpr std::string_view another_secret = "aE6Pf3GsJ8dHcLy5W1nBrZm7TxQ9v3Kk";
constexpr std::string_view given = "mode = \"development\"\nbaseURL = \"http://localhost:3900\"\n";
const std::string with_secret = std::string{given} + "secret = \"" + std::string{secret} + "\"\n";

class FixedClock final : public Clock {
  public:
    Instant now() const override { return *parse_iso8601("2026-11-30T12:00:00.000Z"); }
};

/// One user who is signed in, and a reset link that waits.
constexpr std::string_view rows_text =
    "insert into user (id, name, email, emailVerified, createdAt, updatedAt) values ('u1', 'Ada', 'ada@example.test', "
    "'0', '2026-11-29T12:00:00.000Z', '2026-11-29T12:00:00.000Z'); insert into session (id, expiresAt, token, "
    "createdAt, updatedAt, userId) values ('s1', '2026-12-06T12:00:00.000Z', 't1', '2026-11-29T12:00:00.000Z', "
    "'2026-11-29T12:00:00.000Z', 'u1'); insert into verification (id, identifier, value, expiresAt, createdAt, "
    "updatedAt) values ('v1', 'reset-password:abc', 'u1', '2026-11-30T12:30:00.000Z', '2026-11-30T11:30:00.000Z', "
    "'2026-11-30T11:30:00.000Z')";

std::string account(const std::string& id, const std::string& provider, const std::string& password) {
    return "insert into account (id, accountId, providerId, userId, password, createdAt, updatedAt) values ('" + id +
           "', 'u1', '" + provider + "', 'u1', " + password +
           ", '2026-11-29T12:00:00.000Z', "
           "'2026-11-29T12:00:00.000Z')";
}

/// A key of the table, sealed with `secret` or plain.
std::string key(std::string_view sealed_with, token::AtRest at_rest = token::AtRest::sealed) {
    SystemRandom random;
    const crypto::Keyring secrets{Secret::from_text(sealed_with)};
    const auto made = token::generate_key(jose::Alg::eddsa_ed25519, 0, at_rest, secrets, random);
    EXPECT_TRUE(made.ok());
    return "insert into jwks values ('k1', '" + made->public_jwk + "', '" + made->sealed_private +
           "', '2026-11-29T12:00:00.000Z', NULL, 'EdDSA', 'Ed25519')";
}

class Adopt : public testing::TestWithParam<Kind> {
  protected:
    void SetUp() override { ASSERT_TRUE(crypto::start().ok()); }

    static void empty(const AnyDatabase& database) {
        if (database.kind() == Kind::postgres) {
            database.run("drop schema public cascade; create schema public");
        } else {
            std::filesystem::remove(database.path());
        }
    }
    /// What Better Auth leaves.
    static void make(const AnyDatabase& database) {
        Neighbour rows = database.neighbour();
        for (const storage::Table* table :
             {&storage::user_table, &storage::session_table, &storage::account_table, &storage::verification_table})
            for (const std::string& text : database.schema_of(*table)) rows.run(text);
        rows.run(std::string{rows_text});
        static const std::string hash = [] {
            SystemRandom random;
            return crypto::hash_better_auth_scrypt("correct horse", random).value_or("");
        }();
        rows.run(account("a1", "credential", "'" + hash + "'"));
    }
    int look(const AnyDatabase& database, const std::string& settings) {
        std::ofstream{folder_.file("c.toml")} << settings;
        std::istringstream in;
        std::ostringstream out, complaints;
        const WithoutSettings clean;
        const int exit =
            adopt({.config = folder_.file("c.toml"), .database = database.storage_url(), .output = Output::json},
                  FixedClock{}, {.in = in, .out = out, .complaints = complaints});
        said_ = out.str() + complaints.str();
        auto parsed = json::parse(out.str());
        report_ = parsed.ok() ? *std::move(parsed) : json::Value{};
        return exit;
    }
    std::string text(std::string_view name) const {
        const json::Value* found = report_.find(name);
        return found == nullptr || found->as_string() == nullptr ? "" : *found->as_string();
    }
    /// `check verdict what`, a line each.
    std::string findings() const {
        std::string lines;
        const json::Value* all = report_.find("findings");
        if (all == nullptr) return "no findings: " + said_;
        for (const json::Value& one : *all->as_array())
            lines += *one.find("check")->as_string() + " " + *one.find("verdict")->as_string() + " " +
                     *one.find("what")->as_string() + "\n";
        return lines;
    }
    static std::string everything(const AnyDatabase& database) {
        std::string all;
        Neighbour rows = database.neighbour();
        for (const std::string& table : rows.run(database.tables_query())) {
            for (const std::string& cell : rows.run("SELECT * FROM \"" + table + "\"")) all += cell + "|";
            all += table + "\n";
        }
        return all;
    }

    TemporaryFolder folder_;
    json::Value report_;
    std::string said_;
};

/// One change, and the finding that follows from it.
struct Change {
    std::string name;
    std::string text;       // SQL, after the rows above
    std::string finding;    // as of findings(), without the end of its line
    int exit;
    std::string setting = {};              // a line of the fragment
    std::string settings = with_secret;    // what is given
    std::optional<Kind> only = {};
};

std::vector<Change> changes() {
    const std::string jwks =
        "create table jwks (id text primary key, publicKey text not null, privateKey text not null, "
        "createdAt timestamp not null, expiresAt timestamp, alg text, crv text); ";
    const std::string user_table = "drop table session; drop table account; drop table user; create table user (";
    const std::string rest =
        "name text not null, email text not null, emailVerified boolean not null, image text, createdAt timestamp not "
        "null, updatedAt timestamp not null)";
    const std::string insert = "; insert into user (id, name, email, emailVerified, createdAt, updatedAt) values (";
    const std::string ada = ", 'Ada', 'ada@example.test', '0', '2026-11-29T12:00:00.000Z', '2026-11-29T12:00:00.000Z')";
    const std::string numbers = user_table + "id integer primary key, " + rest;
    return {
        {"nothing", "", "tables works user, session, account and verification are there", fine,
         "profile = \"better-auth\""},
        {"a table is gone", "drop table verification", "tables fails there is no table verification", not_fine},
        {"a table has another name", "alter table user rename to users",
         "tables fails there is no table user, but one named users", not_fine},
        {"a server of ours was there", "create table countersignMeta (id text primary key, value text not null)",
         "tables works a server of ours has run", fine},
        {"a column that may be empty is gone", "alter table session drop column userAgent",
         "columns eventual there is no column session.userAgent", fine},
        {"a column has another name", "alter table session rename column token to key",
         "columns fails there is no column session.token", not_fine},
        {"a boolean is a number", "alter table user alter column emailVerified type integer using 1",
         "columns fails user.emailVerified is of type integer", not_fine, "", with_secret, Kind::postgres},
        {"a boolean is a word", "update user set emailVerified = 'yes'",
         "cells fails 1 row has another form of user.emailVerified", not_fine, "", with_secret, Kind::file},
        {"a date is a number", "update session set expiresAt = 1764500000",
         "cells fails 1 row has another form of session.expiresAt", not_fine, "", with_secret, Kind::file},
        {"a date has no milliseconds", "update session set createdAt = '2026-11-29T12:00:00Z'",
         "cells fails 1 row has another form of session.createdAt", not_fine, "", with_secret, Kind::file},
        {"a field of the application", "alter table user add column plan text", "fields setting user.plan is a field",
         fine, "user.additionalFields.plan = { type = \"string\", required = false, input = false }"},
        {"a field that is declared", "alter table user add column plan text",
         "fields works no column but Better Auth's", fine, "",
         with_secret + "user.additionalFields.plan = { type = \"string\", required = false }\n"},
        {"a field of the session, a number", "alter table session add column seat integer",
         "fields setting session.seat is a field", fine,
         "session.additionalFields.seat = { type = \"number\", required = false, input = false }"},
        {"a field with a default", "alter table account add column tenant text not null default 'x'",
         "fields eventual account.tenant (text) is left alone", fine},
        {"a column that nobody sets",
         "create table rateLimit (id text primary key, key text not null, count integer not null, lastRequest bigint "
         "not null, tenant text not null)",
         "fields fails rateLimit.tenant must be set", not_fine},
        {"two-factor", "create table twoFactor (id text primary key)",
         "plugins fails the plugin two-factor (0 rows in twoFactor) is not supported yet", not_fine},
        {"admin", "alter table user add column banned boolean", "plugins fails the plugin admin is not supported yet",
         not_fine},
        {"a role without admin", "alter table user add column role text", "fields setting user.role is a field", fine},
        {"the issuer of 1.7.0", "alter table account add column issuer text",
         "issuer works account has the issuer of 1.7.0", fine},
        {"ids are UUIDs",
         "delete from session; delete from account; update user set id = '6f1d1c1e-4b3a-4c2d-9e8f-0a1b2c3d4e5f'",
         "ids setting ids are UUIDs", fine, "advanced.database.generateId = \"uuid\""},
        {"ids are numbers", numbers, "ids setting ids are numbers", not_fine,
         "advanced.database.generateId = \"serial\"", with_secret, Kind::file},
        {"ids are counted", user_table + "id integer generated by default as identity primary key, " + rest,
         "ids setting ids are numbers that the database counts", not_fine, "advanced.database.generateId = \"serial\"",
         with_secret, Kind::postgres},
        {"ids are serial", user_table + "id bigserial primary key, " + rest,
         "ids setting ids are numbers that the database counts", not_fine, "advanced.database.generateId = \"serial\"",
         with_secret, Kind::postgres},
        {"nobody counts ids", numbers, "ids fails the ids of user are numbers that no sequence of theirs counts",
         not_fine, "advanced.database.generateId = \"serial\"", with_secret, Kind::postgres},
        {"nobody may write an id", user_table + "id integer generated always as identity primary key, " + rest,
         "ids fails the ids of user are GENERATED ALWAYS", not_fine, "", with_secret, Kind::postgres},
        {"ids are small numbers", user_table + "id smallint generated by default as identity primary key, " + rest,
         "ids fails the ids of user are smallint", not_fine, "", with_secret, Kind::postgres},
        {"rows whose ids are numbers", numbers + insert + "7" + ada, "cells works every cell has the form", not_fine},
        {"an id of letters among numbers", user_table + "id bigint primary key, " + rest + insert + "'u7'" + ada,
         "cells fails 1 row has another form of user.id", not_fine, "", with_secret, Kind::file},
        {"an address with capitals", "update user set email = 'Ada@example.test'",
         "emails fails 1 user has an address with capitals", not_fine},
        {"an address of two",
         "insert into user (id, name, email, emailVerified, createdAt, updatedAt) values ('u2', 'Ada', "
         "'ADA@example.test', '0', '2026-11-29T12:00:00.000Z', '2026-11-29T12:00:00.000Z')",
         "emails fails 1 address belongs to several users", not_fine},
        {"a hash of bcrypt",
         "update account set password = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'",
         "passwords eventual 1 hash is not Better Auth's own", fine, "emailAndPassword.enabled = true"},
        {"a hash of nobody", "update account set password = 'rot13:pbeerpg'",
         "passwords fails 1 user has a hash of an unknown format", not_fine},
        {"a hash that takes for ever",
         "update account set password = '$2b$31$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'",
         "passwords fails 1 user has a hash that costs more", not_fine},
        {"an account without hash", "update account set password = NULL",
         "passwords fails 1 account for passwords without one", not_fine},
        {"no account", "delete from account", "passwords works nobody has a password", fine},
        {"a second way in", account("a2", "google", "NULL"),
         "providers fails 1 account(s) of google, the only way in for 0 user(s)", not_fine},
        {"a social provider alone", "update account set providerId = 'github', password = NULL",
         "providers fails 1 account(s) of github, the only way in for 1 user(s)", not_fine},
        {"a session has ended", "update session set expiresAt = '2026-11-30T12:00:00.000Z'",
         "sessions works 0 live sessions of 1", fine},
        {"plain identifiers", "", "verifications setting identifiers of verification values are plain", fine,
         "verification.storeIdentifier = \"plain\""},
        {"hashed identifiers", "update verification set identifier = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'",
         "verifications setting identifiers of verification values are hashed", fine,
         "verification.storeIdentifier = \"hashed\""},
        {"no identifier", "delete from verification", "verifications works no verification value", fine},
        {"no key yet", jwks, "keys setting a table for keys, and no key yet", fine, "plugins.jwt = {}"},
        {"a sealed key", jwks + key(secret),
         "keys setting 1 key (the newest is of EdDSA, sealed, and opened by the secret)", fine,
         "plugins.jwt.jwks.keyPairConfig.alg = \"EdDSA\""},
        {"a key of another secret", jwks + key(another_secret), "keys fails 1 key was sealed with another secret",
         not_fine},
        {"a plain key", jwks + key(secret, token::AtRest::plain),
         "keys setting 1 key (the newest is of EdDSA, not sealed)", fine,
         "plugins.jwt.jwks.disablePrivateKeyEncryption = true"},
        {"a key of an odd algorithm", jwks + key(secret) + "; update jwks set alg = 'HS256'",
         "keys fails 1 key is of an algorithm that is not known here", not_fine},
        {"a key that is none", jwks + key(secret) + "; update jwks set privateKey = '{}'",
         "keys fails 1 key is not readable", not_fine},
        {"a sealed key, and no secret", jwks + key(secret), "keys unknown keys are sealed, and no secret was given",
         not_checked, "", std::string{given}},
        {"counted requests",
         "create table rateLimit (id text primary key, key text not null, count integer not null, lastRequest bigint "
         "not null)",
         "limits setting requests are counted in the database", fine, "rateLimit.storage = \"database\""},
        {"no secret", "", "secret unknown no secret is given", not_checked, "", std::string{given}},
        {"a short secret", "", "settings fails secret has fewer than 32 characters", not_fine, "",
         std::string{given} + "secret = \"short\"\n"},
        {"no address", "", "base-url unknown the base URL is not given", not_checked, "",
         "secret = \"" + std::string{secret} + "\"\n"},
        {"one file", "", "beside eventual two servers write one file in turns", fine, "", with_secret, Kind::file},
    };
}

TEST_P(Adopt, one_change_of_the_database_is_one_finding_with_what_to_do) {
    AnyDatabase database{GetParam()};
    for (const Change& change : changes()) {
        if (change.only && *change.only != GetParam()) continue;
        empty(database);
        make(database);
        if (!change.text.empty()) database.run(change.text);
        const std::string before = everything(database);
        EXPECT_EQ(look(database, change.settings), change.exit) << change.name << "\n" << findings();
        EXPECT_TRUE(("\n" + findings()).contains("\n" + change.finding)) << change.name << "\n" << findings();
        if (!change.setting.empty()) {
            EXPECT_TRUE(("\n" + text("toml")).contains("\n" + change.setting + "\n")) << change.name << text("toml");
        }
        EXPECT_EQ(everything(database), before) << change.name;
        // What is printed can be started with.
        config::Tree tree =
            config::Tree::load(app::setting_rows(), {}, {.file_name = "c.toml", .file_text = text("toml")});
        std::ignore = app::read_settings(tree);
        for (const config::Problem& problem : tree.problems())
            ADD_FAILURE() << change.name << ": " << problem.path << " " << problem.what;
    }
}

TEST(AdoptChecks, every_check_has_a_change_that_it_finds) {
    ASSERT_TRUE(crypto::start().ok());
    for (const app::AdoptionCheck& check : app::adoption_checks()) {
        EXPECT_TRUE(std::ranges::any_of(changes(), [&](const Change& change) {
            return change.finding.starts_with(std::string{*check.id} + " ");
        })) << *check.id;
    }
}

TEST_P(Adopt, what_cannot_be_looked_at_is_said_and_not_made) {
    const std::string nowhere = folder_.file("nowhere.db");
    std::istringstream in;
    std::ostringstream out, complaints;
    const Streams streams{.in = in, .out = out, .complaints = complaints};
    const WithoutSettings clean;
    EXPECT_EQ(adopt({.config = "", .database = nowhere}, FixedClock{}, streams), not_checked);
    EXPECT_TRUE(complaints.str().contains("a database file")) << complaints.str();
    EXPECT_FALSE(std::filesystem::exists(nowhere));
    EXPECT_EQ(adopt({.config = "", .database = "mysql://root@localhost/x"}, FixedClock{}, streams), wrong_call);
    EXPECT_EQ(out.str(), "");
}

TEST_P(Adopt, a_reader_without_rights_to_write_is_enough) {
    AnyDatabase database{GetParam()};
    make(database);
    if (GetParam() == Kind::postgres) {
        database.run("alter database \"" + database.one("select current_database()") +
                     "\" set default_transaction_read_only = on");
    } else {
        std::filesystem::permissions(database.path(), std::filesystem::perms::owner_read);
    }
    EXPECT_EQ(look(database, with_secret), fine) << said_;
}

INSTANTIATE_TEST_SUITE_P(Databases, Adopt, testing::ValuesIn(lasting_kinds), name_of_parameter);

}    // namespace
}    // namespace countersign::cli

// As B, with everything of A's that B could have seen, against every row that the router has: refused or without
// effect, and nothing of A's changes or is told. Rows that are added later are attacked as well.
#include "base/encoding.hpp"
#include "base/url.hpp"
#include "crypto/digest.hpp"
#include "crypto/signed_value.hpp"
#include "support/application.hpp"
#include "support/places.hpp"

namespace countersign {
namespace {

using namespace testing_support;
using http::Endpoint;
using http::Field;
using http::Kind;
using http::Media;
using http::Method;

/// Names under which somebody's id or token could be asked for.
constexpr std::string_view names[]{"userId",       "user_id",       "user",          "id",      "sub",
                                   "sessionToken", "session_token", "token",         "session", "sessionId",
                                   "access_token", "accountId",     "impersonatedBy"};

class Isolation : public testing::TestWithParam<Kept> {
  protected:
    RunningApplication app{
        {.profile = GetParam().profile, .settings = std::string{without_failure_limit} + GetParam().settings}};
    http::Router router = app.router();
    bool numbers_are_told_apart = count_from_afar();
    Client client{app.port()};
    Person alice = sign_up(client, "alice-of-the-rows");
    Person bob = sign_up(client, "bob");
    Neighbour database = app.neighbour();
    std::string alice_id = database.one("SELECT id FROM user WHERE email = '" + alice.email + "'");
    std::string alice_view = client.send(get_session(alice.cookie)).body;
    std::string alice_session = session_id_in(alice_view);
    std::string alice_account = database.one("SELECT id FROM account WHERE userId = '" + alice_id + "'");
    std::string alice_token_at_rest = GetParam().native() ? crypto::token_hash(alice.token) : alice.token;
    std::string alice_rows = rows_of_alice();

    /// A "1" would be in every answer.
    bool count_from_afar() const {
        if (GetParam().ids != Ids::numbers) return false;
        int number = 710000001;
        for (const std::string table : {"user", "session", "account"}) {
            app.neighbour().run(app.database().count_from_text(table, number));
            number += 10000000;
        }
        return true;
    }
    std::string rows_of_alice() {
        std::string all;
        for (const char* query : {"SELECT * FROM user WHERE id = '", "SELECT * FROM session WHERE userId = '",
                                  "SELECT * FROM account WHERE userId = '"}) {
            for (const std::string& cell : database.run(query + alice_id + "'")) all += cell + "|";
        }
        return all;
    }
    static std::string session_id_in(const std::string& view) {
        const auto read = json::parse(view);
        const json::Value* session = read.ok() ? read->find("session") : nullptr;
        return session == nullptr ? "no session" : std::string{session->text("id")};
    }
    /// A session that has no row is looked at through its own cookie.
    void expect_her_session_as_it_was(const std::string& what) {
        if (!GetParam().has_rows) EXPECT_EQ(client.send(get_session(alice.cookie)).body, alice_view) << what;
    }
    static std::string signed_by(std::string_view secret, std::string_view token, std::string_view context) {
        return crypto::sign_value(crypto::HmacKey{bytes_of(secret)}, token, context);
    }
    std::string signed_value() const {
        return *percent_decode(std::string_view{alice.cookie}.substr(alice.cookie.find('=') + 1));
    }
    /// What B may know of A, or try to make of it. None of it is a session cookie that the server signed.
    std::vector<std::string> loot() const {
        const std::string whole = signed_value();
        return {alice_id,
                alice_session,
                alice_account,
                alice.email,
                alice.token,
                alice_token_at_rest,
                alice.token + ".",
                whole.substr(0, whole.size() - 1),
                whole.substr(0, whole.size() - 10) + "AAAAAAAAA=",
                signed_by("a secret that B has chosen, 32 long", alice.token, session_cookie),
                signed_by(alice.token, alice.token, session_cookie),
                signed_by("", alice.token, "")};
    }

    /// A body that the row accepts, as B: the ground that loot is put on.
    std::string good(const Field& field) const {
        if (*field.kind == Kind::boolean) return "true";
        if (*field.kind == Kind::number) return "1";
        if (*field.name == "email") return "\"" + bob.email + "\"";
        if (*field.name == "password") return "\"" + bob.password + "\"";
        return field.redirect ? "\"/\"" : "\"text\"";
    }
    std::string body(const Endpoint& row, std::string_view replaced, const std::string& loot_text) const {
        std::string text = "{";
        const auto add = [&](std::string_view name, const std::string& value) {
            text += (text.size() > 1 ? ",\"" : "\"") + std::string{name} + "\":" + value;
        };
        for (const Field& field : row.body->fields) {
            add(*field.name, *field.name == replaced ? "\"" + loot_text + "\"" : good(field));
        }
        for (const std::string_view name : names) {
            const bool known = std::ranges::any_of(row.body->fields, [&](const Field& f) { return *f.name == name; });
            if (!known && replaced.empty()) add(name, "\"" + loot_text + "\"");
        }
        return text + "}";
    }
    /// The row with loot in each position, one position an ask.
    std::vector<Ask> asks(const Endpoint& row, const std::string& loot_text) const {
        const std::string encoded = percent_encode_component(loot_text);
        Ask plain{.method = *row.method == Method::get ? "GET" : "POST", .target = router.full_path(row)};
        plain.headers = {{"origin", std::string{own_origin}}};
        if (row.body != nullptr) {
            plain.headers.emplace_back("content-type", "application/json");
            plain.body = body(row, "none", "");
        }
        std::vector<Ask> all(3, plain);
        all[0].target += "?";
        for (const std::string_view name : names) all[0].target += std::string{name} + "=" + encoded + "&";
        for (const char* header : {"x-user-id", "x-user", "x-forwarded-user", "x-session-token", "x-auth-request-user",
                                   "x-original-url", "cookie2", "x-api-key"}) {
            all[1].headers.emplace_back(header, loot_text);
        }
        all[2].headers.emplace_back("authorization", "Bearer " + loot_text);
        if (row.query != nullptr) {
            for (const Field& field : row.query->fields) {
                all.push_back(plain);
                all.back().target += "?" + std::string{*field.name} + "=" + encoded;
            }
        }
        if (row.body == nullptr) return all;
        all.push_back(plain);
        all.back().body = body(row, "", loot_text);
        for (const Field& field : row.body->fields) {
            if (*field.kind == Kind::boolean || *field.kind == Kind::number) continue;
            all.push_back(plain);
            all.back().body = body(row, *field.name, loot_text);
        }
        return all;
    }
    void expect_nothing_of_alice(const Answer& answer, const std::string& sent, const std::string& what) {
        EXPECT_LT(answer.status, 500) << what;
        std::string text = answer.body;
        for (const auto& [name, value] : answer.headers) text += "\n" + value;
        for (const std::string& hers : {alice.name, alice.email, alice.token, alice_id, alice_session, alice_account}) {
            if (sent.find(hers) == std::string::npos) EXPECT_EQ(text.find(hers), std::string::npos) << what << text;
        }
        EXPECT_EQ(rows_of_alice(), alice_rows) << what;
        expect_her_session_as_it_was(what);
    }
    /// The cookie that B has at the end: signing in takes a new one.
    std::string attack(std::string cookie) {
        std::size_t tried = 0;
        for (const Endpoint* row : router.rows()) {
            std::vector<std::string> all = loot();
            if (*row->lane == http::Lane::hash) all.resize(5);    // ids and tokens: each costs a hash
            for (const std::string& each : all) {
                for (Ask ask : asks(*row, each)) {
                    if (!cookie.empty()) ask.headers.emplace_back("cookie", cookie);
                    if (ends_session(*row) && !cookie.empty()) continue;    // B's own end has a test of its own
                    const std::string what = ask.method + " " + ask.target + " " + ask.body;
                    expect_nothing_of_alice(client.send(ask), bytes_of_request(ask), what);
                    ++tried;
                }
            }
            if (cookie.empty() || !begins_session(*row) || client.send(get_session(cookie)).body != "null") continue;
            const std::string body = R"({"email":")" + bob.email + R"(","password":")" + bob.password + R"("})";
            cookie = client.send(post_json("/api/auth/sign-in/email", body)).cookie(session_cookie);
        }
        EXPECT_GE(tried, router.rows().size() * 3);
        return cookie;
    }
};

INSTANTIATE_TEST_SUITE_P(Kept, Isolation, testing::ValuesIn(kept_everywhere()),
                         [](const auto& info) { return info.param.name(); });

TEST_P(Isolation, ISO_05_a_stranger_with_what_is_known_of_A_reaches_nothing_of_A) { attack(""); }

TEST_P(Isolation, ISO_01_ISO_05_B_with_a_session_and_what_is_known_of_A_stays_B) {
    const std::string held = attack(bob.cookie);
    EXPECT_THAT(client.send(get_session(held)).body, testing::HasSubstr(bob.email));
}

TEST_P(Isolation, CKY_03_SES_03_As_values_in_any_cookie_open_nothing) {
    const std::string whole = percent_encode_component(signed_value());
    std::vector<std::string> cookies;
    for (const std::string& each : loot()) {
        cookies.push_back(std::string{session_cookie} + "=" + percent_encode_component(each));
        cookies.push_back(std::string{session_cookie} + "=" + each);
        cookies.push_back(cookies.back() + "; " + bob.cookie);
        cookies.push_back(bob.cookie + "; " + cookies[cookies.size() - 2]);
    }
    // The value that the server did sign for A, under every name but its own.
    for (const char* name :
         {"better-auth.session_data", "better-auth.dont_remember", "session_token", "better-auth-session_token",
          "__Secure-better-auth.session_token", "__Host-better-auth.session_token", "better-auth.session_token_multi-a",
          "better-auth.admin_session", "better-auth.two_factor", "Better-Auth.session_token",
          "better-auth.session_token.0"}) {
        cookies.push_back(std::string{name} + "=" + whole);
        cookies.push_back(bob.cookie + "; " + cookies.back());
    }
    for (const Endpoint* row : router.rows()) {
        if (*row->lane == http::Lane::hash || ends_session(*row)) continue;
        for (const std::string& cookie : cookies) {
            Ask ask{.method = *row->method == Method::get ? "GET" : "POST", .target = router.full_path(*row)};
            ask.headers = {{"origin", std::string{own_origin}}, {"cookie", cookie}};
            expect_nothing_of_alice(client.send(ask), bytes_of_request(ask), ask.target + " " + cookie);
        }
    }
    for (const std::string& cookie : cookies) {    // and nobody is signed out by it
        expect_nothing_of_alice(client.send(sign_out(cookie)), cookie, "sign-out " + cookie);
    }
    EXPECT_THAT(client.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
}

TEST_P(Isolation, CKY_03_As_signed_cookie_value_outside_of_its_cookie_authenticates_nobody) {
    for (const std::string& value : {signed_value(), percent_encode_component(signed_value()), alice.cookie}) {
        for (const Endpoint* row : router.rows()) {
            if (*row->lane == http::Lane::hash) continue;
            for (const Ask& ask : asks(*row, value)) {
                if (std::ranges::any_of(value, [](char c) { return c == '"'; })) continue;
                // The bearer plugin, on in native, is the one other place that it is for.
                const bool is_bearer = std::ranges::any_of(
                    ask.headers, [](const auto& header) { return header.first == "authorization"; });
                if (is_bearer && GetParam().native()) continue;
                expect_nothing_of_alice(client.send(ask), bytes_of_request(ask), ask.target + " with a signed value");
            }
        }
    }
}

TEST_P(Isolation, ISO_05_sign_up_takes_no_field_that_the_server_decides) {
    const std::string fields =
        R"(,"id":")" + alice_id + R"(","userId":")" + alice_id +
        R"(","emailVerified":true,"role":"admin","createdAt":"2020-01-01T00:00:00.000Z","banned":false})";
    const Answer answer =
        client.send(post_json("/api/auth/sign-up/email",
                              R"({"name":"m","email":"mallory@example.test","password":"a long password")" + fields));
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(database.one("SELECT count(*) FROM user WHERE email = 'mallory@example.test' AND emailVerified = false"),
              "1");
    EXPECT_EQ(database.one("SELECT count(*) FROM user WHERE email = 'mallory@example.test' AND (id = '" + alice_id +
                           "' OR CAST(createdAt AS text) LIKE '2020%')"),
              "0");
    EXPECT_EQ(rows_of_alice(), alice_rows);
}

TEST_P(Isolation, SES_05_B_signs_out_B_only) {
    EXPECT_EQ(client.send(sign_out(bob.cookie)).status, 200);
    EXPECT_EQ(client.send(get_session(bob.cookie)).body, "null");
    EXPECT_EQ(rows_of_alice(), alice_rows);
    EXPECT_THAT(client.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
}

}    // namespace
}    // namespace countersign

// Wrong input for every row that the router has and every field of it. Rows that are added later are attacked as well.
#include "crypto/password.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;
using http::Endpoint;
using http::Field;
using http::Kind;
using http::Media;
using http::Method;
using http::Need;

/// What a row accepts, field by field: the ground from which each case changes one thing.
std::string good_value(const Field& field) {
    if (*field.kind == Kind::boolean) return "true";
    if (*field.kind == Kind::number) return "1";
    if (*field.kind == Kind::email || *field.name == "email") return R"("nobody@example.test")";
    return field.redirect ? R"("/after")" : R"("plain text of a field")";
}

/// A body of the row in which one field has another value; "" leaves the field out.
std::string body_with(const Endpoint& row, std::string_view changed, const std::string& value) {
    std::string text = "{";
    for (const Field& field : row.body->fields) {
        const std::string& held = *field.name == changed ? value : good_value(field);
        if (held.empty()) continue;
        text += text.size() > 1 ? "," : "";
        text += "\"" + std::string{*field.name} + "\":" + held;
    }
    return text + "}";
}

std::string word_of(Kind kind) {
    return kind == Kind::boolean ? "boolean" : kind == Kind::number ? "number" : "string";
}
std::string method_text(Method method) { return method == Method::get ? "GET" : "POST"; }

class BadInput : public testing::TestWithParam<std::string> {
  protected:
    RunningApplication app{{.profile = GetParam(), .settings = std::string{without_failure_limit}}};
    http::Router router = app.router();
    Client client{app.port()};
    Person alice = sign_up(client, "alice");
    std::string before = app.everything();
    std::uint64_t hashes = crypto::hashes_done();

    Ask ask(const Endpoint& row, std::string body, const std::string& type = "application/json") const {
        Ask made{.method = method_text(*row.method), .target = router.full_path(row), .body = std::move(body)};
        if (!type.empty()) made.headers.emplace_back("content-type", type);
        return made;
    }
    /// What holds for every refusal: a clear status, a reference, no word about our inside, nothing done.
    void expect_refused(const Answer& answer, const std::string& what) {
        EXPECT_GE(answer.status, 400) << what;
        EXPECT_LT(answer.status, 500) << what << answer.body;
        expect_clean(answer, what);
        EXPECT_EQ(answer.header("set-cookie"), "absent") << what;
        EXPECT_EQ(app.everything(), before) << what;
        EXPECT_EQ(crypto::hashes_done(), hashes) << what;
    }
    static void expect_clean(const Answer& answer, const std::string& what) {
        EXPECT_NE(answer.status, 0) << what;
        EXPECT_NE(answer.status, 500) << what;
        EXPECT_EQ(answer.reference().size(), 16U) << what << answer.reference();
        for (const char* inside : {".cpp", ".hpp", "SELECT", "INSERT", "sqlite", "SQLITE", "std::", "xception", " 0x",
                                   "/tmp", "simdjson", "boost", "basic_string", "TAPE_ERROR", "errno", "what()"}) {
            EXPECT_EQ(answer.body.find(inside), std::string::npos) << what << answer.body;
        }
        if (answer.body.empty() || answer.header("content-type") != "application/json") return;
        EXPECT_TRUE(json::parse(answer.body).ok()) << what << answer.body;    // INP-04: UTF-8 among others
    }
    std::vector<const Endpoint*> rows_with_body() const {
        std::vector<const Endpoint*> rows;
        for (const Endpoint* row : router.rows()) {
            if (row->body != nullptr) rows.push_back(row);
        }
        return rows;
    }
};

INSTANTIATE_TEST_SUITE_P(Profiles, BadInput, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

TEST_P(BadInput, INP_08_a_field_of_another_type_is_refused_with_the_words_of_Better_Auth) {
    const std::pair<std::string, std::string> wrong[]{{"null", "null"},
                                                      {"1", "number"},
                                                      {"1.5e10", "number"},
                                                      {"[1]", "array"},
                                                      {"[[[]]]", "array"},
                                                      {"{}", "object"},
                                                      {R"({"$gt":""})", "object"},
                                                      {"true", "boolean"},
                                                      {"\"text\"", "string"},
                                                      {"-9223372036854775808", "number"}};
    std::size_t tried = 0;
    for (const Endpoint* row : rows_with_body()) {
        for (const Field& field : row->body->fields) {
            for (const auto& [value, kind] : wrong) {
                if (kind == word_of(*field.kind)) continue;
                const Answer answer = client.send(ask(*row, body_with(*row, *field.name, value)));
                const std::string what = std::string{*row->path} + " " + std::string{*field.name} + " " + value;
                expect_refused(answer, what);
                EXPECT_EQ(answer.status, 400) << what;
                app.clock.advance(Seconds{1});    // each in a second of its own: nothing is sampled
                ++tried;
                if (field.redirect && value != "null") {
                    EXPECT_EQ(answer.body,
                              R"({"message":"Invalid )" + std::string{*field.name} + R"(: expected a string"})");
                    EXPECT_EQ(app.cause(answer.reference()), "redirect.no_text") << what;
                    continue;
                }
                EXPECT_EQ(member(answer.body, "code"), "VALIDATION_ERROR") << what;
                EXPECT_EQ(member(answer.body, "message"), "[body." + std::string{*field.name} +
                                                              "] Invalid input: expected " + word_of(*field.kind) +
                                                              ", received " + kind)
                    << what;
                EXPECT_EQ(app.cause(answer.reference()), "request.validation") << what;
            }
        }
    }
    EXPECT_GE(tried, 100U);
}

TEST_P(BadInput, INP_08_a_required_field_that_is_absent_is_named) {
    for (const Endpoint* row : rows_with_body()) {
        for (const Field& field : row->body->fields) {
            if (*field.need == Need::optional) continue;
            const Answer answer = client.send(ask(*row, body_with(*row, *field.name, "")));
            expect_refused(answer, std::string{*field.name});
            EXPECT_EQ(member(answer.body, "message"), "[body." + std::string{*field.name} +
                                                          "] Invalid input: expected " + word_of(*field.kind) +
                                                          ", received undefined");
        }
    }
}

TEST_P(BadInput, INP_04_CSR_02_bodies_that_are_no_object_of_the_rows_type) {
    const std::string deep = std::string(20'000, '[');
    const struct {
        std::string name, body, type;
        int status;
    } table[]{
        {"not JSON", "{", "application/json", 400},
        {"two values", "{}{}", "application/json", 400},
        {"text behind", "{} x", "application/json", 400},
        {"single quotes", "{'a':1}", "application/json", 400},
        {"a comment", "{/**/}", "application/json", 400},
        {"NaN", R"({"a":NaN})", "application/json", 400},
        {"a huge number", R"({"a":1e999999})", "application/json", 400},
        {"a number of 1,000 digits", "{\"a\":" + std::string(1000, '9') + "}", "application/json", 400},
        {"a member twice", R"({"email":"a@b.co","email":"c@d.co"})", "application/json", 400},
        {"a member twice by escape", R"({"email":"a@b.co","\u0065mail":"c@d.co"})", "application/json", 400},
        {"a lone surrogate", R"({"a":"\ud800"})", "application/json", 400},
        {"an overlong form", "{\"a\":\"\xC0\xAF\"}", "application/json", 400},
        {"a byte that is no UTF-8", "{\"a\":\"\xFF\"}", "application/json", 400},
        {"a surrogate in UTF-8", "{\"a\":\"\xED\xA0\x80\"}", "application/json", 400},
        {"a raw control byte", "{\"a\":\"\x01\"}", "application/json", 400},
        {"a raw NUL", std::string("{\"a\":\"\0\"}", 9), "application/json", 400},
        {"UTF-16", std::string("{\0}\0", 4), "application/json", 400},
        {"a byte order mark", "\xEF\xBB\xBF{}", "application/json", 400},
        {"deep nesting", deep, "application/json", 400},
        {"deep and closed", std::string(33, '[') + std::string(33, ']'), "application/json", 400},
        {"an array", "[]", "application/json", 400},
        {"a text", "\"x\"", "application/json", 400},
        {"null", "null", "application/json", 400},
        {"a number", "1", "application/json", 400},
        {"no type", "{}", "", 415},
        {"plain text", "{}", "text/plain", 415},
        {"plain text that claims JSON", "{}", "text/plain; application/json", 415},
        {"many parts", "--x", "multipart/form-data; boundary=x", 415},
        {"two types", "{}", "application/json, text/plain", 415},
        {"a longer type", "{}", "application/jsonp", 415},
        {"a type with a tail", "{}", "application/json-patch+json", 415},
        {"an empty type", "{}", " ", 415},
        {"over the limit", "{\"a\":\"" + std::string(1 << 20U, 'a') + "\"}", "application/json", 413},
    };
    for (const Endpoint* row : rows_with_body()) {
        for (const auto& [name, body, type, status] : table) {
            const Answer answer = client.send(ask(*row, body, type));
            const std::string what = std::string{*row->path} + ": " + name;
            expect_refused(answer, what);
            EXPECT_EQ(answer.status, status) << what << answer.body;
            if (status == 415) EXPECT_EQ(member(answer.body, "code"), "UNSUPPORTED_MEDIA_TYPE") << what;
        }
    }
}

TEST_P(BadInput, INP_04_forms_are_as_strict_as_JSON) {
    const std::string form = "application/x-www-form-urlencoded";
    for (const Endpoint* row : rows_with_body()) {
        for (const char* body : {"email=a%40b.co&email=c%40d.co&password=x&name=y", "email=%zz", "email=%",
                                 "email=a%40b.co&password=%FF%FE&name=%FF", "name=%C0%AF&email=%ED%A0%80"}) {
            const Answer answer = client.send(ask(*row, body, form));
            const std::string what = std::string{*row->path} + ": " + body;
            expect_refused(answer, what);
            EXPECT_EQ(answer.status, row->media == Media::json_or_form ? 400 : 415) << what << answer.body;
        }
    }
}

TEST_P(BadInput, INP_07_odd_texts_in_every_field_do_no_harm) {
    const std::string odd[]{R"("'; DROP TABLE user;--")",
                            R"("\" OR \"\"=\"")",
                            R"("\u0000")",
                            R"("a\u0000b@example.test")",
                            R"("\ud83d\ude00")",
                            R"("\u202e\u0007\u001b[31m")",
                            R"("../../etc/passwd")",
                            R"("${jndi:ldap://127.0.0.1/x}")",
                            R"("%00%0d%0a")",
                            R"("__proto__")",
                            R"("<script>")",
                            "\"" + std::string(60'000, 'x') + "\""};
    for (const Endpoint* row : rows_with_body()) {
        for (const Field& field : row->body->fields) {
            if (*field.kind != Kind::string && *field.kind != Kind::email) continue;
            for (const std::string& value : odd) {
                before = app.everything();
                const Answer answer = client.send(ask(*row, body_with(*row, *field.name, value)));
                const std::string what = std::string{*field.name} + " " + value.substr(0, 60);
                expect_clean(answer, what);
                if (answer.status >= 400) EXPECT_EQ(app.everything(), before) << what;
                EXPECT_LT(answer.status, 500) << what;
                const bool taken = answer.status == 200 && *row->path == "/sign-up/email";
                if (taken) app.neighbour().run("DELETE FROM user WHERE email <> '" + alice.email + "'");
            }
        }
    }
    EXPECT_EQ(client.send(get_session(alice.cookie)).status, 200);
}

TEST_P(BadInput, PWD_02_a_password_of_any_absurd_length_is_refused_before_it_is_hashed) {
    for (const std::size_t length : {129U, 4097U, 60'000U, 1'000'000U}) {
        for (const Endpoint* row : rows_with_body()) {
            const bool has =
                std::ranges::any_of(row->body->fields, [](const Field& f) { return *f.name == "password"; });
            if (!has || *row->caller != http::Caller::anyone) continue;
            const std::string password = "\"" + std::string(length, 'p') + "\"";
            const Answer answer = client.send(ask(*row, body_with(*row, "password", password)));
            expect_refused(answer, std::to_string(length));
            EXPECT_EQ(answer.status, length < 65'000 ? 400 : 413);
            if (length < 65'000) EXPECT_EQ(member(answer.body, "code"), "PASSWORD_TOO_LONG");
        }
    }
}

TEST_P(BadInput, INP_08_odd_queries_and_bodies_on_every_row) {
    const std::string queries[]{"?",
                                "?&&&",
                                "?=",
                                "?a=%zz",
                                "?a=%FF&b=%00",
                                "?audience=%FF",
                                "?audience=",
                                "?audience[]=x",
                                "?disableRefresh=%FF",
                                "?error=%FF%00",
                                "?error_description=%C0",
                                "?" + std::string(7000, 'q'),
                                "?a=1&a=2&a=3",
                                "?$gt=1"};
    for (const Endpoint* row : router.rows()) {
        for (const std::string& query : queries) {
            Ask made = ask(*row, *row->method == Method::post ? "{}" : "");
            made.target += query;
            made.headers.emplace_back("cookie", alice.cookie);
            made.headers.emplace_back("origin", std::string{own_origin});
            if (ends_session(*row)) made.headers.pop_back();    // refused, so that alice stays
            const Answer answer = client.send(made);
            expect_clean(answer, made.target.substr(0, 80));
            EXPECT_LT(answer.status, 500) << made.target.substr(0, 80);
        }
    }
}

TEST_P(BadInput, ERR_01_methods_and_paths_that_no_row_has_are_404_without_a_word) {
    for (const Endpoint* row : router.rows()) {
        const std::string path = router.full_path(*row);
        for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"}) {
            const bool exists =
                std::ranges::any_of(router.methods_of(path), [&](Method each) { return method_text(each) == method; });
            if (exists) continue;
            const Answer answer = client.send({.method = method, .target = path});
            expect_refused(answer, method + path);
            EXPECT_EQ(answer.status, 404) << method << path;
            EXPECT_EQ(answer.body, "") << method << path;
        }
        for (const std::string& odd : {path + "/", path + "/x.css", path + ";a.js", path + "%2Fx.png", "/" + path,
                                       path + "//", "/./" + path.substr(1), path + "%00", path + "."}) {
            // Behind a parameter this is the parameter's own text, and opens nothing.
            const bool parameter = path.contains("/:") && std::ranges::count(odd, '/') == std::ranges::count(path, '/');
            const Answer answer = client.send({.method = method_text(*row->method), .target = odd});
            expect_refused(answer, odd);
            EXPECT_EQ(answer.status, parameter ? 400 : 404) << odd;
            EXPECT_EQ(answer.header("cache-control"), "no-store") << odd;    // ERR-06
        }
    }
}

}    // namespace
}    // namespace countersign

// Bodies and queries through the whole admission: the texts are those of the recorded exchanges.
#include "http/pipeline.hpp"
#include "unit/http/asked.hpp"

namespace countersign::http {
namespace {

Result<Response> run_body(Exchange& x) { return Response::json(json::write(x.body())); }

constexpr Field sign_up_fields[]{
    {.name = "name", .kind = Kind::string, .need = Need::required},
    {.name = "email", .kind = Kind::email, .need = Need::required},
    {.name = "password", .kind = Kind::string, .need = Need::required, .min_length = 1},
    {.name = "rememberMe", .kind = Kind::boolean, .need = Need::optional},
};
constexpr Shape sign_up_shape{.fields = sign_up_fields, .form = Form::object_and_record};
constexpr Field sign_in_fields[]{
    {.name = "email", .kind = Kind::string, .need = Need::required},
    {.name = "password", .kind = Kind::string, .need = Need::required},
};
constexpr Shape sign_in_shape{.fields = sign_in_fields};
constexpr Field optional_fields[]{{.name = "count", .kind = Kind::number, .need = Need::optional}};
constexpr Shape optional_shape{.fields = optional_fields, .body_need = Need::optional};
constexpr Field query_fields[]{
    {.name = "token", .kind = Kind::string, .need = Need::required, .min_length = 1},
    {.name = "callbackURL", .kind = Kind::string, .need = Need::optional},
};
constexpr Shape query_shape{.fields = query_fields};

constexpr Endpoint post_row(std::string_view path, const Shape* body, Media media, const Shape* query = nullptr) {
    return {.method = Method::post,
            .path = path,
            .caller = Caller::anyone,
            .origin = OriginRule::form,
            .limit = Limit::general(),
            .lane = Lane::inline_,
            .run = run_body,
            .summary = "s",
            .media = media,
            .body = body,
            .query = query};
}
constexpr Endpoint sign_up = post_row("/sign-up/email", &sign_up_shape, Media::json_or_form);
constexpr Endpoint sign_in = post_row("/sign-in/email", &sign_in_shape, Media::json);
constexpr Endpoint loose = post_row("/loose", &optional_shape, Media::json);
constexpr Endpoint ignored = post_row("/ignored", nullptr, Media::ignored);
constexpr Endpoint with_query = post_row("/query", nullptr, Media::ignored, &query_shape);
constexpr Endpoint with_both = post_row("/both", &sign_in_shape, Media::json, &query_shape);
constexpr const Endpoint* rows[]{&sign_up, &sign_in, &loose, &ignored, &with_query, &with_both};

struct Outcome {
    int status;
    std::string body;
    std::vector<Code> refusals;
};

Outcome send(const std::string& target, const std::optional<std::string>& type, const std::string& body) {
    Router router{"/api/auth"};
    router.add(rows);
    StepGate gate;
    Pipeline pipeline{router, gate, nullptr, {}};
    Ask ask{.method = Method::post, .target = "/api/auth" + target, .body = body};
    if (type) ask.headers.emplace_back("Content-Type", *type);
    Asked asked{std::move(ask)};
    if (pipeline.admit(asked.x()) == Next::run) pipeline.run(asked.x());
    return {asked.answer().status, asked.answer().body, gate.refusals};
}

struct Case {
    std::string_view name;
    std::string_view target;
    std::string_view body;
    std::string_view message;    // of a VALIDATION_ERROR; empty: accepted
};

const Case cases[]{
    {"everything there", "/sign-up/email", R"({"name":"D","email":"d@example.com","password":"p"})", ""},
    {"an empty name is a name", "/sign-up/email", R"({"name":"","email":"d@example.com","password":"p"})", ""},
    {"unknown members are ignored", "/sign-up/email",
     R"({"name":"D","email":"d@example.com","password":"p","role":"admin","id":1})", ""},
    {"rememberMe", "/sign-up/email", R"({"name":"D","email":"d@example.com","password":"p","rememberMe":false})", ""},
    {"no name", "/sign-up/email", R"({"email":"d@example.com","password":"p"})",
     "[body.name] Invalid input: expected string, received undefined"},
    {"no email", "/sign-up/email", R"({"name":"D","password":"p"})",
     "[body.email] Invalid input: expected string, received undefined"},
    {"no password", "/sign-up/email", R"({"name":"D","email":"d@example.com"})",
     "[body.password] Invalid input: expected string, received undefined"},
    {"empty password", "/sign-up/email", R"({"name":"D","email":"d@example.com","password":""})",
     "[body.password] Too small: expected string to have >=1 characters"},
    {"no address", "/sign-up/email", R"({"name":"D","email":"not-an-email","password":"p"})",
     "[body.email] Invalid email address"},
    {"empty object names every field in the row's order", "/sign-up/email", "{}",
     "[body.name] Invalid input: expected string, received undefined; "
     "[body.email] Invalid input: expected string, received undefined; "
     "[body.password] Invalid input: expected string, received undefined"},
    {"wrong types", "/sign-up/email", R"({"name":1,"email":true,"password":null})",
     "[body.name] Invalid input: expected string, received number; "
     "[body.email] Invalid input: expected string, received boolean; "
     "[body.password] Invalid input: expected string, received null"},
    {"object and array in place of text", "/sign-up/email", R"({"name":{},"email":["a"],"password":["p"]})",
     "[body.name] Invalid input: expected string, received object; "
     "[body.email] Invalid input: expected string, received array; "
     "[body.password] Invalid input: expected string, received array"},
    {"an array is measured like a text", "/sign-up/email", R"({"name":"D","email":"d@example.com","password":[]})",
     "[body.password] Invalid input: expected string, received array; "
     "[body.password] Too small: expected array to have >=1 items"},
    {"fraction in place of text", "/sign-in/email", R"({"email":1.5,"password":"p"})",
     "[body.email] Invalid input: expected string, received number"},
    {"text in place of a boolean", "/sign-up/email",
     R"({"name":"D","email":"d@example.com","password":"p","rememberMe":"yes"})",
     "[body.rememberMe] Invalid input: expected boolean, received string"},
    {"null in place of an optional boolean", "/sign-up/email",
     R"({"name":"D","email":"d@example.com","password":"p","rememberMe":null})",
     "[body.rememberMe] Invalid input: expected boolean, received null"},
    {"array for a body that is a record too", "/sign-up/email", "[1,2]",
     "[body] Invalid input: expected object, received array; [body] Invalid input: expected record, received array"},
    {"array for a body that is an object only", "/sign-in/email", "[]",
     "[body] Invalid input: expected object, received array"},
    {"text for a body", "/sign-in/email", R"("x")", "[body] Invalid input: expected object, received string"},
    {"null for a body", "/sign-in/email", "null", "[body] Invalid input: expected object, received null"},
    {"empty body with a type", "/sign-in/email", "", "[body] Invalid input: expected object, received undefined"},
    {"empty body of a record with a type", "/sign-up/email", "",
     "[body] Invalid input: expected object, received undefined; "
     "[body] Invalid input: expected record, received undefined"},
    {"an object where the address belongs", "/sign-in/email", R"({"email":{"$ne":null},"password":"x"})",
     "[body.email] Invalid input: expected string, received object"},
    {"an optional body may be absent", "/loose", "", ""},
    {"an optional body that is there is checked", "/loose", R"({"count":"3"})",
     "[body.count] Invalid input: expected number, received string"},
    {"integers and fractions are numbers", "/loose", R"({"count":3.5})", ""},
    {"query", "/query?token=abc&callbackURL=%2Fok", "", ""},
    {"no query", "/query", "", "[query.token] Invalid input: expected string, received undefined"},
    {"empty member of a query", "/query?token=", "", "[query.token] Too small: expected string to have >=1 characters"},
    {"body and query together, body first", "/both", "{}",
     "[body.email] Invalid input: expected string, received undefined; "
     "[body.password] Invalid input: expected string, received undefined; "
     "[query.token] Invalid input: expected string, received undefined"},
};

TEST(Validation, INP_08_says_every_issue_in_the_recorded_words) {
    for (const Case& c : cases) {
        const Outcome got = send(std::string{c.target}, "application/json", std::string{c.body});
        if (c.message.empty()) {
            EXPECT_EQ(got.status, 200) << c.name << ": " << got.body;
            EXPECT_TRUE(got.refusals.empty()) << c.name;
            continue;
        }
        std::string wanted;
        json::Writer{wanted}
            .begin_object()
            .key("message")
            .value(c.message)
            .key("code")
            .value("VALIDATION_ERROR")
            .end_object();
        EXPECT_EQ(got.status, 400) << c.name;
        EXPECT_EQ(got.body, wanted) << c.name;
        EXPECT_EQ(got.refusals, std::vector{Code::request_validation}) << c.name;
    }
}

TEST(Validation, no_body_and_no_type_is_an_undefined_body) {
    EXPECT_EQ(send("/sign-up/email", std::nullopt, "").body,
              R"({"message":"[body] Invalid input: expected object, received undefined; )"
              R"([body] Invalid input: expected record, received undefined","code":"VALIDATION_ERROR"})");
    EXPECT_EQ(send("/loose", std::nullopt, "").status, 200);
}

TEST(Validation, INP_08_every_kind_of_value_in_every_field) {
    constexpr std::pair<std::string_view, std::string_view> values[]{{"null", "null"}, {"true", "boolean"},
                                                                     {"0", "number"},  {"-1.5e3", "number"},
                                                                     {"{}", "object"}, {"[\"x\"]", "array"}};
    for (const std::string_view field : {"name", "email", "password"}) {
        for (const auto& [text, kind] : values) {
            std::string body = "{";
            for (const std::string_view other : {"name", "email", "password"}) {
                if (body.size() > 1) body += ",";
                body += "\"" + std::string{other} + "\":";
                body += other == field ? std::string{text} : std::string{"\"a@example.com\""};
            }
            const Outcome got = send("/sign-up/email", "application/json", body + "}");
            EXPECT_EQ(got.status, 400) << body;
            EXPECT_NE(got.body.find("[body." + std::string{field} + "] Invalid input: expected string, received " +
                                    std::string{kind} + "\""),
                      std::string::npos)
                << got.body;
        }
    }
}

constexpr std::string_view not_json = R"({"message":"Invalid JSON in request body","code":"BAD_REQUEST"})";

TEST(Bodies, INP_04_text_that_is_not_strict_JSON_is_refused) {
    const std::string deep = std::string(40, '[') + std::string(40, ']');
    const std::string texts[]{"{\"email\": \"x@example.com\", ",
                              "{",
                              "{} {}",
                              "{}x",
                              "{'a':1}",
                              "{\"a\":01}",
                              "{\"a\":NaN}",
                              "{\"email\":\"a\",\"email\":\"b\"}",
                              "{\"a\":{\"b\":1,\"b\":2}}",
                              "{\"a\":\"\xff\"}",
                              "{\"a\":\"\\ud800\"}",
                              "\xEF\xBB\xBF{}",
                              "{\"a\":\"line\nbreak\"}",
                              std::string{"{}\0", 3},
                              deep};
    for (const std::string& text : texts) {
        const Outcome got = send("/sign-in/email", "application/json", text);
        EXPECT_EQ(got.status, 400) << text;
        EXPECT_EQ(got.body, not_json) << text;
    }
}

struct MediaCase {
    std::string_view name;
    std::string_view target;
    std::optional<std::string> type;
    std::string_view body;
    int status;
    std::string_view message;    // empty: not looked at
};

constexpr std::string_view person = R"({"name":"D","email":"d@example.com","password":"p"})";
constexpr std::string_view person_form = "name=D&email=d%40example.com&password=p";

const MediaCase media_cases[]{
    {"JSON", "/sign-up/email", "application/json", person, 200, ""},
    {"JSON with parameters", "/sign-up/email", "application/json; charset=utf-8", person, 200, ""},
    {"JSON in other case", "/sign-up/email", "Application/JSON", person, 200, ""},
    {"JSON with a blank", "/sign-up/email", "application/json ;charset=utf-8", person, 200, ""},
    {"form", "/sign-up/email", "application/x-www-form-urlencoded", person_form, 200, ""},
    {"form for a row that takes JSON only", "/sign-in/email", "application/x-www-form-urlencoded", "email=a", 415,
     "Content-Type \"application/x-www-form-urlencoded\" is not allowed. Allowed types: application/json"},
    {"text/plain, which needs no preflight", "/sign-up/email", "text/plain", person, 415,
     "Content-Type \"text/plain\" is not allowed. Allowed types: application/x-www-form-urlencoded, application/json"},
    {"multipart", "/sign-up/email", "multipart/form-data; boundary=x", "--x--", 415,
     "Content-Type \"multipart/form-data; boundary=x\" is not allowed. "
     "Allowed types: application/x-www-form-urlencoded, application/json"},
    {"vendor JSON", "/sign-in/email", "application/vnd.api+json", person, 415,
     "Content-Type \"application/vnd.api+json\" is not allowed. Allowed types: application/json"},
    {"two types in one header", "/sign-in/email", "text/plain, application/json", person, 415,
     "Content-Type \"text/plain, application/json\" is not allowed. Allowed types: application/json"},
    {"empty type", "/sign-in/email", "", person, 415,
     "Content-Type \"\" is not allowed. Allowed types: application/json"},
    {"JSON hidden in a parameter", "/sign-in/email", "text/plain; application/json", person, 415,
     "Content-Type \"text/plain; application/json\" is not allowed. Allowed types: application/json"},
    {"no type", "/sign-up/email", std::nullopt, person, 415,
     "Content-Type is required. Allowed types: application/x-www-form-urlencoded, application/json"},
    {"a row that ignores its body", "/ignored", "text/plain", "anything", 200, ""},
    {"a row that ignores its body, without type", "/ignored", std::nullopt, "{", 200, ""},
};

TEST(Bodies, CSR_02_content_types_are_checked_before_the_body_is_read) {
    for (const MediaCase& c : media_cases) {
        const Outcome got = send(std::string{c.target}, c.type, std::string{c.body});
        EXPECT_EQ(got.status, c.status) << c.name << ": " << got.body;
        if (c.status != 415) continue;
        std::string wanted;
        json::Writer{wanted}
            .begin_object()
            .key("message")
            .value(c.message)
            .key("code")
            .value("UNSUPPORTED_MEDIA_TYPE")
            .end_object();
        EXPECT_EQ(got.body, wanted) << c.name;
        EXPECT_EQ(got.refusals, std::vector{Code::request_media_type}) << c.name;
    }
}

struct FormCase {
    std::string_view name;
    std::string_view form;
    int status;
    std::string_view body;
};

const FormCase form_cases[]{
    {"texts stay texts", "name=5&email=d%40example.com&password=true", 200,
     R"({"name":"5","email":"d@example.com","password":"true"})"},
    {"booleans of the row", "name=D&email=d%40example.com&password=p&rememberMe=false", 200,
     R"({"name":"D","email":"d@example.com","password":"p","rememberMe":false})"},
    {"no boolean", "name=D&email=d%40example.com&password=p&rememberMe=yes", 400,
     R"({"message":"[body.rememberMe] Invalid input: expected boolean, received string","code":"VALIDATION_ERROR"})"},
    {"blanks and escapes", "name=Ada+L%C3%B6w&email=d%40example.com&password=a%2Bb%26c", 200,
     R"({"name":"Ada Löw","email":"d@example.com","password":"a+b&c"})"},
    {"a field twice", "name=D&email=a%40example.com&email=b%40example.com&password=p", 400, not_json},
    {"broken escape", "name=%zz&email=d%40example.com&password=p", 400, not_json},
    {"a field is absent", "name=D&email=d%40example.com", 400,
     R"({"message":"[body.password] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"})"},
};

TEST(Bodies, INP_04_forms_are_read_like_objects) {
    for (const FormCase& c : form_cases) {
        const Outcome got = send("/sign-up/email", "application/x-www-form-urlencoded", std::string{c.form});
        EXPECT_EQ(got.status, c.status) << c.name;
        EXPECT_EQ(got.body, c.body) << c.name;
    }
    std::string many;
    for (int i = 0; i < 101; ++i) many += "f" + std::to_string(i) + "=1&";
    EXPECT_EQ(send("/sign-up/email", "application/x-www-form-urlencoded", many).body, not_json);
}

TEST(Queries, a_query_that_cannot_be_read_is_refused) {
    EXPECT_EQ(send("/query?token=%zz", std::nullopt, "").status, 400);
    std::string many = "/query?token=a";
    for (int i = 0; i < 101; ++i) many += "&x=1";
    EXPECT_EQ(send(many, std::nullopt, "").status, 400);
    EXPECT_EQ(send("/query?token=a+b%26c", std::nullopt, "").status, 200);
}

TEST(Bodies, ERR_01_a_refusal_repeats_nothing_that_the_client_put_into_fields) {
    const Outcome got =
        send("/sign-up/email", "application/json", R"({"name":"<b>canary</b>","email":"canary@","password":"canary"})");
    EXPECT_EQ(got.status, 400);
    EXPECT_EQ(got.body.find("canary"), std::string::npos);
}

}    // namespace
}    // namespace countersign::http

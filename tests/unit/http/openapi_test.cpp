#include "http/openapi.hpp"

#include "unit/http/asked.hpp"

namespace countersign::http {
namespace {

Result<Response> run_nothing(Exchange&) { return Response::empty(204); }

constexpr Field body_fields[]{
    {.name = "email", .kind = Kind::email, .need = Need::required},
    {.name = "password", .kind = Kind::string, .need = Need::required, .min_length = 8},
    {.name = "rememberMe", .kind = Kind::boolean, .need = Need::optional},
    {.name = "size", .kind = Kind::number, .need = Need::optional},
};
constexpr Shape body_shape{.fields = body_fields};
constexpr Field query_fields[]{{.name = "token", .kind = Kind::string, .need = Need::required}};
constexpr Shape query_shape{.fields = query_fields};
constexpr Shape loose_shape{.fields = body_fields, .body_need = Need::optional};

constexpr Endpoint row(Method method, std::string_view path, Caller caller, OriginRule origin) {
    return {.method = method,
            .path = path,
            .caller = caller,
            .origin = origin,
            .limit = Limit::general(),
            .lane = Lane::inline_,
            .run = run_nothing,
            .summary = "says \"hello\""};
}
constexpr Endpoint sign_in = [] {
    Endpoint made = row(Method::post, "/sign-in", Caller::anyone, OriginRule::form);
    made.media = Media::json_or_form;
    made.body = &body_shape;
    return made;
}();
constexpr Endpoint change = [] {
    Endpoint made = row(Method::post, "/change", Caller::fresh_session, OriginRule::trusted_only);
    made.body = &loose_shape;
    return made;
}();
constexpr Endpoint verify = [] {
    Endpoint made = row(Method::get, "/verify", Caller::session_if_any, OriginRule::safe_method);
    made.query = &query_shape;
    return made;
}();
constexpr Endpoint session_get = row(Method::get, "/session", Caller::session, OriginRule::safe_method);
constexpr Endpoint session_delete =
    row(Method::delete_, "/session", Caller::authoritative_session, OriginRule::trusted_only);
constexpr Endpoint page = [] {
    Endpoint made = row(Method::get, "/", Caller::anyone, OriginRule::safe_method);
    made.mount = Mount::root;
    return made;
}();
constexpr const Endpoint* rows[]{&sign_in, &change, &verify, &session_get, &session_delete, &page};

json::Value document() {
    Router router{"/api/auth"};
    router.add(rows);
    auto parsed = json::parse(openapi_document(router, {.server_url = "https://id.example"}));
    EXPECT_TRUE(parsed.ok());
    return parsed.ok() ? *std::move(parsed) : json::Value{};
}

/// Follows member names and array positions; null where the way ends.
const json::Value* at(const json::Value& root, std::initializer_list<std::string_view> way) {
    const json::Value* here = &root;
    for (const std::string_view step : way) {
        const json::Array* array = here->as_array();
        const bool first = array != nullptr && step == "0" && !array->empty();
        here = first ? &array->front() : here->find(step);
        if (here == nullptr) return nullptr;
    }
    return here;
}
std::string text_at(const json::Value& root, std::initializer_list<std::string_view> way) {
    const json::Value* found = at(root, way);
    return found == nullptr ? "absent" : json::write(*found);
}

TEST(OpenApi, lists_every_row_below_the_base_path_and_nothing_else) {
    const json::Value whole = document();
    EXPECT_EQ(text_at(whole, {"openapi"}), "\"3.1.0\"");
    EXPECT_EQ(text_at(whole, {"servers", "0", "url"}), "\"https://id.example\"");
    const json::Value* paths = at(whole, {"paths"});
    ASSERT_NE(paths, nullptr);
    std::vector<std::string> operations;
    for (const auto& [path, item] : *paths->as_object()) {
        for (const auto& [method, operation] : *item.as_object()) operations.push_back(method + " " + path);
    }
    std::ranges::sort(operations);
    EXPECT_EQ(operations,
              (std::vector<std::string>{"delete /api/auth/session", "get /api/auth/session", "get /api/auth/verify",
                                        "post /api/auth/change", "post /api/auth/sign-in"}));
}

TEST(OpenApi, says_what_a_row_says) {
    const json::Value whole = document();
    const json::Value* form = at(whole, {"paths", "/api/auth/sign-in", "post"});
    ASSERT_NE(form, nullptr);
    EXPECT_EQ(text_at(*form, {"summary"}), R"("says \"hello\"")");
    EXPECT_EQ(text_at(*form, {"requestBody", "required"}), "true");
    for (const std::string_view media : {"application/json", "application/x-www-form-urlencoded"}) {
        EXPECT_EQ(text_at(*form, {"requestBody", "content", media, "schema"}),
                  R"({"type":"object","properties":{"email":{"type":"string","format":"email"},)"
                  R"("password":{"type":"string","minLength":8},"rememberMe":{"type":"boolean"},)"
                  R"("size":{"type":"number"}},"required":["email","password"]})")
            << media;
    }
    EXPECT_EQ(text_at(*form, {"security"}), "absent");
    EXPECT_NE(at(*form, {"responses", "400"}), nullptr);
    EXPECT_NE(at(*form, {"responses", "403"}), nullptr);
    EXPECT_EQ(at(*form, {"responses", "401"}), nullptr);

    const json::Value* owned = at(whole, {"paths", "/api/auth/change", "post"});
    ASSERT_NE(owned, nullptr);
    EXPECT_EQ(text_at(*owned, {"security"}), R"([{"session":[]}])");
    EXPECT_EQ(text_at(*owned, {"requestBody", "required"}), "false");
    EXPECT_EQ(text_at(*owned, {"requestBody", "content", "application/x-www-form-urlencoded"}), "absent");
    EXPECT_NE(at(*owned, {"responses", "401"}), nullptr);

    const json::Value* link = at(whole, {"paths", "/api/auth/verify", "get"});
    ASSERT_NE(link, nullptr);
    EXPECT_EQ(text_at(*link, {"parameters"}),
              R"([{"name":"token","in":"query","required":true,"schema":{"type":"string"}}])");
    EXPECT_EQ(text_at(*link, {"security"}), "absent");    // a session is looked at, not asked for
    EXPECT_EQ(text_at(*link, {"requestBody"}), "absent");
    EXPECT_EQ(at(*link, {"responses", "403"}), nullptr);
}

TEST(OpenApi, the_scheme_that_rows_name_is_declared) {
    const json::Value whole = document();
    EXPECT_EQ(text_at(whole, {"components", "securitySchemes", "session", "type"}), "\"apiKey\"");
    EXPECT_EQ(text_at(whole, {"components", "securitySchemes", "session", "in"}), "\"cookie\"");
}

}    // namespace
}    // namespace countersign::http

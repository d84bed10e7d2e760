#include "http/router.hpp"

namespace countersign::http {
namespace {

Result<Response> run_nothing(Exchange&) { return Response::empty(204); }

constexpr Endpoint row(Method method, std::string_view path, Mount mount = Mount::base_path) {
    return {.method = method,
            .path = path,
            .caller = Caller::anyone,
            .origin = OriginRule::safe_method,
            .limit = Limit::general(),
            .lane = Lane::inline_,
            .run = run_nothing,
            .summary = "s",
            .mount = mount};
}

constexpr Endpoint get_session = row(Method::get, "/get-session");
constexpr Endpoint post_session = row(Method::post, "/get-session");
constexpr Endpoint sign_in = row(Method::post, "/sign-in/email");
constexpr Endpoint page = row(Method::get, "/", Mount::root);
constexpr Endpoint link = row(Method::get, "/reset/:token");
constexpr Endpoint fixed = row(Method::get, "/reset/own");
constexpr const Endpoint* rows[]{&get_session, &post_session, &sign_in, &page, &link, &fixed};

// A row that says nothing about one of these does not compile (STYLE §10).
static_assert(!std::is_default_constructible_v<Given<Caller>>);
static_assert(!std::is_default_constructible_v<Given<OriginRule>>);
static_assert(!std::is_default_constructible_v<Endpoint>);
static_assert(!std::is_default_constructible_v<Field>);

Router router() {
    Router made{"/api/auth"};
    made.add(rows);
    return made;
}

struct Case {
    std::string_view name;
    Method method;
    std::string_view path;
    const Endpoint* found;
};

// ENU-10, ERR-06: one spelling of a path, so that limits, rules and caches in front see the same one.
const Case cases[]{
    {"GET of a row", Method::get, "/api/auth/get-session", &get_session},
    {"POST of the same path is another row", Method::post, "/api/auth/get-session", &post_session},
    {"a path with a slash inside", Method::post, "/api/auth/sign-in/email", &sign_in},
    {"a root row is not below the base path", Method::get, "/", &page},
    {"no root row below the base path", Method::get, "/api/auth/", nullptr},
    {"other method", Method::get, "/api/auth/sign-in/email", nullptr},
    {"PUT", Method::put, "/api/auth/sign-in/email", nullptr},
    {"HEAD is no GET", Method::head, "/api/auth/get-session", nullptr},
    {"OPTIONS is no row", Method::options, "/api/auth/get-session", nullptr},
    {"unknown method", Method::other, "/api/auth/get-session", nullptr},
    {"bare base path", Method::get, "/api/auth", nullptr},
    {"without the base path", Method::get, "/get-session", nullptr},
    {"trailing slash", Method::get, "/api/auth/get-session/", nullptr},
    {"doubled slash in front", Method::get, "//api/auth/get-session", nullptr},
    {"doubled slash inside", Method::get, "/api/auth//get-session", nullptr},
    {"dot segment", Method::get, "/api/auth/./get-session", nullptr},
    {"dot dot segment", Method::get, "/api/auth/x/../get-session", nullptr},
    {"other case", Method::get, "/api/auth/Get-Session", nullptr},
    {"other case of the base path", Method::get, "/API/auth/get-session", nullptr},
    {"percent-encoded letter", Method::get, "/api/auth/get%2Dsession", nullptr},
    {"percent-encoded slash", Method::post, "/api/auth/sign-in%2femail", nullptr},
    {"suffix for a cache", Method::get, "/api/auth/get-session/x.css", nullptr},
    {"path parameter", Method::get, "/api/auth/get-session;.js", nullptr},
    {"prefix of a row", Method::get, "/api/auth/get-sessio", nullptr},
    {"blank at the end", Method::get, "/api/auth/get-session ", nullptr},
    {"empty path", Method::get, "", nullptr},
    {"a segment for a parameter", Method::get, "/api/auth/reset/abc", &link},
    {"the exact path goes before the pattern", Method::get, "/api/auth/reset/own", &fixed},
    {"a parameter is kept as it is", Method::get, "/api/auth/reset/%2F", &link},
    {"a parameter that is not there", Method::get, "/api/auth/reset/", nullptr},
    {"no segment for the parameter", Method::get, "/api/auth/reset", nullptr},
    {"two segments for one parameter", Method::get, "/api/auth/reset/a/b", nullptr},
    {"slash behind a parameter", Method::get, "/api/auth/reset/a/", nullptr},
    {"other method of a pattern", Method::post, "/api/auth/reset/abc", nullptr},
    {"other case before a parameter", Method::get, "/api/auth/Reset/abc", nullptr},
};

TEST(Router, tells_what_stands_in_the_place_of_a_parameter) {
    const Router made = router();
    EXPECT_EQ(made.parameter_of(link, "/api/auth/reset/abc"), "abc");
    EXPECT_EQ(made.parameter_of(link, "/api/auth/reset/:token"), ":token");
    EXPECT_EQ(made.parameter_of(link, "/api/auth/reset/"), std::nullopt);
    EXPECT_EQ(made.parameter_of(fixed, "/api/auth/reset/own"), std::nullopt);
    EXPECT_EQ(made.methods_of("/api/auth/reset/abc"), std::vector{Method::get});
    EXPECT_TRUE(made.methods_of("/api/auth/reset/a/b").empty());
}

TEST(Router, ENU_10_ERR_06_takes_the_exact_method_and_path_only) {
    const Router made = router();
    for (const Case& c : cases) EXPECT_EQ(made.find(c.method, c.path), c.found) << c.name;
}

TEST(Router, CSR_08_lists_the_methods_of_a_path) {
    const Router made = router();
    EXPECT_EQ(made.methods_of("/api/auth/get-session"), (std::vector{Method::get, Method::post}));
    EXPECT_EQ(made.methods_of("/api/auth/sign-in/email"), std::vector{Method::post});
    EXPECT_TRUE(made.methods_of("/api/auth/none").empty());
}

TEST(Router, rows_have_a_position_and_a_full_path) {
    const Router made = router();
    ASSERT_EQ(made.rows().size(), std::size(rows));
    for (std::size_t i = 0; i < std::size(rows); ++i) EXPECT_EQ(made.index_of(*rows[i]), i);
    EXPECT_EQ(made.full_path(sign_in), "/api/auth/sign-in/email");
    EXPECT_EQ(made.full_path(page), "/");
}

TEST(RouterDeathTest, two_rows_of_one_method_and_path_are_a_mistake_of_ours) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Router made = router();
    constexpr static Endpoint again = row(Method::get, "/get-session");
    EXPECT_DEATH(made.add(again), "");
}

TEST(Router, INP_05_look_up_time_does_not_depend_on_what_clients_ask_for) {
    const Router made = router();
    for (int i = 0; i < 1'000; ++i) EXPECT_EQ(made.find(Method::get, "/x" + std::to_string(i)), nullptr);
    EXPECT_EQ(made.rows().size(), std::size(rows));    // nothing that was asked for has been kept
}

}    // namespace
}    // namespace countersign::http

#include "unit/http/asked.hpp"

namespace countersign::http {
namespace {

TEST(Message, header_names_are_compared_without_case) {
    const Asked asked{{.headers = {{"Content-Type", "a"}, {"X-A", "1"}, {"x-a", "2"}, {"X-Ab", "3"}}}};
    EXPECT_EQ(asked.request().header("content-type"), "a");
    EXPECT_EQ(asked.request().header("x-A"), "1");    // the first one
    EXPECT_EQ(asked.request().count("x-a"), 2U);
    EXPECT_EQ(asked.request().count("x-abc"), 0U);
    EXPECT_EQ(asked.request().header(""), std::nullopt);
}

TEST(Message, answers_have_their_status_and_type) {
    EXPECT_EQ(Response::json("{}").content_type, "application/json");
    EXPECT_EQ(Response::json("{}", 422).status, 422);
    EXPECT_TRUE(Response::empty(204).content_type.empty());
    const Response moved = Response::redirect("/next");
    EXPECT_EQ(moved.status, 302);    // 307 and 308 would send a password on (RDR-07)
    ASSERT_EQ(moved.headers.size(), 1U);
    EXPECT_EQ(moved.headers[0].first, "location");
    EXPECT_EQ(moved.headers[0].second, "/next");
    EXPECT_TRUE(moved.body.empty());
    EXPECT_EQ(Response::defer(Lane::hash).defer_to, Lane::hash);
}

TEST(Exchange, INP_08_members_are_given_in_their_own_type_only) {
    Asked asked{{}};
    Exchange& x = asked.x();
    EXPECT_EQ(x.text("name"), std::nullopt);    // no body yet
    x.set_body(json::Value{json::Object{{"name", json::Value{std::string{"Ada"}}},
                                        {"on", json::Value{true}},
                                        {"count", json::Value{std::int64_t{3}}},
                                        {"none", json::Value{}}}});
    x.set_query({{"token", "first"}, {"token", "second"}, {"empty", ""}});
    EXPECT_EQ(x.text("name"), "Ada");
    EXPECT_EQ(x.text("on"), std::nullopt);
    EXPECT_EQ(x.text("none"), std::nullopt);
    EXPECT_EQ(x.flag("on"), true);
    EXPECT_EQ(x.flag("name"), std::nullopt);
    EXPECT_EQ(x.flag("count"), std::nullopt);
    EXPECT_EQ(x.query("token"), "first");
    EXPECT_EQ(x.query("empty"), "");
    EXPECT_EQ(x.query("Token"), std::nullopt);
}

TEST(Exchange, nobody_is_the_caller_until_the_gate_says_so) {
    Asked asked{{}};
    EXPECT_FALSE(asked.x().has_actor());
    EXPECT_FALSE(asked.x().caller_refusal().has_value());
    EXPECT_EQ(asked.x().caller_state<CallerState>(), nullptr);
    asked.x().set_no_caller(AuthError{Code::session_expired});
    EXPECT_FALSE(asked.x().has_actor());
    ASSERT_TRUE(asked.x().caller_refusal().has_value());
    EXPECT_EQ(asked.x().caller_refusal()->code(), Code::session_expired);
}

}    // namespace
}    // namespace countersign::http

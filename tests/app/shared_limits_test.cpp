// Request limits whose counts stand in the database, over the whole application.
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

Wanted counting_in_the_database(const AnyDatabase* database = nullptr) {
    return {.profile = "better-auth",
            .settings =
                "rateLimit.enabled = true\nrateLimit.storage = \"database\"\n"
                "rateLimit.customRules.\"/list-sessions\" = { window = 3600, max = 3 }\n",
            .database = database};
}
const Ask limited{.target = "/api/auth/list-sessions"};

TEST(SharedLimits, ENU_11_a_server_that_takes_over_goes_on_counting) {
    const AnyDatabase database{kind_of_tests()};
    {
        const RunningApplication first{counting_in_the_database(&database)};
        Client client{first.port()};
        for (int i = 0; i < 2; ++i) EXPECT_EQ(client.send(limited).status, 401);
    }
    const RunningApplication second{counting_in_the_database(&database)};
    Client client{second.port()};
    EXPECT_EQ(client.send(limited).status, 401) << "the third";
    const Answer refused = client.send(limited);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.header("x-retry-after"), "3600");
    EXPECT_EQ(refused.header("retry-after"), "3600");
    EXPECT_EQ(client.send({.target = "/api/auth/get-session"}).status, 200) << "another path";
}

TEST(SharedLimits, ENU_11_one_server_sees_at_once_what_another_has_counted) {
    const RunningApplication app{counting_in_the_database()};
    Neighbour neighbour = app.neighbour();
    Client client{app.port()};
    EXPECT_EQ(client.send(limited).status, 401);
    neighbour.run("UPDATE rateLimit SET count = 3 WHERE \"key\" = '127.0.0.1|/list-sessions'");
    EXPECT_EQ(client.send(limited).status, 429);
    neighbour.run("DELETE FROM rateLimit");
    EXPECT_EQ(client.send(limited).status, 401);
}

TEST(SharedLimits, handlers_run_in_their_lanes_behind_the_count) {
    const RunningApplication app{counting_in_the_database()};
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    EXPECT_THAT(client.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
    EXPECT_EQ(client.send(sign_out(alice.cookie)).status, 200);
    EXPECT_EQ(client.send(get_session(alice.cookie)).body, "null");
}

TEST(SharedLimits, ENU_11_without_its_table_what_has_a_rule_is_closed_and_the_rest_limited_here) {
    const RunningApplication app{counting_in_the_database()};
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    app.neighbour().run("DROP TABLE rateLimit");
    const Answer closed = client.send(limited);
    EXPECT_EQ(closed.status, 503);
    EXPECT_EQ(closed.header("retry-after"), "1");
    EXPECT_EQ(app.cause(closed.reference()), "storage.unavailable");
    for (int i = 0; i < 100; ++i) ASSERT_THAT(client.send(get_session(alice.cookie)).body, testing::HasSubstr("user"));
    EXPECT_EQ(client.send(get_session(alice.cookie)).status, 429);
}

TEST(SharedLimits, the_table_is_there_only_where_it_is_used) {
    const auto has_it = [](const RunningApplication& app) {
        const auto tables = app.neighbour().run(app.database().tables_query());
        return std::ranges::find(tables, "rateLimit") != tables.end();
    };
    EXPECT_FALSE(has_it(RunningApplication{{.settings = "rateLimit.enabled = true\n"}}));
    EXPECT_TRUE(has_it(RunningApplication{counting_in_the_database()}));
}

}    // namespace
}    // namespace countersign

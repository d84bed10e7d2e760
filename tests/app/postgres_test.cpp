// The whole application beside a PostgreSQL that leaves it alone: refusals while it is gone, no loop that waits for it,
// and everything as before once it is back.
#include <thread>

#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

class ApplicationOnPostgres : public testing::TestWithParam<std::string> {
  protected:
    Answer sign_in(Client& client, const Person& who) {
        return client.send(post_json("/api/auth/sign-in/email",
                                     R"({"email":")" + who.email + R"(","password":")" + who.password + R"("})"));
    }
    static void expect_unavailable(const Answer& answer, const std::string& what) {
        EXPECT_EQ(answer.status, 503) << what << answer.body;
        EXPECT_EQ(answer.header("retry-after"), "1") << what;
        EXPECT_EQ(answer.header("set-cookie"), "absent") << what;
    }

    PostgresServer server_;
    std::optional<AnyDatabase> database_{std::in_place, server_};
    std::optional<RunningApplication> app_{std::in_place, Wanted{.profile = GetParam(), .database = &*database_}};
};
INSTANTIATE_TEST_SUITE_P(Profiles, ApplicationOnPostgres, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

TEST_P(ApplicationOnPostgres, ERR_07_while_the_server_is_gone_nobody_is_signed_in_or_out_and_nobody_starts_us_again) {
    Client client{app_->port()};
    const Person alice = sign_up(client, "alice");
    ASSERT_THAT(client.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
    server_.control("-m fast stop");
    expect_unavailable(client.send(get_session(alice.cookie)), "get-session");
    expect_unavailable(sign_in(client, alice), "sign-in");
    expect_unavailable(client.send(sign_out(alice.cookie)), "sign-out");
    EXPECT_EQ(client.send({.target = "/api/auth/ok"}).status, 200);
    server_.control("start");
    EXPECT_TRUE(eventually([&] { return client.send(get_session(alice.cookie)).status == 200; }));
    EXPECT_THAT(client.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
    EXPECT_TRUE(eventually([&] { return sign_in(client, alice).status == 200; }));
    EXPECT_EQ(client.send(sign_out(alice.cookie)).status, 200);
    EXPECT_EQ(client.send(get_session(alice.cookie)).body, "null");
}

TEST_P(ApplicationOnPostgres, INP_07_a_text_that_the_database_has_no_cell_for_is_the_fault_of_the_request) {
    Client client{app_->port()};
    const Answer answer = client.send(post_json(
        "/api/auth/sign-up/email", R"({"name":"a\u0000b","email":"a@example.test","password":"a long password"})"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(app_->cause(answer.reference()), "storage.value");
    EXPECT_EQ(database_->one("SELECT count(*) FROM user"), "0");
}

TEST_P(ApplicationOnPostgres, no_loop_waits_for_the_database) {
    Client client{app_->port()};
    const Person alice = sign_up(client, "alice");
    std::vector<std::unique_ptr<Client>> waiting, others;
    for (int i = 0; i < 8; ++i) {    // over both loops
        waiting.push_back(std::make_unique<Client>(app_->port()));
        others.push_back(std::make_unique<Client>(app_->port()));
    }
    Neighbour neighbour = database_->neighbour();
    neighbour.run("BEGIN; LOCK TABLE session IN ACCESS EXCLUSIVE MODE");
    for (const auto& one : waiting) one->put(bytes_of_request(get_session(alice.cookie)));
    EXPECT_TRUE(eventually([&] {    // how many of them share a burst is not ours to say
        return database_->one(
                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                   "application_name = 'countersign'") != "0";
    }));
    for (const auto& one : others) EXPECT_EQ(one->send({.target = "/api/auth/ok"}).status, 200);
    neighbour.run("COMMIT");
    // Had a loop waited, its others would have been answered only after the look-ups had been given up.
    for (const auto& one : waiting) EXPECT_THAT(one->read().body, testing::HasSubstr(alice.email));
}

TEST_P(ApplicationOnPostgres, ISO_01_of_many_look_ups_at_once_each_caller_gets_its_own) {
    constexpr std::size_t people = 6, connections = 48;
    std::vector<Person> persons;
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < connections; ++i) clients.push_back(std::make_unique<Client>(app_->port()));
    for (std::size_t i = 0; i < people; ++i) persons.push_back(sign_up(*clients[i], "person" + std::to_string(i)));
    for (std::size_t round = 0; round < 25; ++round) {
        const auto asks_as = [&](std::size_t i) { return (i * 5 + round) % (people + 1); };    // one of them is nobody
        for (std::size_t i = 0; i < connections; ++i) {
            const std::size_t who = asks_as(i);
            clients[i]->put(bytes_of_request(get_session(who == people ? "a=b" : persons[who].cookie)));
        }
        for (std::size_t i = 0; i < connections; ++i) {
            const Answer answer = clients[i]->read();
            const std::size_t who = asks_as(i);
            ASSERT_EQ(answer.status, 200) << answer.body;
            if (who == people) {
                EXPECT_EQ(answer.body, "null");
                continue;
            }
            EXPECT_THAT(answer.body, testing::HasSubstr(persons[who].email));
        }
    }
}

TEST_P(ApplicationOnPostgres, SES_05_what_one_server_ended_no_other_accepts) {
    const RunningApplication second{{.profile = GetParam(), .database = &*database_}};
    Client one{app_->port()}, other{second.port()};
    const Person alice = sign_up(one, "alice");
    for (int i = 0; i < 10; ++i) {
        const Answer in = sign_in(one, alice);
        ASSERT_EQ(in.status, 200) << in.body;
        const std::string cookie = in.cookie(session_cookie);
        EXPECT_THAT(other.send(get_session(cookie)).body, testing::HasSubstr(alice.email));
        EXPECT_EQ(other.send(sign_out(cookie)).status, 200);
        EXPECT_EQ(one.send(get_session(cookie)).body, "null");
    }
}

TEST_P(ApplicationOnPostgres, ERR_07_cuts_under_load_are_503_or_done) {
    app_.reset();
    app_.emplace(
        Wanted{.profile = GetParam(), .settings = std::string{without_failure_limit}, .database = &*database_});
    Client client{app_->port()};
    const Person alice = sign_up(client, "alice");
    std::atomic<bool> done{false};
    std::atomic<int> odd{0}, served{0}, refused{0};
    std::thread cutter{[&] {
        PlainPostgres administrator{server_.url("postgres")};
        while (!done)
            administrator.run(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign'");
    }};
    std::vector<std::thread> load;
    for (int t = 0; t < 4; ++t) {
        load.emplace_back([&, t] {
            Client own{app_->port()};
            for (int i = 0; i < 40; ++i) {
                const Answer answer =
                    i % 4 == 3 ? own.send(post_json("/api/auth/sign-up/email",
                                                    R"({"name":"n","email":"u)" + std::to_string(t * 100 + i) +
                                                        R"(@example.test","password":"a long password"})"))
                               : own.send(get_session(alice.cookie));
                if (answer.status == 200) ++served;
                if (answer.status == 503 && answer.header("retry-after") == "1") ++refused;
                const bool fine = answer.status == 503 || (answer.status == 200 && answer.body != "null");
                if (!fine) ++odd;
            }
        });
    }
    for (std::thread& one : load) one.join();
    done = true;
    cutter.join();
    EXPECT_EQ(odd, 0) << "neither done nor refused";
    EXPECT_EQ(served + refused, 160);
    EXPECT_TRUE(eventually([&] { return client.send(get_session(alice.cookie)).status == 200; }));
    EXPECT_THAT(client.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
}

}    // namespace
}    // namespace countersign

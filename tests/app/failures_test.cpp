// Wrong passwords over the whole application: who is told, who waits, who is let in, and that nobody learns who has an
// account.
#include <latch>
#include <thread>

#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

constexpr std::string_view device_cookie = "better-auth.known_device";
constexpr std::string_view wrong = "a wrong horse battery";

/// Our client speaks for others, as a listed proxy.
std::string settings_with(const std::string& more) {
    return "advanced.ipAddress.trustedProxies = [\"127.0.0.1\"]\n" + more;
}

/// Whence; without network it is one that never asked before.
struct From {
    std::string network = {};
    std::string cookie = {};
};

class FailureRequests : public testing::TestWithParam<std::string> {
  protected:
    Answer post(const std::string& path, std::string body, const From& from) {
        const std::string network = from.network.empty() ? "198.18.0." + std::to_string(++networks_) : from.network;
        Headers headers{{"x-forwarded-for", network}, {"origin", std::string{own_origin}}};
        if (!from.cookie.empty()) headers.emplace_back("cookie", from.cookie);
        return client.send(post_json("/api/auth" + path, std::move(body), headers));
    }
    Answer sign_in(const std::string& email, std::string_view password, const From& from = {}) {
        return post("/sign-in/email", R"({"email":")" + email + R"(","password":")" + std::string{password} + "\"}",
                    from);
    }
    /// All that a client sees of it but what is different each time.
    static std::string text_of(const Answer& answer) {
        std::string text = std::to_string(answer.status);
        for (const auto& [name, value] : answer.headers) {
            if (name != "x-request-id" && name != "date") text += "\n" + name + ": " + value;
        }
        return text + "\n" + answer.body;
    }
    void wait_for(const Answer& answer) {
        const std::string seconds = answer.header("retry-after");
        if (seconds != "absent") app.clock.advance(Seconds{std::stoi(seconds)});
    }

    json::Array messages() {
        const Answer answer = client.send({.target = "/dev/inbox.json"});
        auto read = json::parse(answer.body);
        return read.ok() && read->as_array() != nullptr ? *read->as_array() : json::Array{};
    }
    /// To whom messages of a kind went, newest first.
    std::vector<std::string> inbox(std::string_view kind) {
        std::vector<std::string> to;
        for (const json::Value& message : messages()) {
            if (RunningApplication::text_of(message, "kind") == kind)
                to.push_back(RunningApplication::text_of(message, "to"));
        }
        return to;
    }
    std::string newest_token() {
        for (const json::Value& message : messages()) {
            if (const std::string token = RunningApplication::text_of(message, "token"); !token.empty()) return token;
        }
        return "no token";
    }

    RunningApplication app{{.profile = GetParam(),
                            .settings = settings_with("failureLimit.accountStop = 8\nmail.transport = \"capture\"\n"
                                                      "emailAndPassword.sendResetPassword = true\n"
                                                      "user.deleteUser.enabled = true\n")}};
    Client client{app.port()};
    Person alice = sign_up(client, "alice");
    int networks_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Profiles, FailureRequests, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

TEST_P(FailureRequests, ENU_01_ENU_07_ENU_12_known_and_unknown_get_the_same_bytes_at_every_count) {
    std::vector<int> seen;
    for (int count = 1; count <= 8; ++count) {
        const Answer known = sign_in(alice.email, wrong), unknown = sign_in("nobody@example.test", wrong);
        seen.push_back(known.status);
        EXPECT_EQ(text_of(known), text_of(unknown)) << count;
        EXPECT_EQ(app.cause(known.reference()), "login.password") << count;
        EXPECT_EQ(app.cause(unknown.reference()), "login.unknown") << count;
        if (count < 5 || count == 8) continue;
        const Answer early = sign_in(alice.email, wrong), right = sign_in(alice.email, alice.password);
        EXPECT_EQ(early.status, 429) << count;
        EXPECT_EQ(text_of(early), text_of(sign_in("nobody@example.test", wrong))) << count;
        EXPECT_EQ(text_of(early), text_of(right)) << count << ": not even a right one is told";
        EXPECT_EQ(early.header("retry-after"), std::to_string(2 << (count - 5)));
        EXPECT_EQ(early.header("x-retry-after"), early.header("retry-after"));
        EXPECT_EQ(app.cause(early.reference()), "login.limited");
        wait_for(early);
    }
    EXPECT_EQ(seen, std::vector<int>(8, 401));
    app.clock.advance(Seconds{30 * 86'400});
    const Answer right = sign_in(alice.email, alice.password);
    EXPECT_EQ(right.status, 429) << right.body;
    EXPECT_EQ(text_of(right), text_of(sign_in("nobody@example.test", wrong)));
}

TEST_P(FailureRequests, ENU_07_the_owner_hears_of_a_stop_once_a_day_and_the_guesser_of_nothing) {
    const auto stop_both = [&] {
        for (int count = 1; count <= 8; ++count) {
            const Answer known = sign_in(alice.email, wrong), unknown = sign_in("nobody@example.test", wrong);
            EXPECT_EQ(known.status, 401) << count;
            EXPECT_EQ(text_of(known), text_of(unknown)) << count;
            if (count < 5 || count == 8) continue;
            wait_for(sign_in(alice.email, wrong));
        }
        EXPECT_EQ(sign_in(alice.email, alice.password).status, 429);
    };
    const auto notices = [&] { return inbox("sign-in-stopped"); };
    stop_both();
    EXPECT_EQ(notices(), std::vector<std::string>{alice.email}) << "and none to where nobody is";
    const auto set_password = [&](std::string_view to) {
        for (const std::string& email : {alice.email, std::string{"nobody@example.test"}})
            EXPECT_EQ(post("/request-password-reset", R"({"email":")" + email + "\"}", {}).status, 200);
        const Answer set = post(
            "/reset-password", R"({"token":")" + newest_token() + R"(","newPassword":")" + std::string{to} + "\"}", {});
        EXPECT_EQ(set.status, 200) << set.body;
    };
    set_password("a new horse battery");
    for (int count = 1; count <= 8; ++count) {
        const Answer known = sign_in(alice.email, wrong);
        EXPECT_EQ(known.status, 401) << count;
        if (count >= 5 && count < 8) wait_for(sign_in(alice.email, wrong));
    }
    EXPECT_EQ(notices().size(), 1U) << "of one day";
    app.clock.advance(Seconds{86'400});
    set_password("a third horse battery");
    for (int count = 1; count <= 8; ++count) {
        EXPECT_EQ(sign_in(alice.email, wrong).status, 401) << count;
        if (count >= 5 && count < 8) wait_for(sign_in(alice.email, wrong));
    }
    EXPECT_EQ(notices(), (std::vector<std::string>{alice.email, alice.email}));
}

TEST_P(FailureRequests, ENU_06_a_network_has_five_in_a_quarter_of_an_hour_then_waits) {
    const auto once = [&](const std::string& network) {
        return sign_in("user" + std::to_string(++networks_) + "@example.test", wrong, {.network = network}).status;
    };
    for (int i = 0; i < 5; ++i) EXPECT_EQ(once("203.0.113.7"), 401);
    EXPECT_EQ(once("203.0.113.7"), 429);
    EXPECT_EQ(sign_in(alice.email, alice.password, {.network = "203.0.113.7"}).status, 429);
    EXPECT_EQ(sign_in(alice.email, alice.password, {.network = "203.0.113.8"}).status, 200);
    const Answer limited = sign_in(alice.email, wrong, {.network = "203.0.113.7"});
    EXPECT_EQ(limited.header("retry-after"), "60");
    wait_for(limited);
    EXPECT_EQ(once("203.0.113.7"), 401);
    EXPECT_EQ(sign_in(alice.email, wrong, {.network = "203.0.113.7"}).header("retry-after"), "120");
}

TEST_P(FailureRequests, ENU_06_ENU_09_a_network_is_a_64_of_IPv6_and_whom_the_proxy_says) {
    for (int i = 0; i < 5; ++i) {
        const From from{.network = "2001:db8:0:7:" + std::to_string(i) + "::1"};
        EXPECT_EQ(sign_in("u" + std::to_string(i) + "@example.test", wrong, from).status, 401);
    }
    EXPECT_EQ(sign_in(alice.email, wrong, {.network = "2001:db8:0:7:ffff::2"}).status, 429);
    EXPECT_EQ(sign_in(alice.email, wrong, {.network = "2001:DB8::7:0:0:0:2"}).status, 429) << "another spelling";
    EXPECT_EQ(sign_in(alice.email, wrong, {.network = "203.0.113.9, 2001:db8::7:0:0:0:2"}).status, 429)
        << "one in front";
    EXPECT_EQ(sign_in(alice.email, alice.password, {.network = "2001:db8:0:8::1"}).status, 200);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(sign_in("v" + std::to_string(i) + "@example.test", wrong, {.network = "203.0.113.9"}).status, 401);
    }
    EXPECT_EQ(sign_in(alice.email, alice.password, {.network = "::ffff:203.0.113.9"}).status, 429) << "IPv4 in IPv6";
}

TEST_P(FailureRequests, ENU_08_the_owner_gets_in_while_others_flood) {
    const std::string cookie = sign_in(alice.email, alice.password).cookie(device_cookie);
    ASSERT_FALSE(cookie.empty());
    std::atomic<bool> done{false};
    std::atomic<int> told{0}, limited{0};
    {
        std::vector<std::jthread> attackers;
        for (int number = 0; number < 3; ++number) {
            attackers.emplace_back([&, number] {
                Client own{app.port()};
                for (int i = 0; !done; ++i) {
                    const std::string from = "10." + std::to_string(number) + "." + std::to_string(i / 250 % 250) +
                                             "." + std::to_string(i % 250);
                    const int status = own.send(post_json("/api/auth/sign-in/email",
                                                          R"({"email":")" + alice.email + R"(","password":"guess"})",
                                                          {{"x-forwarded-for", from}}))
                                           .status;
                    told += status == 401 ? 1 : 0;
                    limited += status == 429 ? 1 : 0;
                }
            });
        }
        while (limited < 300) std::this_thread::yield();
        EXPECT_EQ(told, 5);
        EXPECT_EQ(sign_in(alice.email, alice.password).status, 429) << "from a browser that nobody knows";
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(sign_in(alice.email, alice.password, {.cookie = cookie}).status, 200) << i;
            EXPECT_EQ(sign_in(alice.email, alice.password, {.network = "10.0.0.1", .cookie = cookie}).status, 200) << i;
        }
        done = true;
    }
    EXPECT_EQ(told, 5) << "what the owner does wins the others no guess";
}

TEST_P(FailureRequests, ENU_07_ENU_08_a_reset_by_mail_lets_its_browser_in) {
    const auto flood = [&] {
        Answer last = sign_in(alice.email, wrong);
        for (int i = 0; i < 20 && last.status == 401; ++i) last = sign_in(alice.email, wrong);
        EXPECT_EQ(last.status, 429);
        EXPECT_EQ(sign_in(alice.email, alice.password).status, 429);
        return last;
    };
    for (int i = 0; i < 4; ++i) wait_for(flood());    // to the stop
    ASSERT_EQ(post("/request-password-reset", R"({"email":")" + alice.email + "\"}", {}).status, 200);
    const Answer inbox = client.send({.target = "/dev/inbox.json"});
    auto messages = json::parse(inbox.body);
    ASSERT_TRUE(messages.ok() && messages->as_array() != nullptr && !messages->as_array()->empty());
    const std::string token = RunningApplication::text_of(messages->as_array()->front(), "token");
    alice.password = "another horse battery";
    const Answer reset =
        post("/reset-password", R"({"token":")" + token + R"(","newPassword":")" + alice.password + "\"}", {});
    ASSERT_EQ(reset.status, 200) << reset.body;
    const std::string cookie = reset.cookie(device_cookie);
    ASSERT_FALSE(cookie.empty());
    EXPECT_EQ(sign_in(alice.email, wrong).status, 401) << "what was guessed before counts no more";
    flood();
    EXPECT_EQ(sign_in(alice.email, alice.password, {.cookie = cookie}).status, 200);
}

TEST_P(FailureRequests, ENU_07_an_account_has_one_count_however_it_is_spelt_and_sent) {
    EXPECT_EQ(sign_in("alice@example.test", wrong).status, 401);
    EXPECT_EQ(sign_in("ALICE@EXAMPLE.TEST", wrong).status, 401);
    EXPECT_EQ(sign_in("Alice@Example.Test", wrong).status, 401);
    EXPECT_EQ(sign_in(R"(\u0061lice@example.test)", wrong).status, 401);
    const Answer form = client.send({.method = "POST",
                                     .target = "/api/auth/sign-in/email",
                                     .headers = {{"content-type", "application/x-www-form-urlencoded"},
                                                 {"origin", std::string{own_origin}},
                                                 {"x-forwarded-for", "198.18.1.1"}},
                                     .body = "email=%61lice%40example.test&password=wrong+horse"});
    EXPECT_EQ(form.status, 401) << form.body;
    EXPECT_EQ(sign_in(alice.email, alice.password).status, 429);
    for (const char* other : {"ali.ce@example.test", "alice+1@example.test"}) {
        EXPECT_EQ(sign_in(other, wrong).status, 401) << other << " is another account here";
    }
    for (const char* none : {"alice@example.test ", "alice@example.test.", "al\u0131ce@example.test",
                             "alice@example\uff0etest", "\u212alice@example.test", R"(alice@example.test\u0000)"}) {
        EXPECT_EQ(sign_in(none, wrong).status, 400) << none << " is none";
    }
}

TEST_P(FailureRequests, ENU_11_of_many_at_once_five_are_told) {
    constexpr int threads = 8, each = 4;
    std::atomic<int> told{0}, limited{0};
    {
        std::latch ready{threads};
        std::vector<std::jthread> running;
        for (int number = 0; number < threads; ++number) {
            running.emplace_back([&, number] {
                Client own{app.port()};
                ready.arrive_and_wait();
                for (int i = 0; i < each; ++i) {
                    const std::string from = "10.1." + std::to_string(number) + "." + std::to_string(i);
                    const int status = own.send(post_json("/api/auth/sign-in/email",
                                                          R"({"email":")" + alice.email + R"(","password":"guess"})",
                                                          {{"x-forwarded-for", from}}))
                                           .status;
                    told += status == 401 ? 1 : 0;
                    limited += status == 429 ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(told, 5);
    EXPECT_EQ(limited, threads * each - 5);
}

TEST_P(FailureRequests, ENU_07_who_has_a_session_proves_the_password_within_its_own_count) {
    const std::string first = alice.cookie, second = sign_in(alice.email, alice.password).cookie(session_cookie);
    const auto prove = [&](const std::string& path, const std::string& name, std::string_view password,
                           const std::string& cookie) {
        return post(path,
                    "{\"" + name + "\":\"" + std::string{password} + R"(","newPassword":"another horse battery"})",
                    {.cookie = cookie});
    };
    EXPECT_EQ(prove("/verify-password", "password", wrong, first).status, 400);
    EXPECT_EQ(prove("/change-password", "currentPassword", wrong, first).status, 400);
    EXPECT_EQ(prove("/delete-user", "password", wrong, first).status, 400);
    EXPECT_EQ(prove("/verify-password", "password", wrong, first).status, 400);
    EXPECT_EQ(prove("/change-password", "currentPassword", wrong, first).status, 400);
    const std::string before = app.everything();
    const Answer limited = prove("/verify-password", "password", alice.password, first);
    EXPECT_EQ(limited.status, 429);
    EXPECT_EQ(limited.header("retry-after"), "60");
    EXPECT_EQ(prove("/change-password", "currentPassword", alice.password, first).status, 429);
    EXPECT_EQ(prove("/delete-user", "password", alice.password, first).status, 429);
    EXPECT_EQ(app.everything(), before) << "refused without effect";
    EXPECT_EQ(prove("/verify-password", "password", alice.password, second).status, 200) << "another session";
    EXPECT_EQ(sign_in(alice.email, alice.password).status, 200);
    wait_for(limited);
    EXPECT_EQ(prove("/verify-password", "password", alice.password, first).status, 200);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(prove("/verify-password", "password", wrong, first).status, 400) << i;
    EXPECT_EQ(prove("/verify-password", "password", alice.password, first).status, 200) << "the row was ended";
}

TEST_P(FailureRequests, ENU_08_another_site_spends_nobodys_attempts) {
    for (int i = 0; i < 10; ++i) {
        const Answer forged =
            client.send(post_json("/api/auth/sign-in/email", R"({"email":")" + alice.email + R"(","password":"guess"})",
                                  {{"x-forwarded-for", "203.0.113.7"}, {"origin", "https://evil.test"}}));
        EXPECT_EQ(forged.status, 403);
    }
    for (int i = 0; i < 10; ++i) {    // nor an image on its page
        const Answer link = client.send(
            {.target = "/api/auth/verify-email?token=wrong", .headers = {{"x-forwarded-for", "203.0.113.7"}}});
        EXPECT_EQ(link.status, 401) << link.body;
    }
    EXPECT_EQ(sign_in(alice.email, alice.password, {.network = "203.0.113.7"}).status, 200);
}

TEST_P(FailureRequests, what_is_no_attempt_counts_for_nobody) {
    const From from{.network = "203.0.113.7"};
    for (int i = 0; i < 6; ++i) {
        EXPECT_EQ(sign_in(alice.email, std::string(200, 'x'), from).status, 400) << "too long for a password";
        EXPECT_EQ(sign_in("alice", wrong, from).status, 400);
        EXPECT_EQ(post("/sign-in/email", R"({"email":"alice@example.test"})", from).status, 400);
    }
    EXPECT_EQ(sign_in(alice.email, wrong, from).status, 401);
}

TEST_P(FailureRequests, ENU_08_the_cookie_of_a_known_device_is_no_session) {
    const Answer answer = sign_in(alice.email, alice.password);
    const std::string cookie = answer.cookie(device_cookie);
    EXPECT_EQ(client.send(get_session(cookie)).body, "null");
    const std::vector<std::string> lines = answer.all("set-cookie");
    const auto line =
        std::ranges::find_if(lines, [](const std::string& each) { return each.starts_with(device_cookie); });
    ASSERT_NE(line, lines.end());
    EXPECT_TRUE(line->ends_with("; Max-Age=15552000; Path=/; HttpOnly; SameSite=Lax")) << *line;
    const Answer out = client.send(
        {.method = "POST",
         .target = "/api/auth/sign-out",
         .headers = {{"cookie", answer.cookie(session_cookie) + "; " + cookie}, {"origin", std::string{own_origin}}}});
    EXPECT_EQ(out.status, 200);
    EXPECT_TRUE(out.cookie(device_cookie).empty()) << "who signs out stays known";
}

TEST(FailureRows, ENU_07_every_row_that_takes_a_password_that_is_there_counts) {
    const RunningApplication app;
    std::vector<std::string> counted, sets;
    for (const http::Endpoint* row : app.router().rows()) {
        if (row->guess == http::Guess::password) counted.emplace_back(*row->path);
        if (row->body == nullptr || *row->path == "/sign-up/email") continue;
        for (const http::Field& field : row->body->fields) {
            if (*field.name == "password" || *field.name == "currentPassword") sets.emplace_back(*row->path);
        }
    }
    EXPECT_EQ(counted, sets);
    EXPECT_GE(counted.size(), 4U);
}

TEST(FailureOrigins, ENU_09_a_header_of_a_peer_that_is_no_listed_proxy_makes_no_other_client) {
    const RunningApplication app;
    Client client{app.port()};
    const auto once = [&](int number) {
        const std::string text = std::to_string(number);
        return client
            .send(post_json("/api/auth/sign-in/email",
                            R"({"email":"u)" + text + R"(@example.test","password":"guess"})",
                            {{"x-forwarded-for", "203.0.113." + text}, {"x-real-ip", "203.0.113." + text}}))
            .status;
    };
    for (int i = 0; i < 5; ++i) EXPECT_EQ(once(i), 401);
    EXPECT_EQ(once(5), 429);
}

}    // namespace
}    // namespace countersign

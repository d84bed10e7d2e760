// Promises 3 and 5 over the whole application: faults refuse, and overload stays where it is.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <thread>

#include "base/cores.hpp"
#include "crypto/password.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

/// A generator that lets salts wait: whoever hashes a new password stands still until the gate opens.
class GatedRandom final : public Random {
  public:
    static constexpr std::size_t salt_bytes = 16;
    void fill(std::span<std::byte> out) override {
        if (out.size() == salt_bytes) {
            std::unique_lock held{lock_};
            ++waiting_;
            arrived_.notify_all();
            opened_.wait(held, [this] { return open_; });
            --waiting_;
        }
        real_.fill(out);
    }
    void open() {
        const std::scoped_lock held{lock_};
        open_ = true;
        opened_.notify_all();
    }
    void close() {
        const std::scoped_lock held{lock_};
        open_ = false;
    }
    /// False after a minute: a test that would hang fails instead.
    bool wait_for(std::size_t count) {
        std::unique_lock held{lock_};
        return arrived_.wait_for(held, Seconds{60}, [&] { return waiting_ >= count; });
    }

  private:
    std::mutex lock_;
    std::condition_variable opened_, arrived_;
    bool open_ = true;
    std::size_t waiting_ = 0;
    SystemRandom real_;
};

Ask sign_in(const std::string& email, const std::string& password) {
    return post_json("/api/auth/sign-in/email", R"({"email":")" + email + R"(","password":")" + password + R"("})");
}

class Faults : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Profiles, Faults, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

void expect_unavailable(const RunningApplication& app, const Answer& answer, const std::string& what) {
    EXPECT_EQ(answer.status, 503) << what << answer.body;
    EXPECT_EQ(answer.header("retry-after"), "1") << what;
    EXPECT_EQ(answer.header("set-cookie"), "absent") << what;
    EXPECT_EQ(member(answer.body, "code"), "SERVICE_UNAVAILABLE") << what;
    EXPECT_EQ(app.cause(answer.reference()), "storage.unavailable") << what;
}

TEST_P(Faults, ERR_07_a_database_that_another_process_holds_makes_no_session_and_ends_none) {
    RunningApplication app{{.profile = GetParam()}};
    Client client{app.port()}, reader{app.port()};
    const Person alice = sign_up(client, "alice");
    const std::string before = app.everything();
    Neighbour holder = app.neighbour();
    holder.run(app.database().hold_text());
    // Each waits for the holder until its patience ends: one a profile.
    const bool in = GetParam() == "native";
    client.put(bytes_of_request(in ? sign_in(alice.email, alice.password) : sign_out(alice.cookie)));
    // Reading goes on beside it.
    EXPECT_THAT(reader.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
    expect_unavailable(app, client.read(), in ? "sign-in" : "sign-out");
    holder.run("ROLLBACK");
    EXPECT_EQ(app.everything(), before);
    EXPECT_EQ(client.send(sign_out(alice.cookie)).status, 200);
    EXPECT_EQ(reader.send(get_session(alice.cookie)).body, "null");
}

TEST_P(Faults, ERR_07_a_session_is_never_accepted_when_the_database_cannot_answer) {
    const std::pair<std::string, std::string> table[]{
        {"no session table", "ALTER TABLE session RENAME TO session_away"},
        {"no user table", "ALTER TABLE user RENAME TO user_away"},
        {"no expiry", "ALTER TABLE session RENAME COLUMN expiresAt TO expires_away"},
    };
    for (const auto& [name, change] : table) {
        RunningApplication app{{.profile = GetParam()}};
        Client client{app.port()};
        const Person alice = sign_up(client, "alice");
        app.neighbour().run((kind_of_tests() == Kind::file ? "PRAGMA legacy_alter_table=ON; " : "") + change);
        for (const char* path : {"/api/auth/get-session", "/api/auth/token"}) {
            if (path == std::string_view{"/api/auth/token"} && app.settings.jwt == app::Switch::off) continue;
            expect_unavailable(app, client.send({.target = path, .headers = {{"cookie", alice.cookie}}}), name + path);
        }
        if (name == "no user table") expect_unavailable(app, client.send(sign_in(alice.email, "x")), name);
        EXPECT_EQ(client.send({.target = "/api/auth/ok"}).status, 200) << name;
    }
}

TEST_P(Faults, ERR_01_what_is_stored_wrongly_is_500_without_a_word_and_no_session) {
    const std::vector<std::string> of_file{"UPDATE session SET expiresAt = 'tomorrow'",
                                           "UPDATE session SET expiresAt = 1", "UPDATE user SET emailVerified = 7",
                                           "UPDATE user SET name = x'00FF'"};
    const std::vector<std::string> of_postgres{"UPDATE session SET expiresAt = 'infinity'",
                                               "ALTER TABLE session ALTER COLUMN expiresAt TYPE text",
                                               "ALTER TABLE user ALTER COLUMN emailVerified TYPE integer USING 1",
                                               "ALTER TABLE user ALTER COLUMN name TYPE bytea USING 'x'"};
    for (const std::string& change : kind_of_tests() == Kind::file ? of_file : of_postgres) {
        RunningApplication app{{.profile = GetParam()}};
        Client client{app.port()};
        const Person alice = sign_up(client, "alice");
        app.neighbour().run(change);
        const Answer answer = client.send(get_session(alice.cookie));
        EXPECT_EQ(answer.status, 500) << change << answer.body;
        EXPECT_EQ(answer.body, "") << change;
        EXPECT_EQ(answer.header("set-cookie"), "absent") << change;
        EXPECT_EQ(app.cause(answer.reference()), "storage.corrupt") << change;
    }
}

/// The whole server in a process that may write no file beyond what is there: the disk is full for it alone.
int run_on_a_full_disk(const std::string& profile) {
    ::signal(SIGXFSZ, SIG_IGN);
    RunningApplication app{{.profile = profile}};
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    const auto kept = client.send({.target = "/nowhere"});
    const rlimit none{.rlim_cur = 0, .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &none);
    for (const Answer& refused :
         {client.send(sign_in(alice.email, alice.password)), client.send(sign_out(alice.cookie)),
          client.send(sign_in("nobody@example.test", "wrong"))}) {
        EXPECT_TRUE(refused.status == 503 || refused.status == 401) << refused.status;
        EXPECT_EQ(refused.status == 503, refused.header("retry-after") == "1");
        EXPECT_EQ(refused.header("set-cookie"), "absent");
        EXPECT_EQ(refused.reference().size(), 16U);    // the refusal stands, though its record could not be written
    }
    EXPECT_THAT(client.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
    EXPECT_EQ(client.send({.target = "/nowhere"}).status, 404);
    const rlimit all{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &all);
    EXPECT_EQ(app.cause(kept.reference()), "request.not_found");
    EXPECT_EQ(client.send(sign_out(alice.cookie)).status, 200);    // and goes on when there is room again
    EXPECT_EQ(client.send(get_session(alice.cookie)).body, "null");
    return testing::Test::HasFailure() ? 1 : 0;
}

TEST_P(Faults, ERR_07_a_full_disk_refuses_writes_keeps_reads_and_stops_no_refusal) {
    if (kind_of_tests() == Kind::postgres) GTEST_SKIP() << "the disk is the server's; read-only is in postgres_test";
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(std::exit(run_on_a_full_disk(GetParam())), testing::ExitedWithCode(0), "");
}

TEST(Overload, PWD_12_a_storm_of_new_passwords_leaves_sessions_alone_and_is_refused_beyond_its_queue) {
    GatedRandom random;
    RunningApplication app{{.profile = "better-auth",    // scrypt takes its salt from there
                            .settings = std::string{without_failure_limit},
                            .random = &random}};
    Client client{app.port()};
    const Person alice = sign_up(client, "alice");
    random.close();
    const std::size_t cores = usable_cores();
    const std::size_t threads = 2 * cores + 2, queue = 64, beyond = 20;
    std::vector<std::unique_ptr<Client>> storm;
    for (std::size_t i = 0; i < threads + queue + beyond; ++i) {
        storm.push_back(std::make_unique<Client>(app.port()));
        const std::string name = "user" + std::to_string(i);
        storm.back()->put(bytes_of_request(
            post_json("/api/auth/sign-up/email",
                      R"({"name":"x","email":")" + name + R"(@example.test","password":"correct horse"})")));
    }
    ASSERT_TRUE(random.wait_for(cores));    // every permit is taken
    const std::uint64_t hashes = crypto::hashes_done();
    constexpr int rounds = 200;
    for (int i = 0; i < rounds; ++i) {
        EXPECT_EQ(client.send({.target = "/api/auth/ok"}).status, 200);
        EXPECT_THAT(client.send(get_session(alice.cookie)).body, testing::HasSubstr(alice.email));
    }
    EXPECT_EQ(crypto::hashes_done(), hashes);    // all of that before any hash of the storm ended
    random.open();
    std::size_t full = 0, answered = 0;
    for (const auto& each : storm) {
        const Answer answer = each->read();
        if (answer.status == 503) {
            ++full;
            EXPECT_EQ(answer.header("retry-after"), "1");
        } else {
            ++answered;
            EXPECT_EQ(answer.status, 200) << answer.body;
        }
    }
    EXPECT_GE(full, beyond);
    EXPECT_GE(answered, threads + queue - beyond);
}

}    // namespace
}    // namespace countersign

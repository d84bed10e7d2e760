// The whole application in this process: real sockets, a database file of its own, a log that can be read.
#pragma once

#include <fstream>

#include "app/application.hpp"
#include "guard/trace.hpp"
#include "support/any_database.hpp"
#include "support/client.hpp"
#include "support/log.hpp"

namespace countersign::testing_support {

/// A clock that other threads may read while a test moves it.
class SharedClock final : public Clock {
  public:
    Instant now() const override { return Instant::from_unix_ms(ms_.load()); }
    void advance(Milliseconds by) { ms_ += by.count(); }

  private:
    std::atomic<std::int64_t> ms_{SystemClock{}.now().unix_ms()};
};

inline constexpr std::string_view own_origin = "http://localhost:3900";
inline constexpr std::string_view test_secret = "kK3v9QxT7mZrB1nW5yLcH8dJ2sGfP6aE";
inline constexpr std::string_view session_cookie = "better-auth.session_token";

/// For tests that send one wrong password after the other and mean something else.
inline constexpr std::string_view without_failure_limit = "failureLimit.enabled = false\n";

/// How an application of a test differs from the usual one. `settings`: further lines of its TOML file. Request limits
/// are off unless these lines say otherwise: tests ask more often than people, and their clock stands still.
struct Wanted {
    std::string profile = "native";
    std::string settings = {};
    Random* random = nullptr;
    /// What stood at the path of the database before us.
    std::function<void(Neighbour&)> before = {};
    const AnyDatabase* database = nullptr;    // that outlives the application; absent: one of its own
    std::string secrets = {};                 // "2:new,1:old" instead of the one secret
};

class RunningApplication {
  public:
    explicit RunningApplication(const Wanted& wanted = {}) : lasting_{wanted.database} {
        if (lasting_ == nullptr) own_.emplace(kind_of_tests());
        if (wanted.before) {
            Neighbour before_us = neighbour();
            wanted.before(before_us);
        }
        config::Sources sources{.file_name = "test.toml"};
        sources.file_text =
            wanted.settings + (wanted.settings.contains("rateLimit.") ? "" : "\nrateLimit.enabled = false") +
            "\nprofile = \"" + wanted.profile + "\"\nbaseURL = \"" + std::string{own_origin} +
            "\"\nmode = \"development\"\n" +
            (wanted.secrets.empty() ? "secret = \"" + std::string{test_secret} : "secrets = \"" + wanted.secrets) +
            "\"\nemailAndPassword.enabled = true\n" +
            "http.listen = \"127.0.0.1:0\"\nhttp.loops = 2\nmanagement.listen = \"off\"\n" +
            "plugins.jwt.jwt.expirationTime = \"5m\"\nstorage.url = \"" + database().storage_url() + "\"\n";
        config::Tree tree = config::Tree::load(app::setting_rows(), {}, sources);
        settings = app::read_settings(tree);
        settings.data_folder =
            folder.file("");    // beside a database that is no file it would be the working directory
        app::ApplicationSecrets secrets = app::read_secrets(tree, settings);
        for (const config::Problem& problem : tree.problems()) ADD_FAILURE() << problem.path << ": " << problem.what;
        auto started = app::Application::start(settings, std::move(secrets), clock,
                                               wanted.random == nullptr ? random_ : *wanted.random, log);
        if (!started.ok()) throw std::runtime_error{started.error().detail()};
        application = *std::move(started);
    }

    const AnyDatabase& database() const { return lasting_ != nullptr ? *lasting_ : *own_; }
    Neighbour neighbour() const { return database().neighbour(); }
    std::string trace_path() const { return folder.file(std::string{app::trace_file}); }
    std::uint16_t port() const { return application->port(); }
    http::Router router() const { return app::make_router(settings); }
    /// The record of a refusal, or null.
    json::Value refusal(const std::string& reference) const {
        auto found = guard::DecisionTrace::find(trace_path(), reference);
        return found.ok() ? found->value_or(json::Value{}) : json::Value{};
    }
    std::string cause(const std::string& reference) const { return text_of(refusal(reference), "label"); }
    static std::string text_of(const json::Value& record, std::string_view name) {
        const json::Value* value = record.find(name);
        const std::string* text = value == nullptr ? nullptr : value->as_string();
        return text == nullptr ? "absent" : *text;
    }
    /// Every table as text, for comparisons; but security events, which tell of what was refused, the numbers that were
    /// taken, which are for nobody, and what stands in the outbox for nobody.
    std::string everything() const {
        Neighbour rows = neighbour();
        std::string all;
        for (const std::string& table : rows.run(database().tables_query())) {
            if (table == "auditEvent") continue;
            all += table + ":\n";
            std::string but;
            if (table == "countersignMeta") but = " WHERE id NOT LIKE 'number.%'";
            if (table == "countersignOutbox") but = " WHERE number > 0";
            for (const std::string& cell : rows.run("SELECT * FROM \"" + table + "\"" + but)) all += cell + "|";
            all += "\n";
        }
        return all;
    }

    TemporaryFolder folder;
    SharedClock clock;
    TextLog log;
    app::Settings settings;

  private:
    const AnyDatabase* lasting_;
    std::optional<AnyDatabase> own_;
    SystemRandom random_;

  public:
    std::unique_ptr<app::Application> application;
};

/// Rows that end the caller's session: what goes on with one leaves them out, or lets them be refused.
inline bool ends_session(const http::Endpoint& row) {
    return *row.path == "/sign-out" || *row.path == "/revoke-sessions";
}

/// Rows that may begin a session: in native the one that the browser had ends with it (SES-02).
inline bool begins_session(const http::Endpoint& row) {
    return row.path->starts_with("/sign-in/") || row.path->starts_with("/sign-up/");
}

/// Who signed up, and what of theirs an attacker could have seen.
struct Person {
    std::string name, email, password;
    std::string cookie;    // `name=value` as a browser sends it back
    std::string token;     // as the body of the answer has it
};

inline Ask post_json(std::string target, std::string body, Headers headers = {}) {
    headers.emplace_back("content-type", "application/json");
    return {.method = "POST", .target = std::move(target), .headers = std::move(headers), .body = std::move(body)};
}

inline std::string member(const std::string& body, std::string_view name) {
    auto parsed = json::parse(body);
    return parsed.ok() ? RunningApplication::text_of(*parsed, name) : "no JSON";
}

inline Person sign_up(Client& client, const std::string& name) {
    Person made{.name = name, .email = name + "@example.test", .password = "correct horse " + name};
    const Answer answer =
        client.send(post_json("/api/auth/sign-up/email", R"({"name":")" + made.name + R"(","email":")" + made.email +
                                                             R"(","password":")" + made.password + R"("})"));
    EXPECT_EQ(answer.status, 200) << answer.body;
    made.cookie = answer.cookie(session_cookie);
    made.token = member(answer.body, "token");
    return made;
}

inline Ask get_session(const std::string& cookie) {
    return {.target = "/api/auth/get-session", .headers = {{"cookie", cookie}}};
}
inline Ask sign_out(const std::string& cookie) {
    return {.method = "POST",
            .target = "/api/auth/sign-out",
            .headers = {{"cookie", cookie}, {"origin", std::string{own_origin}}}};
}

}    // namespace countersign::testing_support

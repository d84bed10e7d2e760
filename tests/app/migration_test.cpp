// People sign up and in on databases of others after `countersign migrate --apply`; what a server of another version
// left decides whether this one starts.
#include "app/database.hpp"
#include "support/application.hpp"

namespace countersign {
namespace {

using testing_support::AnyDatabase;
using testing_support::Client;
using testing_support::Kind;
using testing_support::kind_of_tests;
using testing_support::post_json;
using testing_support::RunningApplication;
using testing_support::Wanted;

struct Left {
    std::string release, ids;
    std::string change = {};
    std::string settings = {};
    std::string profile = "native";
};

const std::string with_uuids = "advanced.database.generateId = \"uuid\"\n";
const std::string with_numbers = "advanced.database.generateId = \"serial\"\n";

std::vector<Left> databases() {
    std::vector<Left> all;
    for (const std::string release : {"1.4.22", "1.6.34", "1.7.2", "1.7.25"}) {
        all.push_back({release, "text"});
        if (kind_of_tests() == Kind::postgres) all.push_back({release, "uuid", "", with_uuids});
    }
    if (kind_of_tests() == Kind::postgres) {
        for (const std::string release : {"1.4.22", "1.6.34", "1.7.2"})
            all.push_back({release, "serial", "", with_numbers, "better-auth"});
    }
    all.push_back({"1.7.25", "serial", "", with_numbers, "better-auth"});
    all.push_back({"1.7.25", "text", "alter table \"account\" add column \"issuer\" text"});    // nullable
    return all;
}

void make(const AnyDatabase& database, const Left& left) {
    const std::string ids = left.ids == "text" && database.kind() != Kind::postgres ? "" : "-" + left.ids;
    const std::string engine = (database.kind() == Kind::postgres ? "postgres" : "sqlite") + ids;
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + "/tests/contract/databases/better-auth-" + left.release +
                       "." + engine + ".sql"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    ASSERT_FALSE(text.empty());
    database.run(text);
    if (!left.change.empty()) database.run(left.change);
}

app::Settings settings_for(const AnyDatabase& database, const std::string& lines) {
    config::Sources sources{.file_name = "test.toml"};
    sources.file_text = lines + "storage.url = \"" + database.storage_url() + "\"\nmode = \"development\"\n";
    config::Tree tree = config::Tree::load(app::setting_rows(), {}, sources);
    return app::read_settings(tree);
}

storage::Plan apply(const AnyDatabase& database, const std::string& lines) {
    const app::Settings settings = settings_for(database, lines);
    const auto site = app::open_site(settings, storage::Use::apply);
    EXPECT_TRUE(site.ok());
    const auto plan = storage::apply(**site, app::wanted_schema(settings), [](const storage::Progress&) {});
    EXPECT_TRUE(plan.ok()) << plan.error().detail();
    return plan.value_or(storage::Plan{});
}

TEST(MigratedDatabases, people_sign_up_and_in_on_each) {
    for (const Left& left : databases()) {
        const std::string name = left.release + " " + left.ids + " " + left.change;
        const AnyDatabase database{kind_of_tests()};
        make(database, left);
        const std::string lines = left.settings + "profile = \"" + left.profile + "\"\n";
        const storage::Plan plan = apply(database, lines);
        EXPECT_FALSE(plan.steps.empty()) << name;
        EXPECT_TRUE(plan.refusals.empty()) << name;
        RunningApplication application{
            Wanted{.profile = left.profile, .settings = left.settings, .database = &database}};
        Client client{application.port()};
        const testing_support::Person ann = testing_support::sign_up(client, "ann");
        const auto in = client.send(post_json(
            "/api/auth/sign-in/email", R"({"email":")" + ann.email + R"(","password":")" + ann.password + R"("})"));
        EXPECT_EQ(in.status, 200) << name << in.body;
        const std::string cookie = in.cookie(testing_support::session_cookie);
        EXPECT_TRUE(client.send(testing_support::get_session(cookie)).body.contains(ann.email)) << name;
        const auto token = client.send({.target = "/api/auth/token", .headers = {{"cookie", cookie}}});
        EXPECT_EQ(token.status, 200) << name << token.body;
        EXPECT_EQ(client.send(testing_support::sign_out(cookie)).status, 200) << name;
        for (int i = 0; i < 2; ++i) {    // the second in the place of the first
            const auto asked =
                client.send(post_json("/api/auth/request-password-reset", R"({"email":")" + ann.email + "\"}"));
            EXPECT_EQ(asked.status, left.profile == "native" ? 200 : 400) << name << asked.body;
        }
        EXPECT_EQ(database.one("select count(*) from \"verification\""), left.profile == "native" ? "1" : "0") << name;
        EXPECT_TRUE(apply(database, lines).steps.empty()) << name;
    }
}

TEST(MigratedDatabases, what_start_made_lacks_nothing) {
    const AnyDatabase database{kind_of_tests()};
    const std::string fields =
        "user.additionalFields.plan = {type = \"string\", required = false}\n"
        "rateLimit.storage = \"database\"\nrateLimit.enabled = true\n";
    {
        const RunningApplication first{Wanted{.settings = fields, .database = &database}};
    }
    const app::Settings settings = settings_for(database, fields);
    const auto site = app::open_site(settings, storage::Use::look);
    ASSERT_TRUE(site.ok());
    const auto plan = storage::plan(**site, app::wanted_schema(settings));
    ASSERT_TRUE(plan.ok()) << plan.error().detail();
    EXPECT_TRUE(plan->steps.empty() && plan->refusals.empty());
}

TEST(MigratedDatabases, a_server_does_not_start_on_one_that_needs_a_newer_program) {
    const AnyDatabase database{kind_of_tests()};
    {
        const RunningApplication first{Wanted{.database = &database}};
    }
    database.run("insert into \"countersignMeta\" values ('schema.oldest', '2')");
    try {
        const RunningApplication second{Wanted{.database = &database}};
        ADD_FAILURE() << "it started";
    } catch (const std::runtime_error& error) {
        EXPECT_TRUE(std::string_view{error.what()}.contains("newer-database")) << error.what();
    }
}

TEST(MigratedDatabases, a_server_does_not_start_where_it_could_not_write_its_ids) {
    struct Case {
        std::string ids, settings, wanted;    // wanted: what the message says to write
    };
    std::vector<Case> cases{{"serial", "", "\"serial\""},
                            {"serial", with_uuids, "\"serial\""},
                            {"text", with_numbers, "leave advanced.database.generateId out"}};
    if (kind_of_tests() == Kind::postgres) {
        cases.push_back({"uuid", "", "\"uuid\""});
        cases.push_back({"uuid", with_numbers, "\"uuid\""});
    }
    for (const Case& c : cases) {
        const std::string settings = c.settings + "profile = \"better-auth\"\n";
        const AnyDatabase database{kind_of_tests()};
        make(database, {"1.7.25", c.ids});
        const storage::Plan plan = apply(database, settings);
        ASSERT_EQ(plan.refusals.size(), 1U) << c.ids;
        EXPECT_EQ(plan.refusals.front().obstacle, storage::Obstacle::other_ids) << plan.refusals.front().what;
        try {
            const RunningApplication refused{
                Wanted{.profile = "better-auth", .settings = c.settings, .database = &database}};
            ADD_FAILURE() << "it started: " << c.ids;
        } catch (const std::runtime_error& error) {
            EXPECT_TRUE(std::string_view{error.what()}.contains(c.wanted)) << error.what();
        }
    }
}

}    // namespace
}    // namespace countersign

#include "base/config.hpp"

namespace countersign::config {
namespace {

constexpr Key rows[]{
    {.path = "http.listen", .kind = Kind::text, .fallback = "x", .meaning = "m"},
    {.path = "emailAndPassword.enabled", .kind = Kind::boolean, .fallback = "x", .meaning = "m"},
    {.path = "baseURL", .kind = Kind::text, .fallback = "x", .meaning = "m"},
    {.path = "trustedOrigins", .kind = Kind::text_list, .fallback = "x", .meaning = "m"},
    {.path = "secret", .kind = Kind::secret, .fallback = "x", .meaning = "m"},
    {.path = "session.expiresIn", .kind = Kind::integer, .fallback = "x", .meaning = "m"},
    {.path = "plugins", .kind = Kind::table, .fallback = "x", .meaning = "m"},
    {.path = "plugins.jwt", .kind = Kind::table, .fallback = "x", .meaning = "m"},
};
constexpr Alias aliases[]{{"BETTER_AUTH_URL", "baseURL"}};

TEST(Config, environment_names_follow_the_rule) {
    EXPECT_EQ(environment_name("emailAndPassword.enabled"), "COUNTERSIGN_EMAIL_AND_PASSWORD__ENABLED");
    EXPECT_EQ(environment_name("baseURL"), "COUNTERSIGN_BASE_URL");
    EXPECT_EQ(environment_name("plugins.two-factor"), "COUNTERSIGN_PLUGINS__TWO_FACTOR");
}

TEST(Config, TOML_JSON_and_environment_agree_and_have_their_rank) {
    const Sources sources{.file_name = "c.toml",
                          .file_text = "baseURL = \"https://file.test\"\n[session]\nexpiresIn = 60\n[plugins.jwt]\n",
                          .environment = {{"COUNTERSIGN_SESSION__EXPIRES_IN", "90"},
                                          {"BETTER_AUTH_URL", "https://alias.test"},
                                          {"COUNTERSIGN_TRUSTED_ORIGINS", "https://a.test,https://b.test"}}};
    const Tree tree = Tree::load(rows, aliases, sources);
    EXPECT_TRUE(tree.problems().empty());
    EXPECT_EQ(tree.text("baseURL", ""), "https://file.test");
    EXPECT_EQ(tree.integer("session.expiresIn", 0), 90);
    EXPECT_EQ(tree.find("session.expiresIn")->source, "environment COUNTERSIGN_SESSION__EXPIRES_IN");
    EXPECT_EQ(tree.list("trustedOrigins").size(), 2U);
    EXPECT_TRUE(tree.has_below("plugins.jwt"));
    const Tree json = Tree::load(
        rows, aliases, {.file_name = "c.json", .file_text = R"({"plugins":{},"emailAndPassword":{"enabled":true}})"});
    EXPECT_TRUE(json.problems().empty());
    EXPECT_TRUE(json.flag("emailAndPassword.enabled", false));
    EXPECT_FALSE(json.has_below("plugins.jwt"));
}

TEST(Config, TOOL_06_all_problems_at_once_each_with_its_mend) {
    const Sources sources{
        .file_name = "c.toml",
        .file_text = "baseUrl = \"https://x.test\"\n[session]\nexpiresIn = \"soon\"\n",
        .environment = {{"COUNTERSIGN_HTTP__LISTNE", "x"}, {"COUNTERSIGN_EMAIL_AND_PASSWORD__ENABLED", "yes"}}};
    const Tree tree = Tree::load(rows, aliases, sources);
    ASSERT_EQ(tree.problems().size(), 4U);
    EXPECT_EQ(tree.problems()[0].mend, "did you mean baseURL?");
    for (const Problem& problem : tree.problems()) EXPECT_FALSE(problem.mend.empty()) << problem.path;
}

TEST(Config, a_broken_file_is_a_problem_and_no_crash) {
    for (const std::string_view name : {"c.toml", "c.json"}) {
        const Tree tree = Tree::load(rows, aliases, {.file_name = std::string{name}, .file_text = "= ["});
        EXPECT_EQ(tree.problems().size(), 1U) << name;
    }
}

}    // namespace
}    // namespace countersign::config

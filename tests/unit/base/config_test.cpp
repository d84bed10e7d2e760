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
    {.path = "plugins.jwt-more", .kind = Kind::table, .fallback = "x", .meaning = "m"},
    {.path = "plugins.jwt.issuer", .kind = Kind::text, .fallback = "x", .meaning = "m"},
    {.path = "plugins.jwt.claims", .kind = Kind::object, .fallback = "x", .meaning = "m"},
    {.path = "plugins.magic", .kind = Kind::object, .fallback = "x", .meaning = "m", .since = Since::later},
    {.path = "session.shared", .kind = Kind::boolean, .fallback = "x", .meaning = "m", .since = Since::later},
    {.path = "secrets", .kind = Kind::secrets, .fallback = "x", .meaning = "m"},
};
constexpr Alias aliases[]{{"BETTER_AUTH_URL", "baseURL"}, {"BETTER_AUTH_SECRET", "secret"}, {"AUTH_SECRET", "secret"}};

using Environment = std::vector<std::pair<std::string, std::string>>;

Tree from_file(std::string name, std::string text) {
    return Tree::load(rows, aliases, {.file_name = std::move(name), .file_text = std::move(text), .environment = {}});
}
Tree from_environment(Environment environment) {
    return Tree::load(rows, aliases, {.file_name = {}, .file_text = {}, .environment = std::move(environment)});
}
std::string problems_of(const Tree& tree) {
    std::string out;
    for (const Problem& problem : tree.problems())
        out += problem.path + ": " + problem.what + " -> " + problem.mend + "\n";
    return out;
}

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

TEST(Config, a_table_in_a_variable_is_read_like_one_in_a_file) {
    const Tree tree = from_environment(
        {{"COUNTERSIGN_PLUGINS__JWT__ISSUER", "exact"},
         {"COUNTERSIGN_PLUGINS", R"({"jwt":{"issuer":"from the table","claims":{"role":"x"}},"jwtt":{"a":1}})"}});
    EXPECT_EQ(problems_of(tree),
              "plugins.jwtt.a: no such key (environment COUNTERSIGN_PLUGINS) -> did you mean plugins.jwt?\n");
    EXPECT_TRUE(tree.has("plugins.jwt"));
    EXPECT_EQ(tree.text("plugins.jwt.issuer", ""), "exact");
    EXPECT_EQ(tree.find("plugins.jwt.issuer")->replaced, "environment COUNTERSIGN_PLUGINS");
    EXPECT_EQ(json::write(tree.find("plugins.jwt.claims")->value), R"({"role":"x"})");
}

TEST(Config, a_variable_may_name_a_table_that_is_no_key_itself) {
    const Tree tree = from_environment({{"COUNTERSIGN_SESSION", R"({"expiresIn":60})"}});
    EXPECT_EQ(problems_of(tree), "");
    EXPECT_EQ(tree.integer("session.expiresIn", 0), 60);
    EXPECT_EQ(from_environment({{"COUNTERSIGN_SESSION", "60"}}).problems().size(), 1U);
    EXPECT_EQ(from_environment({{"COUNTERSIGN_PLUGINS", "{"}}).problems().size(), 1U);
}

TEST(Config, has_below_looks_past_a_sibling_that_sorts_between) {
    // '-' sorts before '.'.
    const Tree tree = from_file("c.json", R"({"plugins":{"jwt-more":{},"jwt":{"issuer":"x"}}})");
    EXPECT_EQ(problems_of(tree), "");
    EXPECT_TRUE(tree.has_below("plugins.jwt"));
    const Tree sibling = from_file("c.json", R"({"plugins":{"jwt-more":{}}})");
    EXPECT_FALSE(sibling.has_below("plugins.jwt"));
    const Tree below = from_file("c.json", R"({"session":{"expiresIn":5}})");
    EXPECT_TRUE(below.has_below("session"));
    EXPECT_FALSE(below.has_below("sess"));
}

TEST(Config, TOOL_06_a_misspelt_name_is_told_the_right_one) {
    struct Case {
        std::string given, meant;
    };
    const Case in_files[]{{"baseUrl", "baseURL"},
                          {"baseurl", "baseURL"},
                          {"http.listne", "http.listen"},
                          {"emailandpassword.enabled", "emailAndPassword.enabled"},
                          {"expiresIn", "session.expiresIn"},
                          {"trustedOrigin", "trustedOrigins"}};
    for (const Case& one : in_files) {
        const Tree tree = from_file("c.toml", one.given + " = 1\n");
        EXPECT_EQ(problems_of(tree), one.given + ": no such key (file c.toml) -> did you mean " + one.meant + "?\n");
    }
    const Case in_variables[]{{"COUNTERSIGN_BASEURL", "COUNTERSIGN_BASE_URL"},
                              {"COUNTERSIGN_HTTP_LISTEN", "COUNTERSIGN_HTTP__LISTEN"},
                              {"COUNTERSIGN_SECRT", "COUNTERSIGN_SECRET"}};
    for (const Case& one : in_variables) {
        EXPECT_EQ(problems_of(from_environment({{one.given, "x"}})),
                  one.given + ": no key has this environment form -> did you mean " + one.meant + "?\n");
    }
    const Tree far = from_file("c.toml", "color = \"x\"\n");
    EXPECT_EQ(far.problems()[0].mend, "remove it; `countersign config explain` lists every key");
}

TEST(Config, an_empty_table_that_no_key_knows_is_a_problem_and_one_above_keys_is_none) {
    EXPECT_EQ(from_file("c.json", R"({"sesion":{}})").problems().size(), 1U);
    EXPECT_EQ(problems_of(from_file("c.json", R"({"session":{},"plugins":{"jwt":{}}})")), "");
}

TEST(Config, a_syntax_error_has_a_place_and_never_the_text) {
    struct Case {
        std::string name, text, what;
    };
    const Case cases[]{
        {"c.json", "{\n  \"secret\": \"hunter2hunter2\",\n  \"baseURL\" \"x\"\n}",
         "is no JSON: line 3, column 13, a colon is expected"},
        {"c.json", "{\"secret\": hunter2}", "is no JSON: line 1, column 12, a value is expected"},
        {"c.json", "{\"secret\": \"hunter2", "is no JSON: line 1, column 20, a text without its closing quote"},
        {"c.json", "{\"a\": 1,\n\"a\": 2}", "is no JSON: line 2, column 1, a name stands twice"},
        {"c.json", "{} hunter2", "is no JSON: line 1, column 4, nothing may follow the value"},
        {"c.json", "{\"a\": [1 2]}", "is no JSON: line 1, column 10, a comma or ] is expected"},
        {"c.json", "{\"a\": \"\\x\"}", "is no JSON: line 1, column 9, an escape that JSON does not have"},
        {"c.json", "{hunter2: 1}", "is no JSON: line 1, column 2, a name in quotes is expected"},
        {"c.json", "", "is no JSON: line 1, column 1, the text ends too early"},
    };
    for (const Case& one : cases) {
        const Tree tree = from_file(one.name, one.text);
        ASSERT_EQ(tree.problems().size(), 1U) << one.text;
        EXPECT_EQ(tree.problems()[0].what, one.what);
    }
    for (const std::string_view text :
         {"\n\nsecret = hunter2hunter2\n", "\n\nsecret = \"hunter2hunter2\n", "\n\nsecret = 123hunter2\n",
          "\n\nsecret = 'a'hunter2\n", "\n\nsecret = 1979-hunter2\n", "\n\nhunter2hunter2\n",
          "\n\nsecret = \"\\hunter2\"\n", "secret = 'hunter2'\n\nsecret = 'hunter2'\n",
          "secret = 'hunter2'\n\n[secret]\n"}) {
        const Tree tree = from_file("c.toml", std::string{text});
        ASSERT_EQ(tree.problems().size(), 1U) << text;
        EXPECT_TRUE(tree.problems()[0].what.starts_with("is no TOML: line 3, column ")) << tree.problems()[0].what;
        EXPECT_FALSE(problems_of(tree).contains("hunter")) << problems_of(tree);
    }
}

TEST(Config, a_value_of_the_wrong_kind_is_not_echoed) {
    const Tree tree = from_file("c.json", R"({"secret":["hunter2"],"session":{"expiresIn":"hunter2"}})");
    EXPECT_EQ(tree.problems().size(), 2U);
    EXPECT_FALSE(problems_of(tree).contains("hunter"));
}

TEST(Config, secrets_are_a_text_or_a_list_of_versions) {
    const Tree list =
        from_file("c.toml", "[[secrets]]\nversion = 2\nvalue = 'new'\n[[secrets]]\nversion = 1\nvalue = 'old'\n");
    EXPECT_EQ(problems_of(list), "");
    ASSERT_NE(list.find("secrets"), nullptr);
    EXPECT_EQ(list.find("secrets")->value.as_array()->size(), 2U);
    EXPECT_EQ(problems_of(from_environment({{"COUNTERSIGN_SECRETS", "2:new,1:old"}})), "");
    for (const std::string_view wrong :
         {R"([{"version":1}])", R"([{"version":"1","value":"x"}])", R"([{"version":1,"value":2}])",
          R"([{"version":1,"value":"x","more":1}])", R"(["2:new"])", R"([1])", "7", "{}"}) {
        const Tree tree = from_file("c.json", R"({"secrets":)" + std::string{wrong} + "}");
        EXPECT_EQ(tree.problems().size(), 1U) << wrong;
    }
}

TEST(Config, keys_of_later_versions_are_one_problem_each_and_named) {
    const Tree tree = from_file("c.json", R"({"plugins":{"magic":{"a":1,"b":{"c":2}}},"session":{"shared":true}})");
    EXPECT_EQ(problems_of(tree),
              "plugins.magic: comes with a later version: m (file c.json) -> take it out until then\n"
              "session.shared: comes with a later version: m (file c.json) -> take it out until then\n");
    EXPECT_EQ(from_environment({{"COUNTERSIGN_PLUGINS__MAGIC", "{}"}}).problems().size(), 1U);
}

TEST(Config, keys_of_later_versions_may_say_that_nothing_is_wanted) {
    EXPECT_EQ(problems_of(from_file("c.json", R"({"session":{"shared":false}})")), "");
    EXPECT_EQ(problems_of(from_file("c.json", R"({"plugins":{"magic":{"enabled":false,"a":1}}})")), "");
    EXPECT_EQ(from_file("c.json", R"({"plugins":{"magic":{"enabled":true}}})").problems().size(), 1U);
    EXPECT_EQ(problems_of(from_environment({{"COUNTERSIGN_SESSION__SHARED", "false"}})), "");
}

TEST(Config, every_source_of_a_value_is_kept) {
    const Sources sources{.file_name = "c.toml",
                          .file_text = "secret = 'from file'\nbaseURL = 'https://file.test'\n",
                          .file_readers = Readers::everybody,
                          .environment = {{"AUTH_SECRET", "second"},
                                          {"BETTER_AUTH_SECRET", "first"},
                                          {"COUNTERSIGN_BASE_URL", "https://variable.test"}}};
    const Tree tree = Tree::load(rows, aliases, sources);
    EXPECT_EQ(problems_of(tree), "");
    EXPECT_EQ(tree.find("secret")->source, "file c.toml");
    EXPECT_EQ(tree.find("secret")->replaced, "environment BETTER_AUTH_SECRET");
    EXPECT_TRUE(tree.is_exposed("secret"));
    EXPECT_FALSE(tree.is_exposed("baseURL"));
    EXPECT_EQ(tree.text("baseURL", ""), "https://variable.test");
    EXPECT_EQ(from_environment({{"BETTER_AUTH_SECRET", "first"}, {"AUTH_SECRET", "second"}}).text("secret", ""),
              "first");
}

TEST(Config, lists_in_variables_lose_the_blanks_around_their_parts) {
    EXPECT_EQ(
        from_environment({{"COUNTERSIGN_TRUSTED_ORIGINS", "https://a.test, https://b.test"}}).list("trustedOrigins"),
        (std::vector<std::string>{"https://a.test", "https://b.test"}));
}

TEST(Config, TOML_that_its_reader_did_not_expect_is_a_problem_and_no_crash) {
    for (const std::string_view text : {"[%2f'a]b = 1", "[", "=", "a = ", "[a\nb", "'", "a.'b", "[[", "\x08",
                                        "\"\"\"\xD0\x93\x0BR", "a = 1 \xD2\x93", "\"\" \xD2\x93"}) {
        EXPECT_FALSE(parse_document("countersign.toml", text).ok()) << text;
    }
}

}    // namespace
}    // namespace countersign::config

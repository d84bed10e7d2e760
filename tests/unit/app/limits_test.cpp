#include "app/settings.hpp"

namespace countersign::app {
namespace {

struct Read {
    config::Tree tree;
    Settings settings;
};

Read read(std::string_view lines) {
    const std::string text = lines.empty() ? "" : "[http.limits]\n" + std::string{lines};
    Read made{.tree = config::Tree::load(setting_rows(), {}, {.file_name = "test.toml", .file_text = text}),
              .settings = {}};
    made.settings = read_settings(made.tree);
    return made;
}

TEST(Limits, are_those_of_the_engine_unless_configured) {
    const Read plain = read("");
    EXPECT_TRUE(plain.tree.problems().empty());
    EXPECT_EQ(plain.settings.limits.connections, http::Limits{}.connections);
    EXPECT_EQ(plain.settings.limits.connections_per_client, http::Limits{}.connections_per_client);
    const Read set = read("connections = 7\nconnectionsPerClient = 5\n");
    EXPECT_TRUE(set.tree.problems().empty());
    EXPECT_EQ(set.settings.limits.connections, 7U);
    EXPECT_EQ(set.settings.limits.connections_per_client, 5U);
}

TEST(Limits, that_would_let_nobody_in_or_have_no_end_are_refused) {
    struct Case {
        std::string_view lines;
        std::string_view problem;
    };
    constexpr Case table[]{
        {"connections = 0\n", "http.limits.connections"},
        {"connections = -1\n", "http.limits.connections"},
        {"connections = 1000001\n", "http.limits.connections"},
        {"connectionsPerClient = 0\n", "http.limits.connectionsPerClient"},
        {"connectionsPerClient = 9223372036854775807\n", "http.limits.connectionsPerClient"},
    };
    for (const Case& row : table) {
        const Read made = read(row.lines);
        ASSERT_EQ(made.tree.problems().size(), 1U) << row.lines;
        EXPECT_EQ(made.tree.problems().front().path, row.problem) << row.lines;
    }
}

}    // namespace
}    // namespace countersign::app

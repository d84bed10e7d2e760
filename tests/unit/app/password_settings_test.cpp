// emailAndPassword.blocklistFile.
#include "app/password_settings.hpp"

#include <fstream>

#include "support/database.hpp"

namespace countersign::app {
namespace {

using testing_support::TemporaryFolder;

struct Read {
    std::vector<config::Problem> problems;
    Settings settings;
};
Read read(const std::string& lines) {
    config::Tree tree = config::Tree::load(setting_rows(), {}, {.file_name = "test.toml", .file_text = lines});
    Settings settings = read_settings(tree);
    return {.problems = {tree.problems().begin(), tree.problems().end()}, .settings = std::move(settings)};
}

TEST(PasswordSettings, PWD_06_known_passwords_are_refused_in_native_and_not_on_the_wire_of_Better_Auth) {
    const auto native = password_rules(read("profile = \"native\"\n").settings);
    ASSERT_TRUE(native.has_value());
    EXPECT_FALSE(native->check("password1", {}).ok());
    EXPECT_FALSE(password_rules(read("profile = \"better-auth\"\n").settings).has_value());
}

TEST(PasswordSettings, PWD_06_a_file_adds_to_the_list) {
    const TemporaryFolder folder;
    const std::string name = folder.file("list.txt");
    std::ofstream{name} << "a phrase of the year\nanother\n";
    const Read made = read("profile = \"native\"\nemailAndPassword.blocklistFile = \"" + name + "\"\n");
    EXPECT_TRUE(made.problems.empty());
    const auto rules = password_rules(made.settings);
    ASSERT_TRUE(rules.has_value());
    EXPECT_FALSE(rules->check("A phrase of the Year", {}).ok());
    EXPECT_FALSE(rules->check("password1", {}).ok());
    EXPECT_TRUE(rules->check("a phrase of a year", {}).ok());
}

TEST(PasswordSettings, PWD_06_a_file_that_is_not_there_is_found_at_start_and_not_passed_over) {
    const TemporaryFolder folder;
    std::ofstream{folder.file("empty.txt")};
    std::ofstream{folder.file("list.txt")} << "a phrase\n";
    const struct {
        std::string profile, file;
        std::size_t problems;
    } table[]{
        {"native", folder.file("list.txt"), 0},      {"native", folder.file("none.txt"), 1},
        {"native", folder.file("empty.txt"), 1},     {"native", folder.file(""), 1},
        {"better-auth", folder.file("list.txt"), 1},
    };
    for (const auto& row : table) {
        const Read made =
            read("profile = \"" + row.profile + "\"\nemailAndPassword.blocklistFile = \"" + row.file + "\"\n");
        ASSERT_EQ(made.problems.size(), row.problems) << row.file;
        if (row.problems > 0) {
            EXPECT_EQ(made.problems.front().path, "emailAndPassword.blocklistFile");
        }
    }
}

}    // namespace
}    // namespace countersign::app

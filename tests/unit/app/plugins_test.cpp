#include "app/plugins.hpp"

#include <fstream>
#include <regex>

#include "app/application.hpp"
#include "app/pages.hpp"
#include "unit/app/settings_rig.hpp"

namespace countersign::app {
namespace {

Settings settings_of(const std::string& text) {
    auto tree = config::Tree::load(setting_rows(), {}, {.file_name = "c.toml", .file_text = text, .environment = {}});
    const Settings settings = read_settings(tree);
    EXPECT_EQ(problems_of(tree), "") << text;
    return settings;
}

TEST(Plugins, are_on_by_profile_and_configuration) {
    struct Case {
        std::string text;
        Switch email_password, jwt;
    };
    const Case cases[]{
        {"", Switch::on, Switch::on},
        {"emailAndPassword.enabled = false", Switch::off, Switch::on},
        {"profile = 'better-auth'", Switch::off, Switch::off},
        {"profile = 'better-auth'\nemailAndPassword.enabled = true", Switch::on, Switch::off},
        {"profile = 'better-auth'\n[plugins.jwt]", Switch::off, Switch::on},
        {"profile = 'better-auth'\n[plugins]", Switch::off, Switch::off},
        {"profile = 'better-auth'\nplugins.jwt.jwks.gracePeriod = 3600", Switch::off, Switch::on},
    };
    for (const Case& one : cases) {
        const Settings settings = settings_of(one.text);
        EXPECT_EQ(settings.email_password, one.email_password) << one.text;
        EXPECT_EQ(settings.jwt, one.jwt) << one.text;
        const http::Router router = make_router(settings);
        EXPECT_EQ(router.find(http::Method::get, "/api/auth/token") != nullptr, one.jwt == Switch::on) << one.text;
        // Routed even when off: it says so itself.
        EXPECT_NE(router.find(http::Method::post, "/api/auth/sign-in/email"), nullptr) << one.text;
        EXPECT_NE(router.find(http::Method::get, "/api/auth/ok"), nullptr) << one.text;
    }
}

TEST(Pages, every_asset_is_one_public_row_at_the_root) {
    const http::Router router = make_router(settings_of(""));
    std::size_t rows = 0;
    for (const http::Endpoint* row : router.rows()) {
        if (row->mount != http::Mount::root || row->path->starts_with("/dev/inbox")) continue;
        ++rows;
        EXPECT_EQ(*row->method, http::Method::get) << *row->path;
        EXPECT_EQ(*row->caller, http::Caller::anyone) << *row->path;
        // The entry names the others by hash: it must be asked for anew.
        EXPECT_EQ(row->cache, *row->path == "/" ? http::Cache::no_store : http::Cache::immutable) << *row->path;
    }
    EXPECT_EQ(rows, embedded_assets().size());
}

std::string text_of_file(const std::string& name) {
    std::ifstream in{std::string{COUNTERSIGN_SOURCE_DIR} + "/" + name};
    EXPECT_TRUE(in) << name;
    return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(Guide, names_every_key_and_every_variable_that_is_understood) {
    const std::string guide = text_of_file("docs/guide/configuration.md");
    for (const config::Key& row : setting_rows()) {
        EXPECT_TRUE(guide.contains("`" + std::string{*row.path} + "`")) << *row.path;
    }
    for (const config::Alias& alias : setting_aliases()) {
        EXPECT_TRUE(guide.contains("`" + std::string{alias.variable} + "`")) << alias.variable;
    }
}

TEST(Guide, names_no_key_that_there_is_not) {
    const std::string guide = text_of_file("docs/guide/configuration.md");
    const std::regex first_cell{R"(\n\| `([A-Za-z.-]+)`)"};
    for (std::sregex_iterator at{guide.begin(), guide.end(), first_cell}, end; at != end; ++at) {
        EXPECT_NE(config::find_key(setting_rows(), (*at)[1].str()), nullptr) << (*at)[1].str();
    }
}

}    // namespace
}    // namespace countersign::app

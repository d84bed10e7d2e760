// A configuration as a text, read as `serve` reads it.
#pragma once

#include "app/settings.hpp"
#include "support/database.hpp"

namespace countersign::app {

constexpr std::string_view good_secret = "vR7kQ2mXw9LsT4bNz8HcJ5yPd3GfEa6U";

struct Loaded {
    config::Tree tree;
    Settings settings;
    ApplicationSecrets secrets;
};

inline Loaded load_from(config::Sources sources) {
    Loaded out{.tree = config::Tree::load(setting_rows(), setting_aliases(), sources), .settings = {}, .secrets = {}};
    out.settings = read_settings(out.tree);
    out.secrets = read_secrets(out.tree, out.settings);
    return out;
}

inline std::string problems_of(const config::Tree& tree) {
    std::string out;
    for (const config::Problem& problem : tree.problems()) {
        EXPECT_FALSE(problem.mend.empty()) << problem.path;
        out += problem.path + ": " + problem.what + "\n";
    }
    return out;
}

}    // namespace countersign::app

// Tree::load and read_settings: the first byte says whether the text is TOML or JSON; every problem has a mend.
#include "app/settings.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    if (input.empty()) return;
    const std::string name = input.front() == 't' ? "config.toml" : "config.json";
    config::Tree tree = config::Tree::load(
        app::setting_rows(), {}, {.file_name = name, .file_text = std::string{input.substr(1)}, .environment = {}});
    const app::Settings settings = app::read_settings(tree);
    for (const config::Problem& problem : tree.problems()) {
        fuzz::equal("a problem says what", problem.what.empty(), false);
        fuzz::equal("and how to mend it", problem.mend.empty(), false);
    }
    if (!tree.problems().empty()) return;
    fuzz::equal("a life", settings.session_life > Seconds{0}, true);
    fuzz::equal("a base", settings.own_origin.host.empty(), false);
}

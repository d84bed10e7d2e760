// What the command line leads to, one function a command.
#pragma once

#include <optional>
#include <string>

#include "app/settings.hpp"
#include "cli/step.hpp"

namespace countersign::cli {

struct Loaded {
    config::Tree tree;
    app::Settings settings;
    app::ApplicationSecrets secrets;
};

/// Names and values, as of the environment.
using Variables = std::vector<std::pair<std::string, std::string>>;
/// File and environment; absent after saying why the file cannot be opened. `said`: what the call itself says, in the
/// place of variables of these names.
std::optional<Loaded> load(const std::string& file, const Variables& said = {});
/// The same with its secrets, for a command beside a server: its database is there, and nothing is wrong. `undone` says
/// what has not happened otherwise.
Step<Loaded> load_beside_server(const std::string& file, const std::string& undone);
/// All problems with their mends, on standard error.
void print_problems(const config::Tree& tree);

int serve(const std::string& file);
int explain_config(const std::string& file, Output output);
int explain(const std::string& what, const std::string& folder, Output output);
int generate_secret();
int print_openapi(const std::string& file);

}    // namespace countersign::cli

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

/// File and environment; absent after saying why the file cannot be opened.
std::optional<Loaded> load(const std::string& file);
/// All problems with their mends, on standard error.
void print_problems(const config::Tree& tree);

int serve(const std::string& file);
int explain_config(const std::string& file, Output output);
int explain(const std::string& what, const std::string& folder, Output output);
int generate_secret();
int print_openapi(const std::string& file);

}    // namespace countersign::cli

#include "cli/cli.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/version.hpp"
#include "cli/adopt.hpp"
#include "cli/commands.hpp"
#include "cli/events.hpp"
#include "cli/keys.hpp"
#include "cli/migrate.hpp"
#include "cli/token.hpp"

namespace countersign::cli {
namespace {

/// What the command line can say.
struct Words {
    std::string file, what, folder = ".";
    bool as_json = false;
    Output output() const { return as_json ? Output::json : Output::text; }
};

void declare(CLI::App& command, Words& words) {
    const auto with_config = [&](CLI::App* one) { one->add_option("--config", words.file, "TOML or JSON file"); };
    const auto with_json = [&](CLI::App* one) { one->add_flag("--json", words.as_json, "for machines"); };
    command.require_subcommand(1);
    command.set_version_flag("--version", "countersign " + std::string{version()});
    with_config(command.add_subcommand("serve", "run the server"));
    CLI::App* config = command.add_subcommand("config", "about the configuration");
    config->require_subcommand(1);
    CLI::App* effective =
        config->add_subcommand("explain", "every value in force, where it came from, what it secures");
    with_config(effective);
    with_json(effective);
    CLI::App* explained = command.add_subcommand("explain", "what a reference or a label stands for");
    explained->add_option("what", words.what, "x-request-id of a refusal, or a label as session.expired")->required();
    explained->add_option("--data", words.folder, "data folder of the server");
    with_json(explained);
    CLI::App* secret = command.add_subcommand("secret", "about the application secret");
    secret->require_subcommand(1);
    secret->add_subcommand("generate", "a new secret on standard output");
    with_config(command.add_subcommand("openapi", "the OpenAPI document"));
    command.add_subcommand("version", "the version of this build");
    command.footer(
        "Exit codes: 0 fine, 1 what was checked is not fine, 2 the call or the configuration is wrong, "
        "3 it could not be checked.");
}

std::vector<std::string> flags_of(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

/// The first word that is none of ours, with the one that was probably meant.
std::string suggestion(const CLI::App& command, int argc, char** argv) {
    const CLI::App* here = &command;
    for (int i = 1; i < argc; ++i) {
        const std::string word{argv[i]};
        std::vector<std::string> known;
        if (word.starts_with("-")) {
            known = flags_of(*here);
            const std::string name = word.substr(0, word.find('='));
            if (here->get_option_no_throw(name) != nullptr) continue;
            const std::string meant = config::nearest(known, name);
            return meant.empty() ? "" : "did you mean " + meant + "?\n";
        }
        const CLI::App* next = nullptr;
        for (const CLI::App* one : here->get_subcommands([](const CLI::App*) { return true; })) {
            known.push_back(one->get_name());
            if (one->get_name() == word) next = one;
        }
        if (known.empty()) continue;
        if (next != nullptr) {
            here = next;
            continue;
        }
        const std::string meant = config::nearest(known, word);
        return meant.empty() ? "" : "did you mean " + meant + "?\n";
    }
    return "";
}

int report(const CLI::App& command, const CLI::ParseError& error, int argc, char** argv) {
    if (error.get_exit_code() == 0) return command.exit(error) == 0 ? fine : wrong_call;    // --help, --version
    fmt::print(stderr, "countersign: {}\n{}Run countersign --help for what there is.\n", error.what(),
               suggestion(command, argc, argv));
    return wrong_call;
}

}    // namespace

int run(int argc, char** argv) {
    CLI::App command{"Countersign: authentication server, token verifier and specialist", "countersign"};
    Words words;
    declare(command, words);
    const TokenCommands tokens{command};
    const SigningKeyCommands keys{command};
    const EventCommands events{command};
    const MigrateCommand migration{command};
    const AdoptCommand adoption{command};
    try {
        command.parse(argc, argv);
    } catch (const CLI::ParseError& error) {    // the library's way to report a wrong call, and --help
        return report(command, error, argc, argv);
    }
    if (const auto done = tokens.run()) return *done;
    if (const auto done = keys.run()) return *done;
    if (const auto done = events.run()) return *done;
    if (const auto done = migration.run()) return *done;
    if (const auto done = adoption.run()) return *done;
    if (command.got_subcommand("serve")) return serve(words.file);
    if (command.got_subcommand("config")) return explain_config(words.file, words.output());
    if (command.got_subcommand("explain")) return explain(words.what, words.folder, words.output());
    if (command.got_subcommand("openapi")) return print_openapi(words.file);
    if (command.got_subcommand("secret")) return generate_secret();
    fmt::print("countersign {}\n", version());
    return fine;
}

}    // namespace countersign::cli

// `countersign adopt`: what a database of Better Auth means for a server of ours, before one is started on it. Reads
// it, also beside a server that runs, and changes nothing.
#pragma once

#include <memory>
#include <optional>

#include "base/time.hpp"
#include "cli/step.hpp"
#include "cli/streams.hpp"

namespace CLI {
class App;
}

namespace countersign::cli {

struct AdoptAsk {
    std::string config;      // file; empty: the environment alone
    std::string database;    // URL or path; empty: storage.url of the configuration, or DATABASE_URL
    Output output = Output::text;
};
/// Exit codes: 0 all works, with the settings that are printed; 1 something will not work; 2 the call is wrong; 3 it
/// could not be checked, or what was given does not say.
int adopt(const AdoptAsk& ask, const Clock& clock, Streams streams);

class AdoptCommand {
  public:
    explicit AdoptCommand(CLI::App& command);
    ~AdoptCommand();
    /// Absent if the call was for another command.
    std::optional<int> run() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}    // namespace countersign::cli

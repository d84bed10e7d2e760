// `countersign migrate`: what the database lacks for this program and its configuration, and how it gets it.
#pragma once

#include <memory>
#include <optional>

#include "cli/step.hpp"
#include "cli/streams.hpp"

namespace CLI {
class App;
}

namespace countersign::cli {

struct MigrateAsk {
    std::string config;    // file; empty: the usual places
    enum class Mode : std::uint8_t { plan, rehearse, apply } mode = Mode::plan;
    Output output = Output::text;
};
/// Exit codes: 0 nothing is lacking (apply: any more), 1 refused and nothing changed, 2 configuration is wrong, 3 no
/// database, or it did not do its work, 4 something is lacking.
int migrate(const MigrateAsk& ask, Streams streams);

class MigrateCommand {
  public:
    explicit MigrateCommand(CLI::App& command);
    ~MigrateCommand();
    /// Absent if the call was for another command.
    std::optional<int> run() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}    // namespace countersign::cli

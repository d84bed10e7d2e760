// `countersign events`: what was done to accounts, and whether the record of it is whole (ERR-05). Reads the database
// beside a server that may be running, and changes nothing.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "cli/step.hpp"
#include "cli/streams.hpp"

namespace CLI {
class App;
}

namespace countersign::cli {

struct EventsAsk {
    std::string config;    // file; empty: the usual places
    std::string kind, user, since;
    std::vector<std::string> checkpoints;    // files, or lines
    std::size_t last = 100;                  // of the newest events; 0: all
    Output output = Output::text;
};
/// Exit codes of all: 0 fine, 1 the events are not whole, 2 call or configuration is wrong, 3 it could not be checked.
int list_events(const EventsAsk& ask, Streams streams);
int verify_events(const EventsAsk& ask, Streams streams);
/// Every column of every row that is asked for, one JSON object a line.
int export_events(const EventsAsk& ask, Streams streams);

class EventCommands {
  public:
    explicit EventCommands(CLI::App& command);
    ~EventCommands();
    /// Absent if the call was for another command.
    std::optional<int> run() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}    // namespace countersign::cli

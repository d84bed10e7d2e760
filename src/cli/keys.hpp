// `countersign keys`: the keys that sign tokens, in the database of a server that may be running (KEY-06, KEY-08).
#pragma once

#include <memory>

#include "app/settings.hpp"
#include "cli/step.hpp"
#include "cli/streams.hpp"
#include "token/rotation.hpp"

namespace CLI {
class App;
}

namespace countersign::cli {

struct KeysAsk {
    std::string config;    // file; empty: the usual places
    std::string kid;       // to retire
    token::Takeover when = token::Takeover::when_published;
    Output output = Output::text;
};
/// Exit codes of all: 0 done, 1 not done because of the keys, 2 configuration is wrong, 3 no database.
int list_keys(const KeysAsk& ask, const Clock& clock, Streams streams);
int rotate_keys(const KeysAsk& ask, const Clock& clock, Streams streams);
int retire_key(const KeysAsk& ask, const Clock& clock, Streams streams);

class SigningKeyCommands {
  public:
    explicit SigningKeyCommands(CLI::App& command);
    ~SigningKeyCommands();
    /// Absent if the call was for another command.
    std::optional<int> run() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}    // namespace countersign::cli

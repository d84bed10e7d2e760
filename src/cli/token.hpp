// `countersign token`: verify tokens against a policy, or look at one without a key (DESIGN §6).
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include "cli/token_keys.hpp"

namespace CLI {
class App;
}

namespace countersign::cli {

struct VerifyAsk {
    std::string jwks;      // a file or an address
    std::string policy;    // a file, TOML or JSON
    std::optional<std::int64_t> now;
};
/// One token a line in, one JSON line each out. Exit codes: 0 all verified, 1 any refused, 2 policy or keys are wrong,
/// 3 a file cannot be read, or keys cannot be fetched.
int verify_tokens(const VerifyAsk& ask, std::istream& in, std::ostream& out, std::ostream& complaints);

enum class Form : std::uint8_t { people, json };
/// Exit codes: 0 nothing to refuse, 1 something.
int inspect_tokens(Form form, std::int64_t now, std::istream& in, std::ostream& out);

class TokenCommands {
  public:
    explicit TokenCommands(CLI::App& command);
    ~TokenCommands();
    /// Absent if the call was for another command.
    std::optional<int> run() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}    // namespace countersign::cli

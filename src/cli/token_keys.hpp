// The commands of `countersign token` that work with a key: sign, keygen, thumbprint, convert. A file each; private
// keys go to files of their owner and never to a terminal, unless `--out -` asks for it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/step.hpp"
#include "cli/streams.hpp"

namespace CLI {
class App;
}

namespace countersign::cli {

/// Claims that a careful verifier would refuse are not signed, unless they are asked for by name.
enum class Claims : std::uint8_t { careful, anything };

struct SignAsk {
    std::string key, claims;       // files; one of them may be `-`
    std::string typ = "at+jwt";    // `absent`: none
    std::string alg, kid;          // empty: those of the key
    Claims which = Claims::careful;
    Output output = Output::text;
};
/// Exit codes: 0 signed, 1 not signed as a careful verifier would refuse it, 2 key or claims are wrong, 3 not readable.
int sign_token(const SignAsk& ask, Instant now, Streams streams);

struct KeygenAsk {
    std::string alg, curve;
    std::size_t bits = 0;    // 0: 2048, for RSA only
    std::string format = "jwk", out, half;
    Output output = Output::text;
};
int generate_key(const KeygenAsk& ask, Streams streams);

struct ThumbprintAsk {
    std::string key;
    enum class As : std::uint8_t { text, uri } as = As::text;
    Output output = Output::text;
};
int print_thumbprints(const ThumbprintAsk& ask, Streams streams);

enum class Terminal : std::uint8_t { no, yes };
struct ConvertAsk {
    std::string key, form, kid, out;    // out empty: the standard output, unless that is a terminal
    Terminal output_is = Terminal::no;
};
int convert_key(const ConvertAsk& ask, Streams streams);

class KeyCommands {
  public:
    explicit KeyCommands(CLI::App& token);
    ~KeyCommands();
    /// Absent if the call was for another command.
    std::optional<int> run() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}    // namespace countersign::cli

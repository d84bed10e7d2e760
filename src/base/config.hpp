// Configuration by rows: every key there is, its kind, its default, and what it is for. Unknown keys are errors; all
// problems are reported at once, each with how to mend it (TOOL-06).
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/given.hpp"
#include "base/json.hpp"

namespace countersign::config {

/// `table` is a key whose presence alone says something (`plugins.jwt`); `secret` is never printed; `secrets` is a text
/// as "2:new,1:old" or a list of {version, value}; `object` is one value, whatever its members.
enum class Kind : std::uint8_t { boolean, integer, text, text_list, secret, secrets, table, object };

/// `later`: a known option of a feature that this version does not have. It is refused in words of its own, as a whole
/// with all that is below it; false, or a table whose `enabled` is false, asks for nothing and is let through.
enum class Since : std::uint8_t { now, later };

struct Key {
    Given<std::string_view> path;    // "emailAndPassword.enabled"
    Given<Kind> kind;
    Given<std::string_view> fallback;    // for people, in `config explain`; the code that reads it has the same
    Given<std::string_view> meaning;
    std::string_view secures = {};    // the security property that it sets, for `config explain`
    Since since = Since::now;
};

struct Problem {
    std::string path;
    std::string what;
    std::string mend;
};

/// Weakest first: a stronger source replaces what a weaker one says about the same key.
enum class Rank : std::uint8_t { alias, file, environment };

struct Setting {
    json::Value value;
    std::string source;    // "file countersign.toml", "environment COUNTERSIGN_HTTP__LISTEN"
    Rank rank = Rank::file;
    std::string replaced;    // the source of a weaker value that this one hides; empty: none
};

/// Variables of other names that are understood, weakest of all sources. Of two for one key the earlier row counts.
struct Alias {
    std::string_view variable;
    std::string_view path;
};

/// Who besides the owner and group may read a configuration file.
enum class Readers : std::uint8_t { limited, everybody };

struct Sources {
    std::string file_name;    // empty: none
    std::string file_text;
    Readers file_readers = Readers::limited;
    std::vector<std::pair<std::string, std::string>> environment;
};

class Tree {
  public:
    /// Reads file and environment against the rows. Precedence: COUNTERSIGN_*, file, aliases; key by key, so that a
    /// table of one source keeps the members that a stronger one does not name.
    static Tree load(std::span<const Key> rows, std::span<const Alias> aliases, const Sources& sources);

    const Setting* find(std::string_view path) const;
    bool has(std::string_view path) const { return find(path) != nullptr; }
    /// Whether the key itself or anything below it is set.
    bool has_below(std::string_view path) const;
    std::string text(std::string_view path, std::string_view fallback) const;
    std::int64_t integer(std::string_view path, std::int64_t fallback) const;
    bool flag(std::string_view path, bool fallback) const;
    std::vector<std::string> list(std::string_view path) const;

    /// Whether the value comes from a file that everybody on the machine can read.
    bool is_exposed(std::string_view path) const;

    const std::vector<Problem>& problems() const { return problems_; }
    void add_problem(std::string_view path, std::string what, std::string mend) {
        problems_.push_back({std::string{path}, std::move(what), std::move(mend)});
    }

  private:
    struct Loader;
    std::map<std::string, Setting, std::less<>> settings_;
    std::vector<Problem> problems_;
    Readers file_readers_ = Readers::limited;
};

/// JSON if the name or the text says so, TOML otherwise. Errors: config.invalid, with the place and never the text.
Result<json::Value> parse_document(std::string_view name, std::string_view text);

/// The row of this name, or null.
const Key* find_key(std::span<const Key> rows, std::string_view path);
/// The name among `known` that was probably meant, or empty. Capitals do not count; `expiresIn` finds
/// `session.expiresIn`.
std::string nearest(std::span<const std::string> known, std::string_view given);

/// `COUNTERSIGN_` and the path in upper snake case with `__` between levels.
std::string environment_name(std::string_view path);

}    // namespace countersign::config

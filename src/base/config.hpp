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

/// `table` is a key whose presence alone says something (`plugins.jwt`); `secret` is never printed.
enum class Kind : std::uint8_t { boolean, integer, text, text_list, secret, table, object };

struct Key {
    Given<std::string_view> path;    // "emailAndPassword.enabled"
    Given<Kind> kind;
    Given<std::string_view> fallback;    // for people, in `config explain`; the code that reads it has the same
    Given<std::string_view> meaning;
};

struct Problem {
    std::string path;
    std::string what;
    std::string mend;
};

struct Setting {
    json::Value value;
    std::string source;    // "file countersign.toml", "environment COUNTERSIGN_HTTP__LISTEN"
};

/// Variables of other names that are understood, weakest of all sources.
struct Alias {
    std::string_view variable;
    std::string_view path;
};

struct Sources {
    std::string file_name;    // empty: none
    std::string file_text;
    std::vector<std::pair<std::string, std::string>> environment;
};

class Tree {
  public:
    /// Reads file and environment against the rows. Precedence: COUNTERSIGN_*, file, aliases.
    static Tree load(std::span<const Key> rows, std::span<const Alias> aliases, const Sources& sources);

    const Setting* find(std::string_view path) const;
    bool has(std::string_view path) const { return find(path) != nullptr; }
    /// Whether the key itself or anything below it is set.
    bool has_below(std::string_view path) const;
    std::string text(std::string_view path, std::string_view fallback) const;
    std::int64_t integer(std::string_view path, std::int64_t fallback) const;
    bool flag(std::string_view path, bool fallback) const;
    std::vector<std::string> list(std::string_view path) const;

    const std::vector<Problem>& problems() const { return problems_; }
    void add_problem(std::string_view path, std::string what, std::string mend) {
        problems_.push_back({std::string{path}, std::move(what), std::move(mend)});
    }

  private:
    std::map<std::string, Setting, std::less<>> settings_;
    std::vector<Problem> problems_;
};

/// JSON if the name or the text says so, TOML otherwise.
Result<json::Value> parse_document(std::string_view name, std::string_view text);

/// `COUNTERSIGN_` and the path in upper snake case with `__` between levels.
std::string environment_name(std::string_view path);

}    // namespace countersign::config

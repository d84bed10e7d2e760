#include "base/config.hpp"

#include "base/config_text.hpp"

namespace countersign::config {
namespace {

constexpr std::string_view our_prefix = "COUNTERSIGN_";

using Take = std::function<void(const std::string&, const json::Value&)>;

bool is_leaf(const Key& row) { return *row.kind == Kind::object || row.since == Since::later; }

/// Whether keys stand below this path.
bool is_branch(std::span<const Key> rows, std::string_view path) {
    return std::ranges::any_of(rows, [&](const Key& row) {
        return row.path->starts_with(path) && row.path->substr(path.size()).starts_with('.');
    });
}

/// Every leaf of a tree with its dotted path; a table that is one value is one leaf.
void flatten(std::span<const Key> rows, const std::string& path, const json::Value& value, const Take& take) {
    const Key* row = find_key(rows, path);
    const json::Object* object = value.as_object();
    if (object == nullptr || (row != nullptr && is_leaf(*row))) return take(path, value);
    const bool is_table = row != nullptr && *row->kind == Kind::table;
    if (is_table || (object->empty() && !path.empty() && !is_branch(rows, path)))
        take(path, json::Value{json::Object{}});
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const auto& [name, member] : *object) {
        std::string below = prefix;
        below += name;
        flatten(rows, below, member, take);
    }
}

std::string mend_of(std::string_view meant) {
    if (meant.empty()) return "remove it; `countersign config explain` lists every key";
    return "did you mean " + std::string{meant} + "?";
}

}    // namespace

/// One load: the tree that grows, and what it is read against.
struct Tree::Loader {
    Tree& tree;
    std::span<const Key> rows;
    std::vector<std::string> paths = {};

    Loader(Tree& into, std::span<const Key> known) : tree{into}, rows{known} {
        for (const Key& row : rows) paths.emplace_back(*row.path);
    }

    void refuse_kind(const Key& row, const std::string& source) const {
        const std::string words{kind_words(*row.kind)};
        tree.add_problem(*row.path, "is not " + words + " (" + source + ")", "write " + words);
    }

    void refuse_later(const Key& row, const json::Value& value, const std::string& source) const {
        const json::Value* enabled = value.find("enabled");
        const bool* asks = enabled == nullptr ? value.as_bool() : enabled->as_bool();
        if (asks != nullptr && !*asks) return;
        tree.add_problem(*row.path, "comes with a later version: " + std::string{*row.meaning} + " (" + source + ")",
                         "take it out until then");
    }

    void put(const std::string& path, const json::Value& value, const std::string& source, Rank rank) {
        const Key* row = find_key(rows, path);
        if (row == nullptr)
            return tree.add_problem(path, "no such key (" + source + ")", mend_of(nearest(paths, path)));
        if (row->since == Since::later) return refuse_later(*row, value, source);
        if (!fits(*row->kind, value)) return refuse_kind(*row, source);
        Setting made{.value = value, .source = source, .rank = rank, .replaced = {}};
        if (const auto before = tree.settings_.find(path); before != tree.settings_.end())
            made.replaced = before->second.source;
        tree.settings_.insert_or_assign(path, std::move(made));
    }

    void put_tree(const std::string& path, const json::Value& value, const std::string& source, Rank rank) {
        flatten(rows, path, value,
                [&](const std::string& at, const json::Value& leaf) { put(at, leaf, source, rank); });
    }

    void put_text(const std::string& variable, const std::string& text, const Key& row, Rank rank) {
        const std::string source = "environment " + variable;
        if (row.since == Since::later) return refuse_later(row, json::Value{text != "false"}, source);
        if (const auto value = from_text(*row.kind, text))
            return put_tree(std::string{*row.path}, *value, source, rank);
        refuse_kind(row, source);
    }

    void read_aliases(std::span<const Alias> aliases, const Sources& sources) {
        for (auto alias = aliases.rbegin(); alias != aliases.rend(); ++alias) {
            for (const auto& [variable, text] : sources.environment) {
                if (variable != alias->variable || text.empty()) continue;
                put_text(variable, text, *find_key(rows, alias->path), Rank::alias);
            }
        }
    }

    void read_file(const Sources& sources) {
        if (sources.file_name.empty()) return;
        const FileText file = file_value(sources.file_name, sources.file_text);
        if (!file.fault.empty())
            return tree.add_problem(sources.file_name, file.fault, "mend its syntax (TOML, or JSON in a .json file)");
        put_tree("", file.value, "file " + sources.file_name, Rank::file);
    }

    /// A variable that names a key, or a table above keys.
    void read_variable(const std::string& variable, const std::string& text) {
        const auto row =
            std::ranges::find_if(rows, [&](const Key& key) { return environment_name(*key.path) == variable; });
        if (row != rows.end()) return put_text(variable, text, *row, Rank::environment);
        std::vector<std::string> names;
        for (const std::string& path : paths) {
            for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
                if (environment_name(path.substr(0, dot)) != variable) continue;
                const std::string source = "environment " + variable;
                if (const auto table = from_text(Kind::table, text))
                    return put_tree(path.substr(0, dot), *table, source, Rank::environment);
                return tree.add_problem(path.substr(0, dot), "is not a table (" + source + ")", "write it as JSON");
            }
            names.push_back(environment_name(path));
        }
        tree.add_problem(variable, "no key has this environment form", mend_of(nearest(names, variable)));
    }

    void read_environment(const Sources& sources) {
        std::vector<const std::pair<std::string, std::string>*> ours;
        for (const auto& entry : sources.environment) {
            if (entry.first.starts_with(our_prefix)) ours.push_back(&entry);
        }
        // A table before what is in it: the more exact variable counts.
        std::ranges::sort(
            ours, {}, [](const auto* entry) { return std::pair{entry->first.size(), std::string_view{entry->first}}; });
        for (const auto* entry : ours) read_variable(entry->first, entry->second);
    }
};

Result<json::Value> parse_document(std::string_view name, std::string_view text) {
    FileText file = file_value(std::string{name}, std::string{text});
    if (!file.fault.empty()) return fail(Code::config_invalid, "TOML or JSON", file.fault);
    return std::move(file.value);
}

std::string environment_name(std::string_view path) {
    std::string out{our_prefix};
    char before = '.';
    for (std::size_t i = 0; i < path.size(); ++i) {
        const char c = path[i];
        const bool upper = c >= 'A' && c <= 'Z';
        const bool before_lower = (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9');
        if (c == '.') {
            out += "__";
        } else {
            // A run of capitals is one word: baseURL is BASE_URL.
            if (upper && before_lower) out.push_back('_');
            out.push_back(c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c));
        }
        before = c;
    }
    return out;
}

Tree Tree::load(std::span<const Key> rows, std::span<const Alias> aliases, const Sources& sources) {
    Tree tree;
    tree.file_readers_ = sources.file_readers;
    Loader loader{tree, rows};
    loader.read_aliases(aliases, sources);
    loader.read_file(sources);
    loader.read_environment(sources);
    return tree;
}

const Setting* Tree::find(std::string_view path) const {
    const auto found = settings_.find(path);
    return found == settings_.end() ? nullptr : &found->second;
}

bool Tree::has_below(std::string_view path) const {
    if (has(path)) return true;
    const std::string below = std::string{path} + ".";
    const auto at = settings_.lower_bound(below);
    return at != settings_.end() && at->first.starts_with(below);
}

bool Tree::is_exposed(std::string_view path) const {
    const Setting* setting = find(path);
    return setting != nullptr && setting->rank == Rank::file && file_readers_ == Readers::everybody;
}

std::string Tree::text(std::string_view path, std::string_view fallback) const {
    const Setting* setting = find(path);
    return setting == nullptr ? std::string{fallback} : *setting->value.as_string();
}

std::int64_t Tree::integer(std::string_view path, std::int64_t fallback) const {
    const Setting* setting = find(path);
    const auto* held = setting == nullptr ? nullptr : setting->value.as_integer();
    return held == nullptr ? fallback : *held;
}

bool Tree::flag(std::string_view path, bool fallback) const {
    const Setting* setting = find(path);
    const auto* held = setting == nullptr ? nullptr : setting->value.as_bool();
    return held == nullptr ? fallback : *held;
}

std::vector<std::string> Tree::list(std::string_view path) const {
    std::vector<std::string> out;
    const Setting* setting = find(path);
    if (setting == nullptr) return out;
    for (const json::Value& element : *setting->value.as_array()) out.push_back(*element.as_string());
    return out;
}

}    // namespace countersign::config

#include "base/config.hpp"

#include <charconv>
#include <sstream>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace countersign::config {
namespace {

constexpr std::string_view our_prefix = "COUNTERSIGN_";

json::Value from_toml(const toml::node& node) {
    if (const auto* table = node.as_table()) {
        json::Object object;
        for (const auto& [name, member] : *table) object.emplace_back(std::string{name.str()}, from_toml(member));
        return json::Value{std::move(object)};
    }
    if (const auto* array = node.as_array()) {
        json::Array out;
        for (const toml::node& element : *array) out.push_back(from_toml(element));
        return json::Value{std::move(out)};
    }
    if (const auto text = node.value_exact<std::string>()) return json::Value{*text};
    if (const auto number = node.value_exact<std::int64_t>()) return json::Value{*number};
    if (const auto flag = node.value_exact<bool>()) return json::Value{*flag};
    if (const auto number = node.value_exact<double>()) return json::Value{*number};
    return json::Value{};
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

std::string nearest(std::span<const Key> rows, std::string_view path) {
    const Key* best = nullptr;
    std::size_t least = 6;    // farther than this is no spelling mistake
    for (const Key& row : rows) {
        const std::size_t apart = distance(*row.path, path);
        if (apart < least) {
            least = apart;
            best = &row;
        }
    }
    if (best == nullptr) return "remove it; `countersign config explain` lists every key";
    return "did you mean " + std::string{*best->path} + "?";
}

const Key* find_row(std::span<const Key> rows, std::string_view path) {
    const auto found = std::ranges::find(rows, path, [](const Key& row) { return *row.path; });
    return found == rows.end() ? nullptr : &*found;
}

std::string_view kind_words(Kind kind) {
    switch (kind) {
        case Kind::boolean:
            return "true or false";
        case Kind::integer:
            return "a whole number";
        case Kind::text:
        case Kind::secret:
            return "a text";
        case Kind::text_list:
            return "a list of texts";
        case Kind::table:
        case Kind::object:
            return "a table";
    }
    return "";
}

bool fits(Kind kind, const json::Value& value) {
    switch (kind) {
        case Kind::boolean:
            return value.as_bool() != nullptr;
        case Kind::integer:
            return value.as_integer() != nullptr;
        case Kind::text:
        case Kind::secret:
            return value.as_string() != nullptr;
        case Kind::text_list:
            return value.as_array() != nullptr && std::ranges::all_of(*value.as_array(), [](const json::Value& v) {
                       return v.as_string() != nullptr;
                   });
        case Kind::table:
        case Kind::object:
            return value.as_object() != nullptr;
    }
    return false;
}

/// A variable's text as the value of its row.
std::optional<json::Value> from_text(Kind kind, const std::string& text) {
    switch (kind) {
        case Kind::boolean:
            if (text == "true" || text == "false") return json::Value{text == "true"};
            return std::nullopt;
        case Kind::integer: {
            std::int64_t number = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
            return json::Value{number};
        }
        case Kind::text:
        case Kind::secret:
            return json::Value{text};
        case Kind::text_list: {
            json::Array list;
            std::istringstream parts{text};
            for (std::string part; std::getline(parts, part, ',');) list.emplace_back(part);
            return json::Value{std::move(list)};
        }
        case Kind::table:
        case Kind::object:
            break;
    }
    Result<json::Value> parsed = json::parse(text);
    if (!parsed.ok() || parsed->as_object() == nullptr) return std::nullopt;
    return *std::move(parsed);
}

/// Every leaf of a tree with its dotted path; a table that is a row of kind `object` is one leaf.
void flatten(std::span<const Key> rows, const std::string& path, const json::Value& value,
             const std::function<void(const std::string&, const json::Value&)>& take) {
    const Key* row = find_row(rows, path);
    const json::Object* object = value.as_object();
    if (object == nullptr || (row != nullptr && *row->kind == Kind::object)) return take(path, value);
    if (object->empty() || (row != nullptr && *row->kind == Kind::table)) {
        if (!path.empty()) take(path, json::Value{json::Object{}});
    }
    for (const auto& [name, member] : *object) flatten(rows, path.empty() ? name : path + "." + name, member, take);
}

}    // namespace

Result<json::Value> parse_document(std::string_view name, std::string_view text) {
    if (name.ends_with(".json") || text.starts_with('{')) return json::parse(text);
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) return fail(Code::config_invalid, "TOML", parsed.error().description());
    return from_toml(parsed.table());
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
    const auto put = [&](const std::string& path, json::Value value, std::string source) {
        const Key* row = find_row(rows, path);
        if (row == nullptr) return tree.add_problem(path, "no such key (" + source + ")", nearest(rows, path));
        if (!fits(*row->kind, value)) {
            return tree.add_problem(path, "is not " + std::string{kind_words(*row->kind)} + " (" + source + ")",
                                    "write " + std::string{kind_words(*row->kind)});
        }
        tree.settings_[path] = Setting{std::move(value), std::move(source)};
    };
    const auto put_text = [&](const std::string& variable, const std::string& text, const Key& row) {
        const std::string source = "environment " + variable;
        if (auto value = from_text(*row.kind, text)) return put(std::string{*row.path}, *std::move(value), source);
        tree.add_problem(*row.path, "is not " + std::string{kind_words(*row.kind)} + " (" + source + ")",
                         "write " + std::string{kind_words(*row.kind)});
    };
    for (const auto& [variable, text] : sources.environment) {
        const auto alias = std::ranges::find(aliases, variable, &Alias::variable);
        if (alias != aliases.end() && !text.empty()) put_text(variable, text, *find_row(rows, alias->path));
    }
    if (!sources.file_name.empty()) {
        const Result<json::Value> file = parse_document(sources.file_name, sources.file_text);
        if (!file.ok()) {
            tree.add_problem(sources.file_name, "cannot be read: " + file.error().detail(),
                             "mend its syntax (TOML, or JSON in a .json file)");
        } else {
            flatten(rows, "", *file, [&](const std::string& path, const json::Value& value) {
                put(path, value, "file " + sources.file_name);
            });
        }
    }
    for (const auto& [variable, text] : sources.environment) {
        if (!variable.starts_with(our_prefix)) continue;
        const auto row =
            std::ranges::find_if(rows, [&](const Key& key) { return environment_name(*key.path) == variable; });
        if (row != rows.end()) {
            put_text(variable, text, *row);
        } else {
            tree.add_problem(variable, "no key has this environment form",
                             "`countersign config explain` lists every key and its form");
        }
    }
    return tree;
}

const Setting* Tree::find(std::string_view path) const {
    const auto found = settings_.find(path);
    return found == settings_.end() ? nullptr : &found->second;
}

bool Tree::has_below(std::string_view path) const {
    const auto at = settings_.lower_bound(path);
    if (at == settings_.end()) return false;
    const std::string_view name = at->first;
    return name == path || (name.starts_with(path) && name.substr(path.size()).starts_with('.'));
}

std::string Tree::text(std::string_view path, std::string_view fallback) const {
    const Setting* setting = find(path);
    return setting == nullptr ? std::string{fallback} : *setting->value.as_string();
}

std::int64_t Tree::integer(std::string_view path, std::int64_t fallback) const {
    const Setting* setting = find(path);
    return setting == nullptr ? fallback : *setting->value.as_integer();
}

bool Tree::flag(std::string_view path, bool fallback) const {
    const Setting* setting = find(path);
    return setting == nullptr ? fallback : *setting->value.as_bool();
}

std::vector<std::string> Tree::list(std::string_view path) const {
    std::vector<std::string> out;
    const Setting* setting = find(path);
    if (setting == nullptr) return out;
    for (const json::Value& element : *setting->value.as_array()) out.push_back(*element.as_string());
    return out;
}

}    // namespace countersign::config

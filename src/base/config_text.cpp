#include "base/config_text.hpp"

#include <charconv>
#include <sstream>

#include "base/json_fault.hpp"

// The reader asserts that a key begins with a character of keys before it refuses one that does not: found by fuzzing.
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace countersign::config {
namespace {

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

std::string at_place(std::string_view form, std::size_t line, std::size_t column, std::string_view what) {
    std::string out =
        "is no " + std::string{form} + ": line " + std::to_string(line) + ", column " + std::to_string(column);
    if (!what.empty()) out += ", " + std::string{what};
    return out;
}

/// `[{version: 2, value: "..."}]`, Better Auth's form.
bool is_version_list(const json::Value& value) {
    const json::Array* list = value.as_array();
    return list != nullptr && std::ranges::all_of(*list, [](const json::Value& entry) {
               constexpr std::size_t members = 2;
               const json::Value* version = entry.find("version");
               const json::Value* secret = entry.find("value");
               return version != nullptr && version->as_integer() != nullptr && secret != nullptr &&
                      secret->as_string() != nullptr && entry.as_object()->size() == members;
           });
}

std::string trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return std::string{text};
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
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

}    // namespace

FileText file_value(const std::string& name, const std::string& text) {
    FileText out;
    if (name.ends_with(".json") || text.starts_with('{')) {
        Result<json::Value> parsed = json::parse(text);
        if (parsed.ok()) {
            out.value = *std::move(parsed);
        } else {
            const json::Fault fault = json::find_fault(text);
            out.fault = at_place("JSON", fault.line, fault.column, fault.what);
        }
        return out;
    }
    const toml::parse_result parsed = toml::parse(text);
    if (parsed) {
        out.value = from_toml(parsed.table());
        return out;
    }
    // What follows the colon may quote the file, and that may be a secret.
    const std::string_view words = parsed.error().description();
    const toml::source_position at = parsed.error().source().begin;
    out.fault = at_place("TOML", at.line, at.column, words.substr(0, words.find(':')));
    return out;
}

const Key* find_key(std::span<const Key> rows, std::string_view path) {
    const auto found = std::ranges::find(rows, path, [](const Key& row) { return *row.path; });
    return found == rows.end() ? nullptr : &*found;
}

std::string nearest(std::span<const std::string> known, std::string_view given) {
    const std::string wanted = lower(given);
    constexpr std::size_t share = 3;    // more than a third of the letters wrong is no spelling mistake
    std::size_t least = std::max<std::size_t>(wanted.size() / share, 2) + 1;
    std::string best;
    for (const std::string& name : known) {
        const std::string candidate = lower(name);
        const std::size_t apart = candidate.ends_with("." + wanted) ? 1 : distance(candidate, wanted);
        if (apart < least) {
            least = apart;
            best = name;
        }
    }
    return best;
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
        case Kind::secrets:
            return "a text as 2:new,1:old, or a list of tables with version and value";
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
        case Kind::secrets:
            return value.as_string() != nullptr || is_version_list(value);
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
        case Kind::secrets:
            return json::Value{text};
        case Kind::text_list: {
            json::Array list;
            std::istringstream parts{text};
            for (std::string part; std::getline(parts, part, ',');) list.emplace_back(trimmed(part));
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

}    // namespace countersign::config

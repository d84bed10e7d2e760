#include "http/router.hpp"

#include "base/assert.hpp"

namespace countersign::http {
namespace {

bool has_parameter(std::string_view path) { return path.contains("/:"); }

std::optional<std::string_view> segment_behind(std::string_view prefix, std::string_view path) {
    if (!path.starts_with(prefix)) return std::nullopt;
    path.remove_prefix(prefix.size());
    if (path.empty() || path.contains('/')) return std::nullopt;
    return path;
}

}    // namespace

std::size_t Router::Hash::operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }

std::string_view Router::path_of(const Endpoint& row) const {
    const auto moved = moved_.find(&row);
    return moved == moved_.end() ? *row.path : std::string_view{moved->second};
}

std::string Router::full_path(const Endpoint& row) const {
    return (row.mount == Mount::root ? "" : base_path_) + std::string{path_of(row)};
}

void Router::add(const Endpoint& row) {
    const std::string path = full_path(row);
    CS_ASSERT(std::ranges::none_of(
        rows_, [&](const Endpoint* other) { return *other->method == *row.method && full_path(*other) == path; }));
    rows_.push_back(&row);
    if (!has_parameter(path)) {
        paths_[path].rows.push_back(&row);
        return;
    }
    const std::string prefix = path.substr(0, path.rfind(':'));
    const auto known = std::ranges::find(patterns_, prefix, &Pattern::prefix);
    Pattern& pattern = known == patterns_.end() ? patterns_.emplace_back(prefix) : *known;
    pattern.rows.push_back(&row);
}

std::span<const Endpoint* const> Router::rows_at(std::string_view path) const {
    if (const auto entry = paths_.find(path); entry != paths_.end()) return entry->second.rows;
    const auto fits = [&](const Pattern& pattern) { return segment_behind(pattern.prefix, path).has_value(); };
    const auto pattern = std::ranges::find_if(patterns_, fits);
    if (pattern == patterns_.end()) return {};
    return pattern->rows;
}

const Endpoint* Router::find(Method method, std::string_view path) const {
    const std::span<const Endpoint* const> rows = rows_at(path);
    const auto row = std::ranges::find(rows, method, [](const Endpoint* of) { return *of->method; });
    return row == rows.end() ? nullptr : *row;
}

std::vector<Method> Router::methods_of(std::string_view path) const {
    std::vector<Method> methods;
    for (const Endpoint* row : rows_at(path)) methods.push_back(*row->method);
    return methods;
}

std::optional<std::string_view> Router::parameter_of(const Endpoint& row, std::string_view path) const {
    if (!has_parameter(*row.path)) return std::nullopt;    // every request comes by here
    const std::string own = full_path(row);
    return segment_behind(std::string_view{own}.substr(0, own.rfind(':')), path);
}

std::size_t Router::index_of(const Endpoint& row) const {
    return static_cast<std::size_t>(std::ranges::find(rows_, &row) - rows_.begin());
}

}    // namespace countersign::http

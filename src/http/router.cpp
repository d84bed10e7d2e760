#include "http/router.hpp"

#include "base/assert.hpp"

namespace countersign::http {

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
    CS_ASSERT(find(*row.method, path) == nullptr);
    paths_[path].rows.push_back(&row);
    rows_.push_back(&row);
}

const Endpoint* Router::find(Method method, std::string_view path) const {
    const auto entry = paths_.find(path);
    if (entry == paths_.end()) return nullptr;
    for (const Endpoint* row : entry->second.rows) {
        if (*row->method == method) return row;
    }
    return nullptr;
}

std::vector<Method> Router::methods_of(std::string_view path) const {
    std::vector<Method> methods;
    const auto entry = paths_.find(path);
    if (entry == paths_.end()) return methods;
    for (const Endpoint* row : entry->second.rows) methods.push_back(*row->method);
    return methods;
}

std::size_t Router::index_of(const Endpoint& row) const {
    return static_cast<std::size_t>(std::ranges::find(rows_, &row) - rows_.begin());
}

}    // namespace countersign::http

// Exact method and exact case-sensitive path, as Better Auth routes. Filled at start from rows, read only afterwards.
#pragma once

#include <string>
#include <unordered_map>

#include "http/endpoint.hpp"

namespace countersign::http {

class Router {
  public:
    explicit Router(std::string base_path) : base_path_{std::move(base_path)} {}
    /// Two rows of one method and path are a mistake of ours.
    void add(const Endpoint& row);
    /// The row at another path, which the configuration names.
    void add_at(const Endpoint& row, std::string path) {
        moved_.emplace(&row, std::move(path));
        add(row);
    }
    void add(std::span<const Endpoint* const> rows) {
        for (const Endpoint* row : rows) add(*row);
    }
    const Endpoint* find(Method method, std::string_view path) const;
    /// What stands in `path` where the row's path has its `:name`; as sent, not decoded. Absent without one.
    std::optional<std::string_view> parameter_of(const Endpoint& row, std::string_view path) const;
    /// For preflights: the methods that this path has, empty if none.
    std::vector<Method> methods_of(std::string_view path) const;
    /// Position of a row in rows(), for metrics.
    std::size_t index_of(const Endpoint& row) const;
    std::span<const Endpoint* const> rows() const { return rows_; }
    const std::string& base_path() const { return base_path_; }
    /// Where a row is mounted, and the whole of it with the base path.
    std::string_view path_of(const Endpoint& row) const;
    std::string full_path(const Endpoint& row) const;

  private:
    struct Hash {    // only our rows are ever inserted, so clients cannot make collisions (INP-05)
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const;
    };
    struct Entry {
        std::vector<const Endpoint*> rows;
    };
    /// A path that ends in `/:name`: everything up to there, and a last segment that is not empty.
    struct Pattern {
        std::string prefix;
        std::vector<const Endpoint*> rows;
    };
    std::span<const Endpoint* const> rows_at(std::string_view path) const;
    std::string base_path_;
    std::vector<const Endpoint*> rows_;
    std::vector<Pattern> patterns_;
    std::unordered_map<const Endpoint*, std::string> moved_;
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> paths_;
};

}    // namespace countersign::http

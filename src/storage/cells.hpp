// Typed access to the cells of a row: a cell of another type than its column is storage.corrupt, never undefined.
#pragma once

#include "base/result.hpp"
#include "storage/table.hpp"

namespace countersign::storage {

template <class T>
Result<T> cell(const Row& row, std::size_t at, std::source_location where = std::source_location::current()) {
    if (at < row.size()) {
        if (const T* found = std::get_if<T>(&row[at])) return *found;
    }
    return fail(Code::storage_corrupt, "another type of cell", at, where);
}

/// Absent for NULL.
template <class T>
Result<std::optional<T>> optional_cell(const Row& row, std::size_t at,
                                       std::source_location where = std::source_location::current()) {
    if (at < row.size() && std::holds_alternative<std::monostate>(row[at])) return std::optional<T>{};
    auto found = cell<T>(row, at, where);
    if (!found.ok()) return fail(std::move(found).error());
    return std::optional<T>{*std::move(found)};
}

/// A boolean cell as a two-value enum of the caller's (Result<bool> does not exist: a decision has names).
template <class Enum>
Result<Enum> flag_cell(const Row& row, std::size_t at, Enum if_false, Enum if_true,
                       std::source_location where = std::source_location::current()) {
    if (at < row.size()) {
        if (const bool* found = std::get_if<bool>(&row[at])) return *found ? if_true : if_false;
    }
    return fail(Code::storage_corrupt, "a boolean cell", at, where);
}

inline Value value_of(const std::optional<std::string>& text) { return text ? Value{*text} : Value{}; }

}    // namespace countersign::storage

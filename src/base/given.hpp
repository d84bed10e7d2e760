// Given<T>: a member of a row that has no default. Leaving it out of a designated initialiser does not compile.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

namespace countersign {

template <class T>
struct Given {
    T value;
    template <class From>
        requires(std::convertible_to<From, T> && !std::same_as<std::remove_cvref_t<From>, Given>)
    constexpr Given(From&& from) : value(std::forward<From>(from)) {}    // implicit on purpose: rows read like data
    constexpr operator const T&() const { return value; }
    /// The value itself; for pointers, what they point to.
    constexpr const auto& operator*() const {
        if constexpr (std::is_pointer_v<T>) {
            return *value;
        } else {
            return value;
        }
    }
    constexpr auto operator->() const {
        if constexpr (std::is_pointer_v<T>) {
            return value;
        } else {
            return &value;
        }
    }
};

}    // namespace countersign

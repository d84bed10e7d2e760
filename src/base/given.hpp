// Given<T>: a member of a row that has no default. Leaving it out of a designated initialiser does not compile.
#pragma once

#include <utility>

namespace countersign {

template <class T>
struct Given {
    T value;
    constexpr Given(T v) : value{std::move(v)} {}    // implicit on purpose: rows read like data
    constexpr operator const T&() const { return value; }
    constexpr const T& operator*() const { return value; }
    constexpr const T* operator->() const { return &value; }
};

}    // namespace countersign

// Result<T>: a value or an AuthError. Nothing that we write throws.
#pragma once

#include <expected>
#include <type_traits>
#include <utility>

#include "base/error.hpp"

namespace countersign {

template <class T>
class [[nodiscard]] Result : public std::expected<T, AuthError> {
    static_assert(!std::is_same_v<T, bool>, "a decision is a two-value enum");

  public:
    using std::expected<T, AuthError>::expected;
    bool ok() const { return this->has_value(); }
    explicit operator bool() const = delete;    // Result<optional>{nullopt} would be true in an if: fail-open
};

/// `return fail(Code::..., expected, found);`
[[nodiscard]] inline std::unexpected<AuthError> fail(Code code, Fact expected = {}, Fact found = {},
                                                     std::source_location where = std::source_location::current()) {
    return std::unexpected<AuthError>{std::in_place, code, expected, found, where};
}
/// Hands an error of another Result on, unchanged.
[[nodiscard]] inline std::unexpected<AuthError> fail(AuthError error) {
    return std::unexpected<AuthError>{std::move(error)};
}

}    // namespace countersign

#define CS_CONCAT_INNER(a, b) a##b
#define CS_CONCAT(a, b) CS_CONCAT_INNER(a, b)

/// `CS_TRY(const SignIn ask, SignIn::parse(body));` binds the value or returns the error.
#define CS_TRY(declaration, ...) CS_TRY_INNER(CS_CONCAT(cs_result_, __LINE__), declaration, __VA_ARGS__)
#define CS_TRY_INNER(result, declaration, ...)                                      \
    auto result = (__VA_ARGS__);                                                    \
    if (!result.has_value()) return ::countersign::fail(std::move(result).error()); \
    declaration = *std::move(result)

/// `CS_CHECK(x.origin_is_trusted());` for Result<void>.
#define CS_CHECK(...)                                                  \
    do {                                                               \
        if (auto cs_checked = (__VA_ARGS__); !cs_checked.has_value())  \
            return ::countersign::fail(std::move(cs_checked).error()); \
    } while (false)

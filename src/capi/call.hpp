// What every function of the C boundary does first and last: reads sized structures and texts that may be anything,
// lets nothing but a code out, and says why.
#pragma once

#include <countersign/countersign.h>

#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::capi {

inline constexpr std::size_t max_text = 1 << 20;          // policies, keys, claims
inline constexpr std::size_t max_short_text = 1 << 16;    // names, addresses
inline constexpr std::size_t max_structure = 4'096;
inline constexpr std::size_t max_list = 64;

/// A view of what the caller passed. Errors: call.wrong for NULL with a size, or too many bytes; nothing was read then.
Result<std::string_view> text_of(cs_text given, std::size_t most);
/// 0 is the clock of the system. Errors: call.wrong outside of the years 1 to 9999.
Result<Instant> instant_of(std::int64_t seconds);
cs_text to_text(std::string_view text);

/// The code for an error, by its public face: what a client did is REFUSED, what its operator did is INVALID.
cs_code code_of(const AuthError& error);
/// Puts it into the caller's structure, whose size has been checked.
void write_error(cs_error* out, cs_code code, std::string_view cause, std::string_view detail);
/// Empties it. Errors: call.wrong.
Result<void> begin_error(cs_error* out);

/// What the caller filled in; members that its version does not have are zero. `first`: the size in version 1.
template <class T>
Result<T> read_sized(const T* given, std::size_t first = sizeof(T)) {
    if (given == nullptr) return fail(Code::call_wrong, "a structure");
    std::size_t size = 0;
    std::memcpy(&size, given, sizeof size);
    if (size < first || size > max_structure) return fail(Code::call_wrong, sizeof(T), size);
    T out{};
    std::memcpy(&out, given, std::min(size, sizeof(T)));
    const auto* bytes = reinterpret_cast<const unsigned char*>(given);
    for (std::size_t i = sizeof(T); i < size; ++i) {
        if (bytes[i] != 0) return fail(Code::call_wrong, "members of this version only");
    }
    return out;
}

/// The other way round: as much as fits, and zeros where this version has nothing. Everything is zero on an error.
template <class T>
Result<std::size_t> begin_sized(T* out, std::size_t first = sizeof(T)) {
    if (out == nullptr) return fail(Code::call_wrong, "a structure");
    std::size_t size = 0;
    std::memcpy(&size, out, sizeof size);
    if (size > max_structure) return fail(Code::call_wrong, sizeof(T), size);
    if (size > sizeof size) std::memset(reinterpret_cast<char*>(out) + sizeof size, 0, size - sizeof size);
    if (size < first) return fail(Code::call_wrong, sizeof(T), size);
    return size;
}
template <class T>
void write_sized(T* out, std::size_t size, T value) {
    value.size = size;
    std::memcpy(out, &value, std::min(size, sizeof(T)));
}

/// The kinds of handles carry a mark, so that one in the place of another is noticed.
template <std::uint32_t Mark>
struct Handle {
    static constexpr std::uint32_t mark_of_kind = Mark;
    std::uint32_t mark = Mark;
};
template <class T>
Result<T*> handle_of(T* given) {
    if (given == nullptr || given->mark != std::remove_const_t<T>::mark_of_kind)
        return fail(Code::call_wrong, "a handle");
    return given;
}
template <class T>
void free_handle(T* given) noexcept {
    const std::unique_ptr<T> gone{given != nullptr && given->mark == T::mark_of_kind ? given : nullptr};
}

/// Runs `body`, which answers Result<void>; whatever happens in it becomes a code.
template <class F>
cs_code guarded(cs_error* error, const F& body) noexcept {
    try {
        if (const Result<void> begun = begin_error(error); !begun.ok()) return CS_BAD_CALL;
        const Result<void> done = body();
        if (done.ok()) return CS_OK;
        const cs_code code = code_of(done.error());
        write_error(error, code, done.error().label(), done.error().detail());
        return code;
    } catch (const std::bad_alloc&) {
        write_error(error, CS_NO_MEMORY, "internal.fault", "out of memory");
        return CS_NO_MEMORY;
    } catch (...) {
        write_error(error, CS_INTERNAL, "internal.fault", "");
        return CS_INTERNAL;
    }
}

/// The same for a function that gives a handle out.
template <class T, class F>
cs_code guarded_make(T** out, cs_error* error, const F& body) noexcept {
    if (out != nullptr) *out = nullptr;
    return guarded(error, [&]() -> Result<void> {
        if (out == nullptr) return fail(Code::call_wrong, "a place for the handle");
        CS_TRY(std::unique_ptr<T> made, body());
        *out = made.release();
        return {};
    });
}

}    // namespace countersign::capi

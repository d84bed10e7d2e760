// What every target needs: the input as text, and a promise that ends the run when it is broken.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/prelude.hpp"

namespace countersign::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
    return size == 0 ? std::string_view{""} : std::string_view{reinterpret_cast<const char*>(data), size};
}

enum class Broken : std::uint8_t { no, yes };

inline void promise(const char* what, Broken broken) {
    if (broken == Broken::no) return;
    std::fprintf(stderr, "broken promise: %s\n", what);
    std::abort();
}

template <class A, class B>
void equal(const char* what, const A& a, const B& b) {
    promise(what, a == b ? Broken::no : Broken::yes);
}

/// The first line, and what is behind it.
inline std::pair<std::string_view, std::string_view> halves(std::string_view input) {
    const std::size_t end = input.find('\n');
    if (end == std::string_view::npos) return {input, std::string_view{""}};
    return {input.substr(0, end), input.substr(end + 1)};
}

}    // namespace countersign::fuzz

/// `CS_FUZZ(input) { ... }`: the body of a target.
#define CS_FUZZ(input)                                                                  \
    static void fuzz_one(std::string_view input);                                       \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);  \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
        fuzz_one(countersign::fuzz::text(data, size));                                  \
        return 0;                                                                       \
    }                                                                                   \
    static void fuzz_one(std::string_view input)

// CS_ASSERT is for our own mistakes, never for input: it says where and ends the process.
#pragma once

namespace countersign {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}

#define CS_ASSERT(condition)                                                               \
    do {                                                                                   \
        if (!(condition)) ::countersign::assertion_failed(#condition, __FILE__, __LINE__); \
    } while (false)

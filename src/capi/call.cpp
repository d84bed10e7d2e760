#include "capi/call.hpp"

#include <algorithm>

namespace countersign::capi {

Result<std::string_view> text_of(cs_text given, std::size_t most) {
    if (given.size == 0) return std::string_view{""};
    if (given.data == nullptr) return fail(Code::call_wrong, "a text that is not NULL");
    if (given.size > most) return fail(Code::call_wrong, most, given.size);
    return std::string_view{given.data, given.size};
}

Result<Instant> instant_of(std::int64_t seconds) {
    constexpr std::int64_t first = -62'135'596'800, last = 253'402'300'799;
    if (seconds == 0) return SystemClock{}.now();
    if (seconds < first || seconds > last) return fail(Code::call_wrong, "seconds since 1970");
    return Instant::from_unix(Seconds{seconds});
}

cs_text to_text(std::string_view text) { return {.data = text.empty() ? "" : text.data(), .size = text.size()}; }

cs_code code_of(const AuthError& error) {
    const Code cause = error.code();
    if (cause == Code::call_wrong) return CS_BAD_CALL;
    if (cause == Code::crypto_failed || cause == Code::internal_fault) return CS_INTERNAL;
    const int status = error.face().http;
    constexpr int unavailable = 503, internal = 500;
    return status == unavailable ? CS_UNAVAILABLE : status == internal ? CS_INVALID : CS_REFUSED;
}

namespace {

/// Terminated, and cut between characters if it is too long.
template <std::size_t Room>
void put(char (&out)[Room], std::string_view text) {
    constexpr std::string_view dots = "...";
    const bool cut = text.size() >= Room;
    std::size_t length = cut ? Room - 1 - dots.size() : text.size();
    constexpr unsigned continuation = 0x80, mask = 0xC0;
    while (cut && length > 0 && (static_cast<unsigned char>(text[length]) & mask) == continuation) --length;
    std::copy_n(text.data(), length, out);
    if (cut) std::ranges::copy(dots, out + length);
    out[length + (cut ? dots.size() : 0)] = '\0';
}

}    // namespace

void write_error(cs_error* out, cs_code code, std::string_view cause, std::string_view detail) {
    if (out == nullptr) return;
    out->code = code;
    put(out->cause, cause);
    put(out->detail, detail);
}

Result<void> begin_error(cs_error* out) {
    if (out == nullptr) return {};
    const Result<std::size_t> begun = begin_sized(out);
    return begun.ok() ? Result<void>{} : fail(begun.error());
}

}    // namespace countersign::capi

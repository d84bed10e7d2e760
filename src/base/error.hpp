// An AuthError joins a cause (exact, internal) with a face (what a client may see) and keeps the two apart.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/causes.hpp"
#include "base/time.hpp"

namespace countersign {

/// A small value for the record: a number, an instant, or up to 63 bytes of text. Costs no allocation, so that refusing
/// stays cheap. Never put a secret, token, cookie value or password into one: use a fingerprint.
class Fact {
  public:
    Fact() = default;
    template <class N>
        requires(std::is_integral_v<N> && !std::is_same_v<N, bool> && !std::is_same_v<N, char>)
    Fact(N number) : kind_{Kind::number},
                     number_{static_cast<std::int64_t>(number)} {}
    Fact(Instant at) : kind_{Kind::instant}, number_{at.unix_ms()} {}
    Fact(std::string_view text) : kind_{Kind::text} { keep(text); }
    Fact(const char* text) : Fact{std::string_view{text}} {}
    Fact(const std::string& text) : Fact{std::string_view{text}} {}

    bool empty() const { return kind_ == Kind::none; }
    /// For people and logs: control bytes and non-ASCII are escaped (ERR-04).
    std::string text() const;

  private:
    enum class Kind : std::uint8_t { none, number, instant, text };
    void keep(std::string_view text) {
        size_ = static_cast<std::uint8_t>(std::min(text.size(), text_.size()));
        std::copy_n(text.data(), size_, text_.data());
        cut_ = text.size() > text_.size();
    }
    Kind kind_ = Kind::none;
    bool cut_ = false;
    std::uint8_t size_ = 0;
    std::array<char, 63> text_{};
    std::int64_t number_ = 0;
};

/// Why something was refused. `code()` is what code compares; `face()` is all that a client may see.
class AuthError {
  public:
    explicit AuthError(Code code, Fact expected = {}, Fact found = {},
                       std::source_location where = std::source_location::current())
        : code_{code},
          face_{cause_of(code).face},
          expected_{expected},
          found_{found},
          where_{where} {}

    Code code() const { return code_; }
    std::string_view label() const { return cause_of(code_).label; }
    const Face& face() const { return face_of(face_); }
    /// Another face for the same cause, as an endpoint row may ask.
    AuthError shown_as(Public face) const {
        AuthError other = *this;
        other.face_ = face;
        return other;
    }
    const Fact& expected() const { return expected_; }
    const Fact& found() const { return found_; }
    const std::source_location& where() const { return where_; }
    /// For the log and the decision trace only; no serialiser of answers takes it.
    std::string detail() const;

  private:
    Code code_;
    Public face_;
    Fact expected_;
    Fact found_;
    std::source_location where_;
};

}    // namespace countersign

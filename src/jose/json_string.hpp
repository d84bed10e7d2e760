// A JSON string as it stands between its quotes, validated already (jose/object_reader.hpp), and what it stands for.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace countersign::jose {

/// Whether a string has backslashes, so that it stands for something else than its bytes.
enum class Escapes : std::uint8_t { none, some };

/// A string as it stands between its quotes.
class JsonStringView {
  public:
    JsonStringView() = default;
    explicit JsonStringView(std::string_view raw)
        : JsonStringView{raw, raw.contains('\\') ? Escapes::some : Escapes::none} {}
    JsonStringView(std::string_view raw, Escapes escapes) : raw_{raw}, escapes_{escapes} {}

    std::string_view raw() const { return raw_; }
    bool is_escaped() const { return escapes_ == Escapes::some; }
    /// Compared as the text it stands for.
    bool equals(std::string_view text) const { return is_escaped() ? equals_unescaped(text) : raw_ == text; }
    /// At most raw().size() bytes; answers how many were written.
    std::size_t unescape(char* out) const;
    std::string text() const;

  private:
    bool equals_unescaped(std::string_view text) const;
    std::string_view raw_;
    Escapes escapes_ = Escapes::none;
};

/// Walks a string with escapes and hands out the bytes that it stands for, up to four at a time.
class Unescaping {
  public:
    explicit Unescaping(std::string_view raw) : at_{raw.data()}, end_{raw.data() + raw.size()} {}
    bool next();
    std::string_view bytes() const { return {bytes_.data(), size_}; }

  private:
    const char* at_;
    const char* end_;
    std::array<char, 4> bytes_{};
    std::size_t size_ = 0;
};

}    // namespace countersign::jose

// The decoded text of a token and what was unescaped from it, in one piece of memory: inside the object as long as it
// is short, so that verifying allocates nothing. Places in it are offsets, so that it can be moved.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "base/encoding.hpp"
#include "jose/object_reader.hpp"

namespace countersign::jose {

struct TextPlace {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
};

class TokenText {
  public:
    TokenText() = default;
    /// Decodes canonical base64url; absent if it is anything else (TOK-10, TOK-11).
    static std::optional<TokenText> parse(std::string_view base64url_text);
    /// The same in place of what was here before.
    enum class Form : std::uint8_t { canonical, malformed };
    Form read(std::string_view base64url_text);

    TokenText(TokenText&& other) noexcept { take(other); }
    TokenText& operator=(TokenText&& other) noexcept {
        take(other);
        return *this;
    }
    ~TokenText() = default;

    std::string_view json() const { return {data(), json_size_}; }
    std::string_view at(TextPlace place) const { return {data() + place.at, place.size}; }
    TextPlace place_of(std::string_view view) const {
        return {.at = static_cast<std::uint32_t>(view.data() - data()),
                .size = static_cast<std::uint32_t>(view.size())};
    }
    /// The text that a string stands for: itself, or a copy behind the JSON if it has escapes. Views are void
    /// afterwards.
    TextPlace plain(JsonStringView string);

  private:
    char* make_room(std::size_t size);
    void take(TokenText& other);
    const char* data() const { return heap_ != nullptr ? heap_.get() : inline_.data(); }
    char* data() { return heap_ != nullptr ? heap_.get() : inline_.data(); }

    static constexpr std::size_t inline_room = 1024;
    std::unique_ptr<char[]> heap_;
    std::size_t room_ = inline_room;
    std::size_t size_ = 0;    // with what was unescaped
    std::size_t json_size_ = 0;
    std::array<char, inline_room> inline_;    // not cleared: only what was written is read
};

}    // namespace countersign::jose

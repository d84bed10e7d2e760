#include "jose/token_text.hpp"

#include <utility>

namespace countersign::jose {

std::optional<TokenText> TokenText::parse(std::string_view text) {
    std::optional<TokenText> out{std::in_place};
    if (out->read(text) == Form::malformed) out.reset();
    return out;
}

TokenText::Form TokenText::read(std::string_view text) {
    size_ = json_size_ = 0;
    const std::size_t needed = base64url_room(text.size());
    char* const room = make_room(needed);
    const auto size = parse_base64url(text, std::as_writable_bytes(std::span{room, needed}));
    if (!size) return Form::malformed;
    size_ = json_size_ = *size;
    return Form::canonical;
}

/// Room for this many bytes more, behind what there is.
char* TokenText::make_room(std::size_t more) {
    if (size_ + more > room_) {
        const std::size_t wanted = std::max(size_ + more, 2 * room_);
        auto bigger = std::make_unique_for_overwrite<char[]>(wanted);
        std::copy_n(data(), size_, bigger.get());
        heap_ = std::move(bigger);
        room_ = wanted;
    }
    return data() + size_;
}

void TokenText::take(TokenText& other) {
    heap_ = std::move(other.heap_);
    room_ = std::exchange(other.room_, inline_room);
    size_ = std::exchange(other.size_, 0);
    json_size_ = std::exchange(other.json_size_, 0);
    if (heap_ == nullptr) std::copy_n(other.inline_.data(), size_, inline_.data());
}

TextPlace TokenText::plain(JsonStringView string) {
    const TextPlace raw = place_of(string.raw());
    if (!string.is_escaped()) return raw;
    char* const room = make_room(raw.size);
    const std::size_t written = JsonStringView{at(raw)}.unescape(room);    // `string` may be void by now
    const TextPlace place{.at = static_cast<std::uint32_t>(size_), .size = static_cast<std::uint32_t>(written)};
    size_ += written;
    return place;
}

}    // namespace countersign::jose

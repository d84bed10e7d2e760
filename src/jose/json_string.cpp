#include "jose/json_string.hpp"

#include <algorithm>

#include "jose/json_bytes.hpp"

namespace countersign::jose {
namespace {

std::size_t put_utf8(std::uint32_t point, char* out) {
    const auto put = [&](std::size_t i, std::uint32_t value) { out[i] = static_cast<char>(value); };
    if (point < 0x80) {
        put(0, point);
        return 1;
    }
    if (point < 0x800) {
        put(0, 0xC0U | (point >> 6U));
        put(1, 0x80U | (point & 0x3FU));
        return 2;
    }
    if (point < 0x10000) {
        put(0, 0xE0U | (point >> 12U));
        put(1, 0x80U | ((point >> 6U) & 0x3FU));
        put(2, 0x80U | (point & 0x3FU));
        return 3;
    }
    put(0, 0xF0U | (point >> 18U));
    put(1, 0x80U | ((point >> 12U) & 0x3FU));
    put(2, 0x80U | ((point >> 6U) & 0x3FU));
    put(3, 0x80U | (point & 0x3FU));
    return 4;
}

char simple_escape(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;    // quote, backslash, slash
    }
}

}    // namespace

bool Unescaping::next() {
    if (at_ == end_) return false;
    size_ = 1;
    if (*at_ != '\\') {
        bytes_[0] = *at_++;
    } else if (at_[1] != 'u') {
        bytes_[0] = simple_escape(at_[1]);
        at_ += 2;
    } else {
        std::uint32_t point = four_digits(at_ + 2);
        at_ += 6;
        if (point >= 0xD800 && point < 0xDC00) {
            point = 0x10000U + ((point - 0xD800U) << 10U) + (four_digits(at_ + 2) - 0xDC00U);
            at_ += 6;
        }
        size_ = put_utf8(point, bytes_.data());
    }
    return true;
}

bool JsonStringView::equals_unescaped(std::string_view text) const {
    std::size_t done = 0;
    for (Unescaping mine{raw_}; mine.next(); done += mine.bytes().size()) {
        if (text.substr(std::min(done, text.size()), mine.bytes().size()) != mine.bytes()) return false;
    }
    return done == text.size();
}

std::size_t JsonStringView::unescape(char* out) const {
    std::size_t done = 0;
    for (Unescaping mine{raw_}; mine.next(); done += mine.bytes().size()) std::ranges::copy(mine.bytes(), out + done);
    return done;
}

std::string JsonStringView::text() const {
    std::string out(raw_.size(), '\0');
    out.resize(unescape(out.data()));
    return out;
}

}    // namespace countersign::jose

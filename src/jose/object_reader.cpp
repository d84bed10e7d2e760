#include "jose/object_reader.hpp"

#include <algorithm>

#include "jose/json_bytes.hpp"
#include "jose/name_hash.hpp"

namespace countersign::jose {
namespace {

bool same_name(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const JsonStringView first{a}, second{b};
    if (!first.is_escaped() && !second.is_escaped()) return false;
    return second.is_escaped() ? first.equals(second.text()) : first.equals(b);
}

}    // namespace

// The two tables stay uninitialised: only what was written is read, and clearing them costs more than reading a token.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
ObjectReader::ObjectReader(std::string_view text, std::size_t max_depth)
    : at_{text.data()},
      end_{text.data() + text.size()},
      begin_{text.data()},
      max_depth_{std::min(max_depth, max_json_depth)} {}

/// At an opening quote. Most strings are plain up to their end.
[[gnu::always_inline]] inline bool ObjectReader::take_string(std::string_view& raw, Escapes& escapes) {
    const char* const began = at_ + 1;
    const char* const end = skip_plain(began, end_);
    if (end == end_ || *end != '"') return take_string_slowly(raw, escapes);
    raw = {began, static_cast<std::size_t>(end - began)};
    escapes = Escapes::none;
    at_ = end + 1;
    return true;
}

void ObjectReader::skip_blanks() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
}

ObjectReader::Step ObjectReader::next(MemberView& out) {
    skip_blanks();
    if (phase_ == Phase::before) {
        if (!at('{') || max_depth_ == 0) {
            fault_ = "an object";
            return Step::malformed;
        }
        ++at_;
        phase_ = Phase::first;
        skip_blanks();
    }
    if (at('}') && phase_ != Phase::done) {
        ++at_;
        phase_ = Phase::done;
        skip_blanks();
        if (at_ == end_) return Step::end;
        fault_ = "nothing behind the object";
        return Step::malformed;
    }
    if (phase_ == Phase::further) {
        if (!at(',')) {
            fault_ = "a comma between members";
            return Step::malformed;
        }
        ++at_;
        skip_blanks();
    }
    phase_ = Phase::further;
    return take_name(out.name, 0) && take_value(out) ? Step::member : Step::malformed;
}

/// A name, its colon and the blanks around it; the name must be new in its object, whose names begin at `scope`.
bool ObjectReader::take_name(JsonStringView& name, std::size_t scope) {
    std::string_view raw;
    Escapes escapes{};
    if (!at('"')) return refuse("a member name in quotes");
    if (!take_string(raw, escapes)) return false;
    const std::uint32_t hash = escapes == Escapes::none ? hash_of(raw) : hash_of_escaped(raw);
    if (was_met(hash) && !is_new(raw, hash, scope)) return refuse("no member twice");
    if (name_count_ == max_json_names) return refuse("fewer members");
    add_name(raw, hash);
    skip_blanks();
    if (!at(':')) return refuse("a colon behind a name");
    ++at_;
    skip_blanks();
    name = JsonStringView{raw, escapes};
    return true;
}

bool ObjectReader::is_new(std::string_view raw, std::uint32_t hash, std::size_t scope) const {
    // All of the hashes first: a loop without an exit takes several at a time.
    const std::span<const std::uint32_t> hashes{hashes_.data() + scope, name_count_ - scope};
    std::uint32_t same = 0;
    for (const std::uint32_t one : hashes) same += one == hash ? 1U : 0U;
    if (same == 0) return true;
    for (std::size_t i = scope; i < name_count_; ++i) {
        if (hashes_[i] == hash && same_name(text_of(names_[i]), raw)) return false;
    }
    return true;
}

bool ObjectReader::take_value(MemberView& out) {
    if (at_ == end_) return refuse("a value");
    if (*at_ != '{' && *at_ != '[') return take_scalar(out);
    out.kind = *at_ == '{' ? JsonKind::object : JsonKind::array;
    const char* const began = at_;
    const std::size_t names = name_count_;
    if (!skip_nested()) return false;
    name_count_ = names;
    out.raw = {began, static_cast<std::size_t>(at_ - began)};
    return true;
}

bool ObjectReader::take_scalar(MemberView& out) {
    if (*at_ == '"') {
        out.kind = JsonKind::string;
        return take_string(out.raw, out.escapes);
    }
    const char* const began = at_;
    bool good = false;
    switch (*at_) {
        case 't':
            out.kind = JsonKind::boolean;
            good = take_word("true");
            break;
        case 'f':
            out.kind = JsonKind::boolean;
            good = take_word("false");
            break;
        case 'n':
            out.kind = JsonKind::null;
            good = take_word("null");
            break;
        default:
            out.kind = JsonKind::number;
            good = take_number();
    }
    out.raw = {began, static_cast<std::size_t>(at_ - began)};
    return good;
}

bool ObjectReader::take_word(std::string_view word) {
    if (!std::string_view{at_, static_cast<std::size_t>(end_ - at_)}.starts_with(word)) return refuse("a JSON value");
    at_ += word.size();
    return true;
}

/// RFC 8259 §6: no sign but minus, no leading zero, digits around the point.
bool ObjectReader::take_number() {
    const auto digits = [&] {
        const char* const began = at_;
        while (at_ < end_ && is_digit(*at_)) ++at_;
        return at_ != began;
    };
    if (at('-')) ++at_;
    if (at('0')) {
        ++at_;
    } else if (!digits()) {
        return refuse("a JSON value");
    }
    if (at('.')) {
        ++at_;
        if (!digits()) return refuse("digits behind a point");
    }
    if (at('e') || at('E')) {
        ++at_;
        if (at('+') || at('-')) ++at_;
        if (!digits()) return refuse("digits of an exponent");
    }
    return true;
}

bool ObjectReader::take_string_slowly(std::string_view& raw, Escapes& escapes) {
    const char* const began = ++at_;
    escapes = Escapes::none;
    while (true) {
        at_ = skip_plain(at_, end_);
        if (at_ == end_) return refuse("the end of a string");
        switch (kind_of(*at_)) {
            case Byte::plain:
                break;
            case Byte::quote:
                raw = {began, static_cast<std::size_t>(at_ - began)};
                ++at_;
                return true;
            case Byte::backslash:
                escapes = Escapes::some;
                if (!take_escape()) return false;
                break;
            case Byte::control:
                return refuse("no control character in a string");
            case Byte::high:
                if (!take_utf8()) return refuse("strict UTF-8");
                break;
        }
    }
}

bool ObjectReader::take_escape() {
    constexpr std::string_view simple = "\"\\/bfnrt";
    const auto unit = [&](std::uint32_t& out) {
        if (end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') return false;
        for (int i = 2; i < 6; ++i) {
            if (hex_value(at_[i]) < 0) return false;
        }
        out = four_digits(at_ + 2);
        at_ += 6;
        return true;
    };
    if (end_ - at_ < 2) return refuse("an escape");
    if (simple.contains(at_[1])) {
        at_ += 2;
        return true;
    }
    std::uint32_t high = 0, low = 0;
    if (!unit(high)) return refuse("an escape");
    if (high >= 0xDC00 && high < 0xE000) return refuse("no lone surrogate");
    if (high < 0xD800 || high >= 0xDC00) return true;
    if (!unit(low) || low < 0xDC00 || low >= 0xE000) return refuse("no lone surrogate");
    return true;
}

/// RFC 3629 §4: no overlong form, no surrogate, nothing above U+10FFFF.
bool ObjectReader::take_utf8() {
    const auto byte = [&](int i) { return static_cast<unsigned char>(at_[i]); };
    const auto tail = [&](int i) { return (byte(i) & 0xC0U) == 0x80U; };
    const auto left = end_ - at_;
    const unsigned lead = byte(0);
    if (lead >= 0xC2 && lead <= 0xDF) {
        if (left < 2 || !tail(1)) return false;
        at_ += 2;
        return true;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (left < 3 || !tail(1) || !tail(2)) return false;
        if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return false;
        at_ += 3;
        return true;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (left < 4 || !tail(1) || !tail(2) || !tail(3)) return false;
        if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return false;
        at_ += 4;
        return true;
    }
    return false;
}

/// At an opening bracket: opens it, and closes it again if it is empty.
bool ObjectReader::open_container(bool& opened_empty) {
    if (depth_ + 2 > max_depth_) return refuse("fewer nested values");    // the outermost object counts too
    const bool object = *at_ == '{';
    frames_[depth_++] = {.names = static_cast<std::uint16_t>(name_count_), .object = object};
    ++at_;
    skip_blanks();
    opened_empty = at(object ? '}' : ']');
    return true;
}

/// A whole array or object, without recursion.
bool ObjectReader::skip_nested() {
    MemberView ignored;
    const auto begin_item = [&] {
        return !frames_[depth_ - 1].object || take_name(ignored.name, frames_[depth_ - 1].names);
    };
    bool closing = false;
    if (!open_container(closing)) return false;
    if (!closing && !begin_item()) return false;
    while (true) {
        if (closing) {
            name_count_ = frames_[--depth_].names;
            ++at_;
            if (depth_ == 0) return true;
        } else {
            if (at_ == end_) return refuse("a value");
            if (*at_ == '{' || *at_ == '[') {
                if (!open_container(closing)) return false;
                if (!closing && !begin_item()) return false;
                continue;
            }
            if (!take_scalar(ignored)) return false;
        }
        skip_blanks();
        closing = at(frames_[depth_ - 1].object ? '}' : ']');
        if (closing) continue;
        if (!at(',')) return refuse("a comma or the end of an array or object");
        ++at_;
        skip_blanks();
        if (!begin_item()) return false;
    }
}

}    // namespace countersign::jose

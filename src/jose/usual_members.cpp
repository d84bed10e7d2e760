// ObjectReader::usual_members: the members that nearly all tokens are made of, found by their quotes 64 bytes at a
// time.
#include <algorithm>

#include "jose/digits.hpp"
#include "jose/json_bytes.hpp"
#include "jose/name_hash.hpp"
#include "jose/object_reader.hpp"

namespace countersign::jose {

#if defined(__SSE2__)
namespace {

/// The bytes of a text that are not plain, one after the other, found 64 at a time.
class Specials {
  public:
    Specials(const char* at, const char* end) : end_{end}, window_{at}, bits_{bits_of(at, end)} {}

    /// The last byte of the text when there are no more.
    [[gnu::always_inline]] const char* next() {
        while (bits_ == 0) {
            if (end_ - window_ <= window_size) return end_ - 1;
            window_ += window_size;
            bits_ = bits_of(window_, end_);
        }
        const char* const found = window_ + std::countr_zero(bits_);
        bits_ &= bits_ - 1;
        return found;
    }
    /// Whether a plain string begins here; `at` is set behind it.
    [[gnu::always_inline]] bool takes_string(const char*& at) {
        if (next() != at || *at != '"') return false;
        const char* const quote = next();
        at = quote + 1;
        return *quote == '"';
    }
    /// The same of a list of them that is not empty.
    [[gnu::always_inline]] bool takes_strings(const char*& at) {
        for (char between = ','; between == ','; between = *at++) {
            if (!takes_string(at)) return false;
        }
        return at[-1] == ']';
    }

    static constexpr std::ptrdiff_t window_size = 64;

  private:
    [[gnu::noinline]] static std::uint64_t bits_of(const char* at, const char* end) {
        const std::ptrdiff_t left = end - at;
        const char* const from = left >= window_size ? at : end - window_size;    // the last ones are read again
        std::uint64_t out = 0;
        for (int i = 0; i < 4; ++i) out |= std::uint64_t{special_bits(from + 16 * i)} << (16 * i);
        return left >= window_size ? out : out >> (window_size - left);
    }
    const char* end_;
    const char* window_;
    std::uint64_t bits_;
};

}    // namespace

// It needs a text of some length whose last byte is `}`: so it meets something that is neither digit nor quote before
// the end, and need not look for the end itself.
std::span<const UsualMember> ObjectReader::usual_members(std::span<UsualMember> room) {
    if ((phase_ != Phase::further && phase_ != Phase::before) || at_ == end_ || max_depth_ < 2 ||
        end_ - begin_ < Specials::window_size || end_[-1] != '}') {
        return {};
    }
    Specials specials{at_, end_};
    const char* at = at_;
    char before = phase_ == Phase::further ? ',' : '{';
    std::size_t count = 0;
    for (; count < std::min(room.size(), max_json_names - name_count_) && *at == before; ++count, before = ',') {
        const char* const name = at + 2;
        ++at;
        if (!specials.takes_string(at) || *at != ':') break;
        const std::string_view raw_name{name, static_cast<std::size_t>(at - name - 1)};
        const char* const value = ++at;
        UsualMember& out = room[count];
        if (*value == '"') {
            if (!specials.takes_string(at)) break;
            out.kind = JsonKind::string;
        } else if (*value == '[') {
            ++at;
            if (!specials.takes_strings(at)) break;
            out.kind = JsonKind::array;
        } else {
            if (*value < '1' || *value > '9') break;
            if (end_ - value > 8 && eight_digits(value)) at = value + 8;
            while (is_digit(*at)) ++at;
            out.kind = JsonKind::number;
        }
        const std::uint32_t hash =
            end_ - name >= std::ptrdiff_t{piece_size} ? hash_of_readable(raw_name) : hash_of(raw_name);
        if (was_met(hash) || (*at != ',' && *at != '}')) break;
        add_name(raw_name, hash);
        const std::ptrdiff_t quotes = out.kind == JsonKind::string ? 1 : 0;
        out.name_at = name;
        out.name_size = static_cast<std::uint32_t>(raw_name.size());
        out.raw_at = value + quotes;
        out.raw_size = static_cast<std::uint32_t>(at - value - 2 * quotes);
        at_ = at;
        phase_ = Phase::further;
    }
    return room.first(count);
}
#else
std::span<const UsualMember> ObjectReader::usual_members(std::span<UsualMember>) { return {}; }
#endif

}    // namespace countersign::jose

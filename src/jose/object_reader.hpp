// Reads one JSON object in one pass, member by member, and validates all of it (RFC 8259): strict UTF-8, no lone
// surrogates, no name twice in an object at any depth, bounded nesting, nothing behind the end. Allocates nothing; what
// it hands out are views of the text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "jose/json_string.hpp"

namespace countersign::jose {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct MemberView {
    JsonStringView name;
    JsonKind kind = JsonKind::null;
    Escapes escapes = Escapes::none;    // of a string
    std::string_view raw;               // the value's text; of a string what is between the quotes

    JsonStringView string() const { return {raw, escapes}; }
};

/// A member whose name and value have no escapes. Not cleared when made: a row of them is room for the reader.
struct UsualMember {
    const char* name_at;
    const char* raw_at;
    std::uint32_t name_size, raw_size;
    JsonKind kind;

    std::string_view name() const { return {name_at, name_size}; }
    std::string_view raw() const { return {raw_at, raw_size}; }
};

inline constexpr std::size_t max_json_depth = 64;      // TOK-12
inline constexpr std::size_t max_json_names = 1024;    // in all objects that are open at one moment

class ObjectReader {
  public:
    /// `max_depth` counts the object itself; more than max_json_depth is cut down to it.
    ObjectReader(std::string_view text, std::size_t max_depth);

    enum class Step : std::uint8_t { member, end, malformed };
    Step next(MemberView& out);
    /// The next members as long as they are of the usual form, read faster: a plain name that is new, no blanks, and a
    /// plain string, a list of plain strings, or digits. Before anything else it stops, and next() goes on.
    std::span<const UsualMember> usual_members(std::span<UsualMember> room);
    /// After `malformed`: the rule that was broken.
    const char* fault() const { return fault_; }

  private:
    struct Name {
        std::uint32_t at, size;
    };
    std::string_view text_of(Name name) const { return {begin_ + name.at, name.size}; }
    bool refuse(const char* rule) {
        fault_ = rule;
        return false;
    }
    bool take_name(JsonStringView& name, std::size_t scope);
    bool was_met(std::uint32_t hash) const { return ((met_[(hash >> 6U) % met_.size()] >> (hash % 64)) & 1U) != 0; }
    void add_name(std::string_view raw, std::uint32_t hash) {
        met_[(hash >> 6U) % met_.size()] |= std::uint64_t{1} << (hash % 64);
        // There is room: name_count_ was compared.
        names_.data()[name_count_] = {.at = static_cast<std::uint32_t>(raw.data() - begin_),
                                      .size = static_cast<std::uint32_t>(raw.size())};
        hashes_.data()[name_count_++] = hash;
    }
    bool is_new(std::string_view raw, std::uint32_t hash, std::size_t scope) const;
    bool take_value(MemberView& out);
    bool take_string(std::string_view& raw, Escapes& escapes);
    bool take_string_slowly(std::string_view& raw, Escapes& escapes);
    bool take_escape();
    bool take_utf8();
    bool take_number();
    bool take_word(std::string_view word);
    bool take_scalar(MemberView& out);
    bool skip_nested();
    bool open_container(bool& opened_empty);
    void skip_blanks();
    bool at(char c) const { return at_ < end_ && *at_ == c; }

    struct Frame {
        std::uint16_t names;    // where the names of this object begin
        bool object;
    };
    const char* at_;
    const char* end_;
    const char* begin_;
    std::size_t max_depth_;
    enum class Phase : std::uint8_t { before, first, further, done } phase_ = Phase::before;
    const char* fault_ = "";
    std::array<std::uint64_t, 4> met_{};    // a bit for each hash that there was: most names are new by this alone
    std::size_t name_count_ = 0;
    std::size_t depth_ = 0;
    std::array<Frame, max_json_depth + 1> frames_;
    std::array<Name, max_json_names> names_;              // as they stand there
    std::array<std::uint32_t, max_json_names> hashes_;    // of what they stand for
};

}    // namespace countersign::jose

// Reads one JSON object in one pass, member by member, and validates all of it (RFC 8259): strict UTF-8, no lone
// surrogates, no name twice in an object at any depth, bounded nesting, nothing behind the end. Allocates nothing; what
// it hands out are views of the text.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace countersign::jose {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

/// A string as it stands between its quotes.
class JsonStringView {
  public:
    JsonStringView() = default;
    explicit JsonStringView(std::string_view raw) : raw_{raw} {}

    std::string_view raw() const { return raw_; }
    bool is_escaped() const { return raw_.find('\\') != std::string_view::npos; }
    /// Compared as the text it stands for.
    bool equals(std::string_view text) const;
    /// At most raw().size() bytes; answers how many were written.
    std::size_t unescape(char* out) const;
    std::string text() const;

  private:
    std::string_view raw_;
};

struct MemberView {
    JsonStringView name;
    JsonKind kind = JsonKind::null;
    std::string_view raw;    // the value's text; of a string what is between the quotes

    JsonStringView string() const { return JsonStringView{raw}; }
};

inline constexpr std::size_t max_json_depth = 64;      // TOK-12
inline constexpr std::size_t max_json_names = 1024;    // in all objects that are open at one moment

class ObjectReader {
  public:
    /// `max_depth` counts the object itself; more than max_json_depth is cut down to it.
    ObjectReader(std::string_view text, std::size_t max_depth);

    enum class Step : std::uint8_t { member, end, malformed };
    Step next(MemberView& out);
    /// After `malformed`: the rule that was broken.
    const char* fault() const { return fault_; }

  private:
    struct Name {
        const char* at;
        std::uint32_t size;
        std::uint32_t hash;
    };
    bool refuse(const char* rule) {
        fault_ = rule;
        return false;
    }
    bool take_name(JsonStringView& name, std::size_t scope);
    bool take_value(MemberView& out);
    bool take_string(std::string_view& raw);
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
    std::size_t max_depth_;
    enum class Phase : std::uint8_t { before, first, further, done } phase_ = Phase::before;
    const char* fault_ = "";
    std::size_t name_count_ = 0;
    std::size_t depth_ = 0;
    std::array<Frame, max_json_depth + 1> frames_;
    std::array<Name, max_json_names> names_;
};

}    // namespace countersign::jose

#include "base/json_fault.hpp"

#include <set>
#include <string>

#include "base/json.hpp"

namespace countersign::json {
namespace {

/// A reader that keeps nothing but its place.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_{text} {}

    Fault run() {
        if (value(default_depth)) {
            blanks();
            if (at_ < text_.size()) stop("nothing may follow the value");
        }
        Fault fault{.what = what_.empty() ? "a value that JSON does not have" : what_};
        for (const char c : text_.substr(0, at_)) {
            fault.column = c == '\n' ? 1 : fault.column + 1;
            fault.line += c == '\n' ? 1 : 0;
        }
        return fault;
    }

  private:
    bool stop(std::string_view what) {
        what_ = what;
        return false;
    }
    void blanks() {
        while (at_ < text_.size() && std::string_view{" \t\r\n"}.contains(text_[at_])) ++at_;
    }
    bool next_is(char c) {
        blanks();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool value(std::size_t depth) {
        blanks();
        if (at_ == text_.size()) return stop("the text ends too early");
        if (depth == 0) return stop("too many nested values");
        const char first = text_[at_];
        if (first == '{') return object(depth - 1);
        if (first == '[') return array(depth - 1);
        if (first == '"') return string();
        return word();
    }
    bool object(std::size_t depth) {
        std::set<std::string_view> names;
        ++at_;
        if (next_is('}')) return true;
        do {
            blanks();
            const std::size_t began = at_;
            if (at_ == text_.size() || text_[at_] != '"') return stop("a name in quotes is expected");
            if (!string()) return false;
            if (!names.insert(text_.substr(began, at_ - began)).second) {
                at_ = began;
                return stop("a name stands twice");
            }
            if (!next_is(':')) return stop("a colon is expected");
            if (!value(depth)) return false;
        } while (next_is(','));
        return next_is('}') || stop("a comma or } is expected");
    }
    bool array(std::size_t depth) {
        ++at_;
        if (next_is(']')) return true;
        do {
            if (!value(depth)) return false;
        } while (next_is(','));
        return next_is(']') || stop("a comma or ] is expected");
    }
    bool string() {
        for (++at_; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                return true;
            }
            if (static_cast<unsigned char>(c) < 0x20) return stop("a control character in a text");
            if (c != '\\' || at_ + 1 == text_.size()) continue;
            ++at_;
            if (!std::string_view{"\"\\/bfnrtu"}.contains(text_[at_])) return stop("an escape that JSON does not have");
        }
        return stop("a text without its closing quote");
    }
    /// A number, true, false or null: one that json::parse takes by itself.
    bool word() {
        const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]}:", at_), text_.size());
        if (!parse(text_.substr(at_, end - at_)).ok()) return stop("a value is expected");
        at_ = end;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string_view what_;
};

}    // namespace

Fault find_fault(std::string_view text) { return Scanner{text}.run(); }

}    // namespace countersign::json

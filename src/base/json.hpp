// JSON: one strict reader (RFC 8259, no duplicate members, bounded depth, nothing behind the value) and one writer
// whose text equals JavaScript's JSON.stringify.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace countersign::json {

class Value;
using Array = std::vector<Value>;
using Object = std::vector<std::pair<std::string, Value>>;    // in the order of the text

class Value {
  public:
    Value() = default;    // null
    /// The copy is made outside the variant: libstdc++'s own destroys what it never made when memory runs out
    /// meanwhile.
    Value(const Value& from);
    Value& operator=(const Value& from);
    Value(Value&&) noexcept = default;
    Value& operator=(Value&&) noexcept = default;
    ~Value() = default;
    template <class T>
        requires(!std::is_same_v<std::remove_cvref_t<T>, Value>)
    Value(T&& held) : held_{std::forward<T>(held)} {}

    bool is_null() const { return std::holds_alternative<std::monostate>(held_); }
    const bool* as_bool() const { return std::get_if<bool>(&held_); }
    const std::int64_t* as_integer() const { return std::get_if<std::int64_t>(&held_); }
    const double* as_double() const { return std::get_if<double>(&held_); }
    const std::string* as_string() const { return std::get_if<std::string>(&held_); }
    const Array* as_array() const { return std::get_if<Array>(&held_); }
    const Object* as_object() const { return std::get_if<Object>(&held_); }
    Object* as_object() { return std::get_if<Object>(&held_); }
    /// A member of an object; null if this is no object or has no such member.
    const Value* find(std::string_view name) const;
    /// A member that is text, as long as this value stands; empty if there is none.
    std::string_view text(std::string_view name) const;
    /// A member that is text in the form of to_iso8601.
    std::optional<Instant> date(std::string_view name) const;
    /// "null", "boolean", "number", "string", "array" or "object": the words of validation messages.
    std::string_view kind_name() const;

    const auto& held() const { return held_; }

  private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> held_;
};

inline constexpr std::size_t default_depth = 32;    // INP-04

/// Errors: request.json, request.json_duplicate. A caller whose text is no request maps them to its own causes.
Result<Value> parse(std::string_view text, std::size_t max_depth = default_depth);

class Writer {
  public:
    explicit Writer(std::string& out) : out_{&out} {}
    Writer& begin_object();
    Writer& end_object();
    Writer& begin_array();
    Writer& end_array();
    Writer& key(std::string_view name);
    Writer& value(std::string_view text);
    Writer& value(const char* text) { return value(std::string_view{text}); }
    Writer& value(const std::string& text) { return value(std::string_view{text}); }
    Writer& value(bool flag);
    Writer& value(std::nullptr_t);
    Writer& value(double number);
    template <class N>
        requires(std::is_integral_v<N> && !std::is_same_v<N, bool>)
    Writer& value(N number) {
        separate();
        out_->append(std::to_string(number));
        return *this;
    }
    Writer& value(Instant at);
    Writer& value(const Value& tree);
    Writer& raw(std::string_view json_text);    // text that is JSON already
    Writer& value(const Secret&) = delete;      // a secret is never written

  private:
    void separate();
    std::string* out_;
    bool first_ = true;
};

std::string write(const Value& tree);

}    // namespace countersign::json

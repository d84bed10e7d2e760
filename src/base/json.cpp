#include "base/json.hpp"

#include <simdjson.h>

#include <charconv>

#include <cmath>
#include <new>
#include <unordered_set>

#include "base/encoding.hpp"

namespace countersign::json {
namespace {

namespace dom = simdjson::dom;
constexpr std::size_t few = 16;    // below this many members a linear look for duplicates is quicker than a set

Result<Value> convert(dom::element element, std::size_t depth_left);

bool has_duplicate(const Object& object) {
    if (object.size() <= few) {
        for (std::size_t i = 0; i < object.size(); ++i) {
            for (std::size_t k = i + 1; k < object.size(); ++k) {
                if (object[i].first == object[k].first) return true;
            }
        }
        return false;
    }
    std::unordered_set<std::string_view> seen;
    return !std::ranges::all_of(object, [&](const auto& member) { return seen.insert(member.first).second; });
}

Result<Value> convert_object(dom::object object, std::size_t depth_left) {
    if (depth_left == 0) return fail(Code::request_json, "fewer nested values");
    Object out;
    for (const auto& [name, member] : object) {
        CS_TRY(Value value, convert(member, depth_left - 1));
        out.emplace_back(std::string{name}, std::move(value));
    }
    if (has_duplicate(out)) return fail(Code::request_json_duplicate);
    return Value{std::move(out)};
}

Result<Value> convert_array(dom::array array, std::size_t depth_left) {
    if (depth_left == 0) return fail(Code::request_json, "fewer nested values");
    Array out;
    for (const dom::element element : array) {
        CS_TRY(Value value, convert(element, depth_left - 1));
        out.push_back(std::move(value));
    }
    return Value{std::move(out)};
}

/// A whole number that 64 bits cannot hold has no exact value here, however it is spelt (INP-04). What remains is
/// written as JavaScript does and read the same again.
Result<Value> convert_double(double number) {
    constexpr double beyond = 9223372036854775808.0;    // 2^63
    if (std::abs(number) >= beyond) return fail(Code::request_json, "an integer that is kept exactly");
    return Value{number};
}

Result<Value> convert(dom::element element, std::size_t depth_left) {
    switch (element.type()) {
        case dom::element_type::OBJECT:
            return convert_object(dom::object(element), depth_left);
        case dom::element_type::ARRAY:
            return convert_array(dom::array(element), depth_left);
        case dom::element_type::STRING:
            return Value{std::string{std::string_view(element)}};
        case dom::element_type::INT64:
            return Value{std::int64_t{element}};
        case dom::element_type::UINT64:
            return fail(Code::request_json, "an integer that is kept exactly");
        case dom::element_type::DOUBLE:
            return convert_double(double{element});
        case dom::element_type::BOOL:
            return Value{bool{element}};
        case dom::element_type::NULL_VALUE:
            return Value{};
    }
    return fail(Code::request_json);
}

constexpr std::array<bool, 256> must_be_escaped = [] {    // RFC 8259 §7
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
    table['"'] = table['\\'] = true;
    return table;
}();

void append_escaped(std::string& out, std::string_view text) {
    if (!text.empty() && !simdjson::validate_utf8(text.data(), text.size()))
        return append_escaped(out, with_valid_utf8(text));
    constexpr std::string_view hex_digits = "0123456789abcdef";
    out.push_back('"');
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (!must_be_escaped[c]) continue;
        out.append(text.substr(done, i - done));
        done = i + 1;
        out.push_back('\\');
        switch (c) {
            case '"':
                out.push_back('"');
                break;
            case '\\':
                out.push_back('\\');
                break;
            case '\b':
                out.push_back('b');
                break;
            case '\f':
                out.push_back('f');
                break;
            case '\n':
                out.push_back('n');
                break;
            case '\r':
                out.push_back('r');
                break;
            case '\t':
                out.push_back('t');
                break;
            default:
                out += "u00";
                out.push_back(hex_digits[c >> 4U]);
                out.push_back(hex_digits[c & 15U]);
        }
    }
    out.append(text.substr(done));
    out.push_back('"');
}

}    // namespace

Value::Value(const Value& from) {
    std::visit([this](auto copy) { held_ = std::move(copy); }, from.held_);
}

Value& Value::operator=(const Value& from) { return *this = Value{from}; }

const Value* Value::find(std::string_view name) const {
    const Object* object = as_object();
    if (object == nullptr) return nullptr;
    const auto found =
        std::ranges::find(*object, name, [](const auto& member) { return std::string_view{member.first}; });
    return found == object->end() ? nullptr : &found->second;
}

std::string_view Value::text(std::string_view name) const {
    const Value* member = find(name);
    const std::string* text = member == nullptr ? nullptr : member->as_string();
    return text == nullptr ? std::string_view{} : *text;
}

std::optional<Instant> Value::date(std::string_view name) const { return parse_iso8601(text(name)); }

std::string_view Value::kind_name() const {
    constexpr std::array<std::string_view, 7> names{"null", "boolean", "number", "number", "string", "array", "object"};
    return names[held_.index()];
}

Result<Value> parse(std::string_view text, std::size_t max_depth) {
    // One parser a thread: its buffers are kept, and grow with the largest text only (bodies are limited before).
    thread_local dom::parser parser;
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) return fail(Code::request_json, "no byte order mark");
    dom::element root;
    if (text.empty()) return fail(Code::request_json, "JSON (RFC 8259)", "nothing");
    if (const auto error = parser.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS) {
        if (error == simdjson::MEMALLOC) throw std::bad_alloc{};    // the text is not at fault
        return fail(Code::request_json, "JSON (RFC 8259)", simdjson::error_message(error));
    }
    return convert(root, max_depth);
}

void Writer::separate() {
    if (!first_) out_->push_back(',');
    first_ = false;
}

Writer& Writer::begin_object() {
    separate();
    out_->push_back('{');
    first_ = true;
    return *this;
}

Writer& Writer::end_object() {
    out_->push_back('}');
    first_ = false;
    return *this;
}

Writer& Writer::begin_array() {
    separate();
    out_->push_back('[');
    first_ = true;
    return *this;
}

Writer& Writer::end_array() {
    out_->push_back(']');
    first_ = false;
    return *this;
}

Writer& Writer::key(std::string_view name) {
    separate();
    append_escaped(*out_, name);
    out_->push_back(':');
    first_ = true;
    return *this;
}

Writer& Writer::value(std::string_view text) {
    separate();
    append_escaped(*out_, text);
    return *this;
}

Writer& Writer::value(bool flag) { return raw(flag ? "true" : "false"); }

Writer& Writer::value(std::nullptr_t) { return raw("null"); }

/// Number::toString of ECMAScript: shortest digits, plain between 1e-7 and 1e21, no negative zero.
Writer& Writer::value(double number) {
    if (!std::isfinite(number)) return raw("null");
    if (number == 0) return raw("0");
    std::array<char, 32> text{};
    const auto [end, error] =
        std::to_chars(text.data(), text.data() + text.size(), std::abs(number), std::chars_format::scientific);
    const std::string_view shortest{text.data(), end};
    const std::size_t mark = shortest.find('e');
    int exponent = 0;    // of the first digit
    const char sign = shortest[mark + 1];
    std::from_chars(shortest.data() + mark + 2, end, exponent);
    if (sign == '-') exponent = -exponent;
    std::string digits{shortest.substr(0, 1)};
    if (mark > 2) digits += shortest.substr(2, mark - 2);

    constexpr int plain_from = -7, plain_until = 21;
    std::string out = number < 0 ? "-" : "";
    const int size = static_cast<int>(digits.size());
    if (exponent < plain_from + 1 || exponent >= plain_until) {
        out += digits.substr(0, 1);
        if (size > 1) out += "." + digits.substr(1);
        out += exponent < 0 ? "e-" : "e+";
        out += std::to_string(std::abs(exponent));
    } else if (exponent < 0) {
        out += "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    } else if (size <= exponent + 1) {
        out += digits + std::string(static_cast<std::size_t>(exponent + 1 - size), '0');
    } else {
        out += digits.substr(0, static_cast<std::size_t>(exponent) + 1) + "." +
               digits.substr(static_cast<std::size_t>(exponent) + 1);
    }
    return raw(out);
}

Writer& Writer::value(Instant at) {
    separate();
    out_->push_back('"');
    append_iso8601(*out_, at);
    out_->push_back('"');
    return *this;
}

Writer& Writer::raw(std::string_view json_text) {
    separate();
    out_->append(json_text);
    return *this;
}

Writer& Writer::value(const Value& tree) {
    if (const Object* object = tree.as_object()) {
        begin_object();
        for (const auto& [name, member] : *object) key(name).value(member);
        return end_object();
    }
    if (const Array* array = tree.as_array()) {
        begin_array();
        for (const Value& element : *array) value(element);
        return end_array();
    }
    if (const std::string* text = tree.as_string()) return value(*text);
    if (const std::int64_t* number = tree.as_integer()) return value(*number);
    if (const double* number = tree.as_double()) return value(*number);
    if (const bool* flag = tree.as_bool()) return value(*flag);
    return value(nullptr);
}

std::string write(const Value& tree) {
    std::string out;
    Writer{out}.value(tree);
    return out;
}

}    // namespace countersign::json

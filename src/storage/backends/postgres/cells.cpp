#include "storage/backends/postgres/cells.hpp"

#include <limits>

#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "storage/row_ids.hpp"

namespace countersign::storage::postgres {
namespace {

using Fit = Parameters::Fit;

/// pg_type.oid of what a column of ours, or of those before us, may be.
enum Stored : Oid {
    stored_bool = 16,
    stored_int8 = 20,
    stored_int2 = 21,
    stored_int4 = 23,
    stored_text = 25,
    stored_json = 114,
    stored_bpchar = 1042,
    stored_varchar = 1043,
    stored_timestamp = 1114,    // without zone: read as UTC
    stored_timestamptz = 1184,
    stored_uuid = 2950,
    stored_jsonb = 3802,
};

constexpr std::int64_t epoch_ms = 946'684'800'000;    // 2000-01-01, where its clock begins
constexpr std::int64_t microseconds = 1000;           // in a millisecond
constexpr std::size_t uuid_bytes = 16;
constexpr std::size_t uuid_text = 36;

std::string big_endian(std::int64_t number, std::size_t size) {
    std::string out(size, '\0');
    auto rest = static_cast<std::uint64_t>(number);
    for (auto byte = out.rbegin(); byte != out.rend(); ++byte, rest >>= 8U) *byte = static_cast<char>(rest & 0xFFU);
    return out;
}

std::int64_t from_big_endian(std::string_view bytes) {
    const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.front()) & 0x80U) != 0;
    std::uint64_t number = negative ? ~std::uint64_t{0} : 0;
    for (const char byte : bytes) number = (number << 8U) | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(number);
}

/// Bytes of an integer type; 0 for other types.
std::size_t size_of_integer(Oid type) {
    if (type == stored_int2) return sizeof(std::int16_t);
    if (type == stored_int4) return sizeof(std::int32_t);
    return type == stored_int8 ? sizeof(std::int64_t) : 0;
}

bool is_text(Oid type) { return type == stored_text || type == stored_varchar || type == stored_bpchar; }
bool is_time(Oid type) { return type == stored_timestamptz || type == stored_timestamp; }

std::optional<std::string> integer_bytes(std::int64_t number, Oid type) {
    const std::size_t size = size_of_integer(type);
    if (size == 0) return std::nullopt;
    std::string bytes = big_endian(number, size);
    return from_big_endian(bytes) == number ? std::optional{std::move(bytes)} : std::nullopt;
}

bool is_dash_place(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

/// 8-4-4-4-12 in lower case, as ids are written: another form of the same number is another text.
std::optional<std::string> uuid_bytes_of(std::string_view text) {
    if (text.size() != uuid_text) return std::nullopt;
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_dash_place(i) != (text[i] == '-')) return std::nullopt;
        if (!is_dash_place(i)) digits += text[i];
    }
    const std::optional<Bytes> bytes = parse_hex(digits);
    if (!bytes || bytes->size() != uuid_bytes) return std::nullopt;
    return std::string{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

std::string uuid_of(std::string_view bytes) {
    const std::string digits = hex(std::as_bytes(std::span{bytes}));
    std::string out;
    for (const char digit : digits) {
        if (is_dash_place(out.size())) out += '-';
        out += digit;
    }
    return out;
}

bool is_storable(std::string_view text) { return !text.contains('\0') && utf8_of(text) == Utf8::valid; }

/// The bytes of a value for a column of this type; absent if it has none. `text`: send it as text.
struct Encoded {
    std::optional<std::string> bytes;
    enum class Format : std::uint8_t { text, binary } format = Format::binary;
};

Encoded encode(const Value& value, Oid type) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return {integer_bytes(*number, type)};
    if (const auto* flag = std::get_if<bool>(&value)) {
        if (type != stored_bool) return {};
        return {std::string(1, *flag ? '\1' : '\0')};
    }
    if (const auto* time = std::get_if<Instant>(&value)) {
        if (!is_time(type)) return {};
        return {big_endian((time->unix_ms() - epoch_ms) * microseconds, sizeof(std::int64_t))};
    }
    const auto& text = std::get<std::string>(value);
    if (type == stored_uuid) return {uuid_bytes_of(text)};
    if (size_of_integer(type) > 0) {
        const std::optional<std::int64_t> number = number_of_id(text);
        return {number ? integer_bytes(*number, type) : std::nullopt};
    }
    if (!is_storable(text) || type == stored_bool || is_time(type)) return {};
    return {text, is_text(type) ? Encoded::Format::binary : Encoded::Format::text};
}

std::unexpected<AuthError> corrupt(Type wanted, Oid stored) {
    return fail(Code::storage_corrupt, static_cast<int>(wanted), stored);
}

Result<Value> read_text(std::string_view bytes, Oid stored) {
    if (is_text(stored) || stored == stored_json) return Value{std::string{bytes}};
    if (stored == stored_uuid && bytes.size() == uuid_bytes) return Value{uuid_of(bytes)};
    if (size_of_integer(stored) == bytes.size()) return Value{std::to_string(from_big_endian(bytes))};
    if (stored == stored_jsonb && !bytes.empty()) return Value{std::string{bytes.substr(1)}};    // behind its version
    return corrupt(Type::text, stored);
}

/// Milliseconds, as Better Auth writes them; what is finer is cut off, as JavaScript does.
Result<Value> read_time(std::string_view bytes, Oid stored) {
    if (!is_time(stored) || bytes.size() != sizeof(std::int64_t)) return corrupt(Type::date, stored);
    constexpr std::int64_t last_year_ms = 253'402'300'799'999;    // 9999-12-31T23:59:59.999Z, the last that is written
    const std::int64_t since = from_big_endian(bytes);
    const std::int64_t part = since % microseconds;
    const std::int64_t ms = (since - part) / microseconds - (part < 0 ? 1 : 0) + epoch_ms;
    constexpr std::int64_t first_year_ms = -62'167'219'200'000;    // 0000-01-01
    if (ms < first_year_ms || ms > last_year_ms) return corrupt(Type::date, stored);
    return Value{Instant::from_unix_ms(ms)};
}

}    // namespace

Parameters::Parameters(std::size_t count) {
    bytes_.reserve(count);
    values_.reserve(count);
    lengths_.reserve(count);
    formats_.reserve(count);
}

Fit Parameters::add(const Value& value, Oid type) {
    Encoded encoded;
    if (!std::holds_alternative<std::monostate>(value)) {
        encoded = encode(value, type);
        if (!encoded.bytes) return Fit::no_cell;
    }
    lengths_.push_back(encoded.bytes ? static_cast<int>(encoded.bytes->size()) : 0);
    formats_.push_back(encoded.format == Encoded::Format::binary ? 1 : 0);
    bytes_.push_back(std::move(encoded.bytes));
    return Fit::fits;
}

const char* const* Parameters::values() {
    values_.clear();
    for (const auto& bytes : bytes_) values_.push_back(bytes ? bytes->c_str() : nullptr);
    return values_.data();
}

Result<Value> read_cell(std::string_view bytes, Oid stored, Type wanted) {
    switch (wanted) {
        case Type::text:
            return read_text(bytes, stored);
        case Type::integer:
        case Type::big_integer:
            if (bytes.empty() || size_of_integer(stored) != bytes.size()) return corrupt(wanted, stored);
            return Value{from_big_endian(bytes)};
        case Type::boolean:
            if (stored != stored_bool || bytes.size() != 1) return corrupt(wanted, stored);
            return Value{bytes.front() != '\0'};
        case Type::date:
            return read_time(bytes, stored);
    }
    CS_ASSERT(false);
}

}    // namespace countersign::storage::postgres

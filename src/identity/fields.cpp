#include "identity/fields.hpp"

#include "base/assert.hpp"

namespace countersign::identity {
namespace {

struct KindRow {
    FieldKind kind;
    std::string_view name;        // as configurations write it
    std::string_view expected;    // as validation messages say it
    storage::Type column;
};
constexpr KindRow kinds[]{
    {FieldKind::string, "string", "string", storage::Type::text},
    {FieldKind::number, "number", "number", storage::Type::integer},
    {FieldKind::boolean, "boolean", "boolean", storage::Type::boolean},
    {FieldKind::date, "date", "date", storage::Type::date},
    {FieldKind::string_list, "string[]", "array", storage::Type::text},
    {FieldKind::number_list, "number[]", "array", storage::Type::text},
};

const KindRow& row_of(FieldKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

bool is_left_out(const AdditionalField& field, View view) {
    return view == View::answer && field.shown == FieldShown::hidden;
}

bool is_list(FieldKind kind) { return kind == FieldKind::string_list || kind == FieldKind::number_list; }
bool is_number(const json::Value& value) { return value.as_integer() != nullptr || value.as_double() != nullptr; }

/// A list stands in one column as the JSON text that Better Auth writes.
std::optional<storage::Value> list_value(FieldKind kind, const json::Value& given) {
    const json::Array* list = given.as_array();
    if (list == nullptr) return std::nullopt;
    const bool strings = kind == FieldKind::string_list;
    const bool fits = std::ranges::all_of(
        *list, [&](const json::Value& one) { return strings ? one.as_string() != nullptr : is_number(one); });
    if (!fits) return std::nullopt;
    return json::write(given);
}

/// Absent if the value has another type. The column of a number holds whole ones.
std::optional<storage::Value> cell_value(FieldKind kind, const json::Value& given) {
    switch (kind) {
        case FieldKind::string:
            if (const std::string* text = given.as_string()) return *text;
            return std::nullopt;
        case FieldKind::number:
            if (const std::int64_t* whole = given.as_integer()) return *whole;
            return std::nullopt;
        case FieldKind::boolean:
            if (const bool* flag = given.as_bool()) return *flag;
            return std::nullopt;
        case FieldKind::date: {
            const std::string* text = given.as_string();
            const std::optional<Instant> at = text == nullptr ? std::nullopt : parse_iso8601(*text);
            if (!at) return std::nullopt;
            return *at;
        }
        case FieldKind::string_list:
        case FieldKind::number_list:
            return list_value(kind, given);
    }
    CS_ASSERT(false);
}

FieldFault wrong_type(const AdditionalField& field, const json::Value& given) {
    return {Code::field_type, "[body." + field.name + "] Invalid input: expected " +
                                  std::string{row_of(field.kind).expected} + ", received " +
                                  std::string{given.kind_name()}};
}

/// What a client sent for a field that it may set.
std::expected<storage::Value, FieldFault> taken(const AdditionalField& field, const json::Value& given) {
    if (given.is_null() && field.need == FieldNeed::optional) return storage::Value{};
    std::optional<storage::Value> value = cell_value(field.kind, given);
    if (!value) return std::unexpected{wrong_type(field, given)};
    return *std::move(value);
}

FieldFault not_allowed(const AdditionalField& field) {
    return {Code::field_not_allowed, field.name + " is not allowed to be set"};
}

std::expected<storage::Value, FieldFault> new_value(const AdditionalField& field, const json::Value* given) {
    const bool refused = field.input == FieldInput::refused;
    if (given != nullptr && !refused) return taken(field, *given);
    if (field.default_value) {
        if (const auto value = cell_value(field.kind, *field.default_value)) return *value;
        return storage::Value{};
    }
    if (given != nullptr) return std::unexpected{not_allowed(field)};
    if (field.need == FieldNeed::optional || refused) return storage::Value{};
    return std::unexpected{FieldFault{Code::field_missing, field.name + " is required"}};
}

void write_cell(json::Writer& out, FieldKind kind, const storage::Value& value) {
    std::visit(
        [&](const auto& cell) {
            using Cell = std::remove_cvref_t<decltype(cell)>;
            if constexpr (std::is_same_v<Cell, std::monostate>) {
                out.value(nullptr);
            } else if constexpr (std::is_same_v<Cell, std::string>) {
                is_list(kind) ? out.raw(cell) : out.value(cell);
            } else {
                out.value(cell);
            }
        },
        value);
}

/// The text of a list goes into answers as it stands: it must be one.
Result<void> check_list(FieldKind kind, const storage::Value& value) {
    const std::string* text = std::get_if<std::string>(&value);
    if (!is_list(kind) || text == nullptr) return {};
    const Result<json::Value> list = json::parse(*text);
    if (list.ok() && list->as_array() != nullptr) return {};
    return fail(Code::storage_corrupt, "a list as JSON", text->size());
}

}    // namespace

std::vector<storage::Column> columns_of(const AdditionalFields& fields) {
    std::vector<storage::Column> columns;
    for (const AdditionalField& field : fields) {
        columns.push_back({.name = std::string_view{field.name},
                           .type = row_of(field.kind).column,
                           .null = field.need == FieldNeed::required ? storage::Null::never : storage::Null::allowed});
    }
    return columns;
}

Result<FieldValues> fields_from_row(const AdditionalFields& fields, const storage::Row& row, std::size_t first) {
    FieldValues values;
    if (fields.empty()) return values;
    if (row.size() < first + fields.size()) return fail(Code::storage_corrupt, first + fields.size(), row.size());
    values.reserve(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
        CS_CHECK(check_list(fields[i].kind, row[first + i]));
        values.push_back({&fields[i], row[first + i]});
    }
    return values;
}

std::expected<FieldValues, FieldFault> new_fields(const AdditionalFields& fields, const json::Value& given) {
    FieldValues values;
    for (const AdditionalField& field : fields) {
        auto value = new_value(field, given.find(field.name));
        if (!value.has_value()) return std::unexpected{std::move(value).error()};
        values.push_back({&field, *std::move(value)});
    }
    return values;
}

std::expected<FieldValues, FieldFault> changed_fields(const AdditionalFields& fields, const json::Value& given) {
    FieldValues values;
    for (const AdditionalField& field : fields) {
        const json::Value* member = given.find(field.name);
        if (member == nullptr) continue;
        if (field.input == FieldInput::refused) return std::unexpected{not_allowed(field)};
        auto value = taken(field, *member);
        if (!value.has_value()) return std::unexpected{std::move(value).error()};
        values.push_back({&field, *std::move(value)});
    }
    return values;
}

FieldValues read_fields(const AdditionalFields& fields, const json::Value& object, View view) {
    FieldValues values;
    values.reserve(fields.size());
    for (const AdditionalField& field : fields) {
        const json::Value* member = is_left_out(field, view) ? nullptr : object.find(field.name);
        const auto value = member == nullptr ? std::nullopt : cell_value(field.kind, *member);
        values.push_back({&field, value.value_or(storage::Value{})});
    }
    return values;
}

void apply(FieldValues& values, const FieldValues& changes) {
    for (const FieldValueView& change : changes) {
        const auto found = std::ranges::find(values, change.field, &FieldValueView::field);
        CS_ASSERT(found != values.end());
        found->value = change.value;
    }
}

void write_fields(json::Writer& out, const FieldValues& values, View view) {
    for (const auto& [field, value] : values) {
        if (is_left_out(*field, view)) continue;
        out.key(field->name);
        write_cell(out, field->kind, value);
    }
}

std::optional<FieldKind> field_kind_of(std::string_view name) {
    for (const KindRow& row : kinds) {
        if (row.name == name) return row.kind;
    }
    return std::nullopt;
}

Fit fit_of(const AdditionalField& field, const json::Value& value) {
    const bool nothing = value.is_null() && field.need == FieldNeed::optional;
    return nothing || cell_value(field.kind, value) ? Fit::fits : Fit::other_type;
}

}    // namespace countersign::identity

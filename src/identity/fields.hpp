// Fields that an application adds to its users and sessions (Better Auth: additionalFields). They are columns behind
// those of the table, known when the server starts.
#pragma once

#include "base/json.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "storage/table.hpp"

namespace countersign::identity {

enum class FieldKind : std::uint8_t { string, number, boolean, date, string_list, number_list };
enum class FieldNeed : std::uint8_t { required, optional };
enum class FieldInput : std::uint8_t { allowed, refused };    // whether a client may set it
enum class FieldShown : std::uint8_t { returned, hidden };

struct AdditionalField {
    std::string name;
    FieldKind kind = FieldKind::string;
    FieldNeed need = FieldNeed::required;
    FieldInput input = FieldInput::allowed;
    FieldShown shown = FieldShown::returned;
    std::optional<json::Value> default_value = std::nullopt;
};
/// In the order of the columns. Outlives everything that carries its values.
using AdditionalFields = std::vector<AdditionalField>;
inline const AdditionalFields no_fields{};

/// How this installation's rows differ from those of every other.
struct RowForm {
    const AdditionalFields* fields = &no_fields;
    IdForm ids = IdForm::letters;
};

/// What one user or session has in one of them.
struct FieldValueView {
    const AdditionalField* field;
    storage::Value value;
};
using FieldValues = std::vector<FieldValueView>;

/// Why a client's value is not taken. `message` names field and types only, and is for the client.
struct FieldFault {
    Code code;
    std::string message;
};

/// Columns as the migrations of Better Auth 1.7.25 make them: a list is JSON text, `required` is NOT NULL.
std::vector<storage::Column> columns_of(const AdditionalFields& fields);

/// The cells that begin at `first`.
Result<FieldValues> fields_from_row(const AdditionalFields& fields, const storage::Row& row, std::size_t first);

/// For something new: one value for every field. A field that clients may not set takes its default in silence if it
/// has one. Faults: field.missing, field.not_allowed, field.type.
std::expected<FieldValues, FieldFault> new_fields(const AdditionalFields& fields, const json::Value& given);

/// For a change: only what `given` names. Faults: field.not_allowed, field.type.
std::expected<FieldValues, FieldFault> changed_fields(const AdditionalFields& fields, const json::Value& given);

/// What an answer shows of a record, or the whole of it, which no client sees.
enum class View : std::uint8_t { answer, record };

/// Of an object that write_fields wrote for the same view: what it does not have, or has in another type, is null.
FieldValues read_fields(const AdditionalFields& fields, const json::Value& object, View view);

/// Puts the changed ones in place of those of the same field.
void apply(FieldValues& values, const FieldValues& changes);

/// Members of the object that is being written; an answer leaves hidden fields out.
void write_fields(json::Writer& out, const FieldValues& values, View view = View::answer);

/// JSON's names: "string", "number", "boolean", "date", "string[]", "number[]"; absent for another.
std::optional<FieldKind> field_kind_of(std::string_view name);
/// Whether a default fits.
enum class Fit : std::uint8_t { fits, other_type };
Fit fit_of(const AdditionalField& field, const json::Value& value);

}    // namespace countersign::identity
